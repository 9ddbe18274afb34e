import { describe, expect, test, vi } from "vitest";
import * as withBuffer from "../../src/frame/text.ts";

// What browsers have: the module asks for Node's Buffer once, when it is loaded.
vi.resetModules();
vi.stubGlobal("Buffer", undefined);
const withoutBuffer = await import("../../src/frame/text.ts");
vi.unstubAllGlobals();

const MODULES = [
  ["with Node's Buffer", withBuffer],
  ["with the Encoding API alone", withoutBuffer],
] as const;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Every length up to past the limits where the way of coding changes, and one far beyond. */
const LENGTHS = [...Array.from({ length: 70 }, (_, length) => length), 1000, 70_000];

function ascii(length: number): string {
  return Array.from({ length }, (_, at) => String.fromCharCode(at % 128)).join("");
}

describe.each(MODULES)("decodeText %s", (_, { decodeText }) => {
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

describe.each(MODULES)("writeText %s", (_, { writeText }) => {
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

  test("is -1 where it does not fit, by however much, and leaves what is beside it", () => {
    const texts = ["a", "abc", "é", "abé", "é".repeat(25), "한".repeat(30), "🌍".repeat(20), "\ud800".repeat(30)];
    for (const text of [...texts, "a".repeat(100), `${"a".repeat(50)}🌍`, `🌍${"a".repeat(50)}`]) {
      const size = utf8(text).length;
      const whole = new Uint8Array(size + 20).fill(0xee);
      for (let room = -4; room < size; room++) {
        const target = whole.subarray(8, 12 + room);
        expect(writeText(text, target, 4), `${room} of ${size}`).toBe(-1);
        expect(whole.subarray(0, 12).every((byte) => byte === 0xee)).toBe(true);
        expect(whole.subarray(Math.max(12, 12 + room)).every((byte) => byte === 0xee)).toBe(true);
      }
      for (const more of [0, 1, 2, 3, 4])
        expect(writeText(text, whole.subarray(8, 12 + size + more), 4)).toBe(4 + size);
    }
  });
});

describe.each(MODULES)("encodeText %s", (_, { encodeText }) => {
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
