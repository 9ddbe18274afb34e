import { describe, expect, test } from "vitest";
import { isValidUtf8, Utf8Validator } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, hex } from "../wire.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What RFC 3629 forbids, and where the first byte at fault is. */
const INVALID: readonly [name: string, dump: string, at: number][] = [
  ["a lone continuation", "80", 0],
  ["C0", "c0 80", 0],
  ["C1", "c1 bf", 0],
  ["an overlong form of three bytes", "e0 9f bf", 1],
  ["a high surrogate", "ed a0 80", 1],
  ["a low surrogate", "ed bf bf", 1],
  ["an overlong form of four bytes", "f0 8f bf bf", 1],
  ["past U+10FFFF", "f4 90 80 80", 1],
  ["F5", "f5 80 80 80", 0],
  ["FF", "ff", 0],
  ["a character cut by ASCII", "e4 b8 41", 2],
  ["a continuation too many", "c3 a9 a9", 2],
];

describe("isValidUtf8", () => {
  test("of whole characters", () => {
    for (const text of [
      "",
      "a",
      "é",
      "世",
      "🌍",
      "\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}\ud7ff\ue000",
    ]) {
      expect(isValidUtf8(utf8(text))).toBe(true);
      expect(isValidUtf8(utf8(text.repeat(500)))).toBe(true);
    }
  });

  test.each(INVALID)("not of %s, alone or amid text", (_, dump) => {
    const bad = hex(dump);
    expect(isValidUtf8(bad)).toBe(false);
    for (const before of [1, 31, 100, 20_000]) {
      expect(isValidUtf8(concat(utf8("a".repeat(before)), bad, utf8("b".repeat(70))))).toBe(false);
    }
  });

  test("not of a character that is not complete", () => {
    for (const text of ["é", "世", "🌍"]) {
      const bytes = utf8(text);
      for (let end = 1; end < bytes.length; end++) expect(isValidUtf8(bytes, 0, end)).toBe(false);
      expect(isValidUtf8(bytes, 1)).toBe(false);
    }
  });

  test("of a range, whatever lies around it", () => {
    const bytes = concat(hex("ff e4"), utf8("안녕".repeat(60)), hex("80 ff"));
    expect(isValidUtf8(bytes, 2, bytes.length - 2)).toBe(true);
    expect(isValidUtf8(bytes)).toBe(false);
  });

  test("of a range outside the bytes is a RangeError, of no bytes a TypeError", () => {
    expect(() => isValidUtf8(hex("61"), 2)).toThrow(/^start/);
    expect(() => isValidUtf8(hex("61"), 0, 2)).toThrow(RangeError);
    expect(() => isValidUtf8("a" as never)).toThrow(/^bytes/);
  });
});

onBothKernels((kernel) => {
  describe("Utf8Validator", () => {
    test("takes a text in any pieces (§8.1)", () => {
      const text = utf8("aé世🌍".repeat(3));
      for (let cut = 0; cut <= text.length; cut++) {
        for (let more = cut; more <= text.length; more++) {
          const validator = new Utf8Validator(kernel);
          expect(validator.push(text, 0, cut)).toBe(true);
          expect(validator.push(text, cut, more)).toBe(true);
          expect(validator.push(text.subarray(more))).toBe(true);
          expect(validator.complete).toBe(true);
        }
      }
    });

    test.each(INVALID)("fails at the byte that makes it invalid: %s", (_, dump, at) => {
      const bad = hex(dump);
      const validator = new Utf8Validator(kernel);
      expect(validator.push(utf8("좋다 ".repeat(30)))).toBe(true);
      for (const [index, byte] of bad.entries()) {
        expect(validator.push(Uint8Array.of(byte)), `byte ${index}`).toBe(index < at);
      }
      expect(validator.complete).toBe(false);
    });

    test("stays failed until reset", () => {
      const validator = new Utf8Validator(kernel);
      expect(validator.push(hex("ff"))).toBe(false);
      expect(validator.push(utf8("fine"))).toBe(false);
      expect(validator.push(new Uint8Array(0))).toBe(false);
      expect(validator.complete).toBe(false);
      validator.reset();
      expect(validator.complete).toBe(true);
      expect(validator.push(utf8("fine"))).toBe(true);
    });

    test("is complete only between characters", () => {
      const validator = new Utf8Validator(kernel);
      expect(validator.complete).toBe(true);
      for (const [index, byte] of utf8("🌍").entries()) {
        expect(validator.push(Uint8Array.of(byte))).toBe(true);
        expect(validator.complete).toBe(index === 3);
      }
      validator.push(hex("e4"));
      validator.reset();
      expect(validator.complete).toBe(true);
    });

    test("refuses a range outside the bytes by name", () => {
      const validator = new Utf8Validator(kernel);
      expect(() => validator.push(hex("61"), 0, 2)).toThrow(/^end/);
      expect(() => validator.push([0x61] as never)).toThrow(/^bytes/);
      expect(validator.push(hex("61"))).toBe(true);
    });
  });
});

test("a validator runs on the default kernel unless it is handed one", () => {
  const validator = new Utf8Validator();
  expect(validator.push(utf8("default"))).toBe(true);
  expect(validator.push(hex("c0"))).toBe(false);
});
