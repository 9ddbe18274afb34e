import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { acceptKey, isKey } from "../../src/handshake/key.ts";

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

describe("acceptKey", () => {
  it.each([
    // §1.3: the RFC's own example.
    ["dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
    ["x3JJHMbDL1EzLkh9GBhXDw==", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="],
  ])("answers %s with %s", (key, accept) => {
    expect(acceptKey(key, sha1)).toBe(accept);
  });

  it("hashes the key as it came, with the GUID of §1.3 behind it, and encodes whatever bytes come back", () => {
    let seen = "";
    const digest = Uint8Array.from({ length: 20 }, (_, at) => 255 - at * 13);
    const accept = acceptKey("AAAAAAAAAAAAAAAAAAAAAA==", (bytes) => {
      seen = new TextDecoder().decode(bytes);
      return digest;
    });
    expect(seen).toBe("AAAAAAAAAAAAAAAAAAAAAA==258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    expect(accept).toBe(Buffer.from(digest).toString("base64"));
  });

  it("refuses what is no key, and a hash that is not SHA-1's", () => {
    expect(() => acceptKey("dGhlIHNhbXBsZSBub25jZQ", sha1)).toThrow(TypeError);
    expect(() => acceptKey("dGhlIHNhbXBsZSBub25jZQ==\r\nX: y", sha1)).toThrow(/key must be/);
    expect(() => acceptKey("dGhlIHNhbXBsZSBub25jZQ==", () => new Uint8Array(32))).toThrow(/sha1 must return/);
    expect(() => acceptKey("dGhlIHNhbXBsZSBub25jZQ==", () => "digest" as unknown as Uint8Array)).toThrow(TypeError);
  });
});

describe("isKey", () => {
  it("takes the base64 of any 16 bytes", () => {
    for (let run = 0; run < 500; run++) expect(isKey(randomBytes(16).toString("base64"))).toBe(true);
    expect(isKey(Buffer.alloc(16, 0xff).toString("base64"))).toBe(true);
  });

  it("agrees with a decoder that encodes again, for every last digit", () => {
    for (const digit of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
      const key = `dGhlIHNhbXBsZSBub25jZ${digit}==`;
      expect(isKey(key), key).toBe(Buffer.from(key, "base64").toString("base64") === key);
    }
  });

  it.each([
    ["", "nothing"],
    ["dGhlIHNhbXBsZSBub25jZQ", "no padding"],
    ["dGhlIHNhbXBsZSBub25jZQ=", "half the padding"],
    ["dGhlIHNhbXBsZSBub25jZQ===", "padding in excess"],
    ["dGhlIHNhbXBsZSBub25j", "15 bytes"],
    ["dGhlIHNhbXBsZSBub25jZWQ=", "17 bytes"],
    ["dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ==", "two keys"],
    ["dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==", "two keys joined"],
    ["dGhlIHNhbXBsZSBub25-ZQ==", "base64url"],
    [" dGhlIHNhbXBsZSBub25jZQ==", "a space"],
    ["dGhlIHNhbXBsZSBub25jZQ==\n", "a line break"],
  ])("refuses %j: %s", (key) => {
    expect(isKey(key)).toBe(false);
  });
});
