import { describe, expect, test } from "vitest";
import { defaultKernel, FrameDecoder, mask, parseHeader } from "../../src/index.ts";
import { frame, hex, KEY, pattern } from "../wire.ts";

/** §5.3: "j = i MOD 4; transformed-octet-i = original-octet-i XOR masking-key-octet-j". */
function naive(bytes: Uint8Array, key: readonly number[]): Uint8Array {
  return bytes.map((byte, i) => byte ^ key[i % 4]);
}

describe("mask", () => {
  test("runs on the WASM kernel here", () => {
    expect(defaultKernel()).toMatchObject({ kernel: { name: "wasm-simd" }, fallbackReason: undefined });
  });

  test("masks §5.7's Hello with the key that parseHeader reads, and back", () => {
    const stream = hex("81 85 37 fa 21 3d 7f 9f 4d 51 58");
    const key = parseHeader(stream)!.maskingKey;
    const payload = stream.subarray(6);
    mask(payload, key);
    expect(new TextDecoder().decode(payload)).toBe("Hello");
    mask(payload, key);
    expect(payload).toEqual(hex("7f 9f 4d 51 58"));
  });

  test.each([0, 1, 3, 4, 5, 64, 255, 256, 257, 16_384, 16_385, 40_003])(
    "masks %d bytes, leaving those around",
    (length) => {
      for (const start of [0, 1, 2, 3, 5]) {
        const bytes = pattern(length + 20);
        mask(bytes, 0x3d21fa37, start, start + length);
        const expected = pattern(length + 20);
        expected.set(naive(expected.subarray(start, start + length), KEY), start);
        expect(Buffer.compare(bytes, expected)).toBe(0);
      }
    },
  );

  test("gives the key for the byte that follows: in pieces it is the same as at once", () => {
    for (const cuts of [[1], [2], [3], [1, 2, 3], [5, 300, 301], [257, 20_000]]) {
      const bytes = pattern(33_000);
      let key = 0xfd21fa37; // as an unsigned number: the top bit set
      let from = 0;
      for (const to of [...cuts, bytes.length]) {
        key = mask(bytes, key, from, to);
        from = to;
      }
      expect(Buffer.compare(bytes, naive(pattern(33_000), [0x37, 0xfa, 0x21, 0xfd]))).toBe(0);
    }
  });

  test("takes up where a decoder's piece says it stands", () => {
    const stream = frame({ opcode: 0x2, payload: pattern(50), key: KEY });
    const decoder = new FrameDecoder({ role: "server" });
    decoder.decode(stream.slice(0, 13), { onFrame: () => undefined });
    decoder.decode(stream.slice(13), {
      onFrame: ({ payload, maskingKey }) => {
        const again = payload.slice();
        mask(again, maskingKey);
        expect(again).toEqual(stream.slice(13));
      },
    });
  });

  test.each([
    [-1, 2, /^start/],
    [0.5, 2, /^start/],
    [5, 5, /^start/],
    [Number.NaN, 2, /^start/],
    [2, 1, /^end/],
    [0, 5, /^end/],
    [0, 1.5, /^end/],
    [0, Number.NaN, /^end/],
  ])("the range [%d, %d) of 4 bytes is a RangeError by name", (start, end, message) => {
    const bytes = pattern(4);
    expect(() => mask(bytes, 1, start, end)).toThrow(RangeError);
    expect(() => mask(bytes, 1, start, end)).toThrow(message);
    expect(bytes).toEqual(pattern(4));
  });

  test.each([undefined, null, "abcd", [[1, 2]]])("bytes that are %s are a TypeError by name", (bytes) => {
    expect(() => mask(bytes as never, 1, 0, 0)).toThrow(TypeError);
    expect(() => mask(bytes as never, 1, 0, 0)).toThrow(/^bytes/);
  });

  test.each([undefined, null])("bytes that are %s, and no range, are a TypeError by name too", (bytes) => {
    expect(() => mask(bytes as never, 1)).toThrow(TypeError);
    expect(() => mask(bytes as never, 1)).toThrow(/^bytes/);
  });
});
