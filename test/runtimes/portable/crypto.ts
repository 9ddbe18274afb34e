import { sha1 } from "@noble/hashes/legacy.js";
import { Buffer } from "./globals.ts";

/** node:crypto's, for SHA-1 of one piece. */
export function createHash(algorithm: "sha1") {
  if (algorithm !== "sha1") throw new RangeError(`there is no ${algorithm} here`);
  return { update: (data: Uint8Array | string) => ({ digest: () => Buffer.from(sha1(Buffer.from(data))) }) };
}

export function randomBytes(length: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(length)));
}
