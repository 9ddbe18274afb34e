import { isUtf8 } from "node:buffer";
import { createRequire } from "node:module";
import type { Peer } from "../plan.ts";
import { assertNative, loadWs } from "./ws.ts";

const require = createRequire(import.meta.url);

/** How `peer` unmasks a buffer in place. */
export function unmaskOf(peer: Peer): (buffer: Buffer, mask: Uint8Array) => void {
  if (peer === "ws" || peer === "ws+bufferutil") return loadWs(peer).unmask;
  if (peer !== "bufferutil") throw new Error(`${peer} cannot unmask`);
  const { unmask } = require("bufferutil");
  assertNative("bufferutil", unmask);
  return unmask;
}

/** How `peer` validates a buffer. */
export function validatorOf(peer: Peer): (buffer: Buffer) => boolean {
  if (peer === "ws") return loadWs(peer).isValidUTF8;
  if (peer === "buffer.isUtf8") return isUtf8;
  if (peer !== "utf-8-validate") throw new Error(`${peer} cannot validate UTF-8`);
  const validate = require("utf-8-validate");
  assertNative("utf-8-validate", validate);
  return validate;
}
