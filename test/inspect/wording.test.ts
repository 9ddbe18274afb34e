import { describe, expect, test } from "vitest";
import { escapeJson, escapeText, hexOf, reservedBits, spacedHex } from "../../src/inspect/wording.ts";
import { pattern } from "../wire.ts";

describe("hex", () => {
  test.each([0, 1, 14, 4095, 4096, 4097, 10_000])("of %i bytes is right, with spaces and without", (length) => {
    const bytes = pattern(length);
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
    expect(hexOf(bytes)).toBe(digits.join(""));
    expect(spacedHex(hexOf(bytes))).toBe(digits.join(" "));
  });
});

describe("escaped text", () => {
  test("has nothing that a terminal acts on, however long it is", () => {
    const text = `😀\n\x1b\u009b${"é".repeat(5000)}\u202e`;
    expect(escapeText(text.repeat(3))).toBe(`😀\\n\\u{1b}\\u{9b}${"é".repeat(5000)}\\u{202e}`.repeat(3));
    expect(escapeText("😀".repeat(9000))).toBe("😀".repeat(9000));
    expect(escapeText(`a${"😀".repeat(9000)}\ud83d`)).toBe(`a${"😀".repeat(9000)}\\u{d83d}`);
  });

  test("of JSON is the same JSON", () => {
    const value = { text: "é\x7f\u0085\u009b\u202e\u2066\ufeff\u2028😀\n\x1b" };
    const json = escapeJson(JSON.stringify(value));
    expect(JSON.parse(json)).toEqual(value);
    expect(json).toBe('{"text":"é\\u007f\\u0085\\u009b\\u202e\\u2066\\ufeff\\u2028😀\\n\\u001b"}');
  });
});

test.each([
  [0, []],
  [4, ["RSV1"]],
  [2, ["RSV2"]],
  [1, ["RSV3"]],
  [7, ["RSV1", "RSV2", "RSV3"]],
])("the reserved bits %i are called %j", (rsv, names) => {
  expect(reservedBits(rsv)).toEqual(names);
});
