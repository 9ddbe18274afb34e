import { describe, expect, test } from "vitest";
import { headerLengthFor, writeHeader } from "../../src/frame/header.ts";
import { MAX_HEADER_LENGTH, parseHeader } from "../../src/index.ts";
import { concat, frame, hex, KEY } from "../wire.ts";

describe("parseHeader", () => {
  test("reads the masked Hello of §5.7", () => {
    //  FIN RSV  opcode  MASK length    key
    //   1  000   0001    1  0000101    37 fa 21 3d
    expect(parseHeader(hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"))).toEqual({
      fin: true,
      rsv: 0,
      opcode: 0x1,
      masked: true,
      maskingKey: 0x3d21fa37,
      payloadLength: 5,
      headerLength: 6,
    });
  });

  test("reads every first byte", () => {
    for (let first = 0; first < 256; first++) {
      expect(parseHeader(Uint8Array.of(first, 0))).toMatchObject({
        fin: first >= 128,
        rsv: Math.floor(first / 16) % 8,
        opcode: first % 16,
      });
    }
  });

  test.each([
    [0n, 7, 2],
    [125n, 7, 2],
    [126n, 16, 4],
    [65535n, 16, 4],
    [65536n, 64, 10],
    [2n ** 32n - 1n, 64, 10],
    [2n ** 32n + 1n, 64, 10],
    [2n ** 53n - 1n, 64, 10],
    // Not minimal, which is for the decoder to say.
    [3n, 16, 4],
    [3n, 64, 10],
  ] as const)("reads a length of %d in the %d-bit form", (announced, form, headerLength) => {
    const plain = frame({ opcode: 0x2, announced, form });
    expect(parseHeader(plain)).toMatchObject({
      masked: false,
      maskingKey: 0,
      payloadLength: Number(announced),
      headerLength,
    });
    const masked = frame({ opcode: 0x2, announced, form, key: KEY });
    expect(parseHeader(masked)).toMatchObject({
      masked: true,
      maskingKey: 0x3d21fa37,
      payloadLength: Number(announced),
      headerLength: headerLength + 4,
    });
  });

  test("is undefined until the whole header is there, wherever it ends", () => {
    for (const length of [5n, 300n, 70_000n]) {
      for (const key of [undefined, KEY]) {
        const header = frame({ opcode: 0x2, announced: length, key });
        for (let end = 0; end < header.length; end++) expect(parseHeader(header.subarray(0, end))).toBeUndefined();
        expect(parseHeader(header)?.headerLength).toBe(header.length);
      }
    }
  });

  test("reads at an offset, of a view at an offset", () => {
    const stream = concat(hex("ff ff ff"), frame({ opcode: 0x9, payload: "ping", key: KEY }));
    expect(parseHeader(stream.subarray(1), 2)).toMatchObject({ opcode: 0x9, payloadLength: 4, maskingKey: 0x3d21fa37 });
    expect(parseHeader(stream, stream.length)).toBeUndefined();
    expect(parseHeader(stream, stream.length + 5)).toBeUndefined();
  });

  test.each([undefined, "8105", [[0x81, 5]]])("bytes that are %s are a TypeError by name", (bytes) => {
    expect(() => parseHeader(bytes as never)).toThrow(TypeError);
    expect(() => parseHeader(bytes as never)).toThrow(/^bytes/);
  });

  test.each([-1, 0.5, Number.NaN])("an offset of %d is a RangeError by name", (offset) => {
    expect(() => parseHeader(hex("81 00 00 00"), offset)).toThrow(RangeError);
    expect(() => parseHeader(hex("81 00 00 00"), offset)).toThrow(/^offset/);
  });
});

describe("writeHeader and headerLengthFor", () => {
  test.each([0, 1, 125, 126, 65535, 65536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, 2 ** 53 - 1])(
    "write a length of %d in its shortest form (§5.2)",
    (length) => {
      for (const key of [undefined, KEY]) {
        const expected = frame({ opcode: 0x2, announced: BigInt(length), key });
        const target = new Uint8Array(expected.length + 4).fill(0xee);
        const end = writeHeader(target, 2, 0x82, length, key === undefined ? undefined : 0x3d21fa37);
        expect(headerLengthFor(length, key !== undefined)).toBe(expected.length);
        expect(end).toBe(2 + expected.length);
        expect([...target]).toEqual([0xee, 0xee, ...expected, 0xee, 0xee]);
      }
    },
  );

  test("no header is longer than MAX_HEADER_LENGTH", () => {
    expect(MAX_HEADER_LENGTH).toBe(headerLengthFor(Number.MAX_SAFE_INTEGER, true));
  });
});
