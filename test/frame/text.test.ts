import { describe, expect, test } from "vitest";
import { decodeText, encodeText, writeText } from "../../src/frame/text.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Every length up to past the limits where the way of coding changes, and one far beyond. */
const LENGTHS = [...Array.from({ length: 70 }, (_, length) => length), 1000, 70_000];

function ascii(length: number): string {
  return Array.from({ length }, (_, at) => String.fromCharCode(at % 128)).join("");
}

describe("decodeText", () => {
  test.each(["Uint8Array", "Buffer"] as const)("decodes ASCII of any length out of the middle of a %s", (kind) => {
    for (const length of LENGTHS) {
      const text = ascii(length);
      const around = utf8(`é${text}한`);
      const bytes = kind === "Buffer" ? Buffer.from(around) : around;
      expect(decodeText(bytes, 2, 2 + length, true)).toBe(text);
      expect(decodeText(bytes, 2, 2 + length, false)).toBe(text);
    }
  });

  // Short texts are decoded here and not by the engine.
  test("decodes every character there is, alone and in company", () => {
    const encoder = new TextEncoder();
    const bytes = new Uint8Array(24);
    const wrong: string[] = [];
    for (let point = 0; point <= 0x10ffff; point++) {
      if (point === 0xd800) point = 0xe000; // surrogates are no characters
      const text = String.fromCodePoint(point);
      const { written } = encoder.encodeInto(text, bytes);
      if (decodeText(bytes, 0, written, false) !== text) wrong.push(point.toString(16));
    }
    expect(wrong).toEqual([]);
    for (const text of ["한글 ab", "é한🌍z", "🌍🌍🌍🌍🌍🌍", "éééééééééééé", "aaaaaaaaaaaaaaaaaaaaaé", "\ufeff한"]) {
      const short = encoder.encode(text);
      expect(short.length).toBeLessThanOrEqual(24);
      expect(decodeText(short, 0, short.length, false)).toBe(text);
    }
  });

  test.each(["Uint8Array", "Buffer"] as const)("decodes what is beyond ASCII out of the middle of a %s", (kind) => {
    for (const text of ["é", "한글과 English", "🌍".repeat(100), "\ufeff", "\ufeffa\ufeff", "\uffff\u{10ffff}"]) {
      const around = utf8(`[${text}]`);
      const bytes = kind === "Buffer" ? Buffer.from(around) : around;
      expect(decodeText(bytes, 1, around.length - 1, false)).toBe(text);
    }
  });

  test("decodes from a view at an offset", () => {
    const bytes = utf8("before한글after").subarray(6, 12);
    expect(decodeText(bytes, 0, 6, false)).toBe("한글");
    expect(decodeText(bytes, 3, 6, false)).toBe("글");
  });
});

describe("writeText", () => {
  test("writes any length, ending anywhere, and nothing beside it", () => {
    for (const length of LENGTHS) {
      for (const end of ["", "\x80", "é", "한", "🌍", "\ud800"]) {
        const text = ascii(length) + end;
        const expected = utf8(text);
        const target = new Uint8Array(expected.length + 5).fill(0xee);
        expect(writeText(text, target, 2)).toBe(2 + expected.length);
        expect(Buffer.compare(target.subarray(2, 2 + expected.length), expected)).toBe(0);
        expect([...target.subarray(0, 2), ...target.subarray(-3)]).toEqual([0xee, 0xee, 0xee, 0xee, 0xee]);
      }
    }
  });

  test("is a RangeError where it does not fit, by one byte or by all", () => {
    for (const text of ["a", "abc", "é", "abé", "한".repeat(30), "a".repeat(100)]) {
      const size = utf8(text).length;
      for (const room of [size - 1, 0]) {
        expect(() => writeText(text, new Uint8Array(room + 4), 4)).toThrow(RangeError);
        expect(() => writeText(text, new Uint8Array(room + 4), 4)).toThrow(/target/);
      }
      expect(writeText(text, new Uint8Array(size + 4), 4)).toBe(size + 4);
    }
  });
});

describe("encodeText", () => {
  test("leaves room in front, and takes no byte too many", () => {
    for (const room of [0, 1, 14]) {
      for (const text of ["", "a", "é", "aé", "한".repeat(50), `${"a".repeat(5000)}🌍`, "\udc00a", "a\ud83d"]) {
        const bytes = encodeText(text, room);
        expect(bytes.length).toBe(room + utf8(text).length);
        expect(bytes.subarray(room)).toEqual(utf8(text));
      }
    }
  });
});
