import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { acceptKey } from "../../src/handshake/index.ts";
import { sha1 } from "../../src/web/sha1.ts";
import { pattern } from "../wire.ts";

it("is SHA-1, at once", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 1000]) {
    expect(sha1(pattern(length))).toEqual(new Uint8Array(createHash("sha1").update(pattern(length)).digest()));
  }
  expect(acceptKey("dGhlIHNhbXBsZSBub25jZQ==", sha1)).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});
