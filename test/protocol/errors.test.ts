import { describe, expect, test } from "vitest";
import { ERRORS, type ErrorCode, isWireCloseCode, ProtocolError } from "../../src/index.ts";

/** What each violation leads to: the close codes of §7.4.1 and the section that states the rule. */
const RULES: Readonly<Record<ErrorCode, [closeCode: number, section: string]>> = {
  RESERVED_BITS: [1002, "5.2"],
  RESERVED_OPCODE: [1002, "5.2"],
  FRAGMENTED_CONTROL: [1002, "5.5"],
  UNEXPECTED_CONTINUATION: [1002, "5.4"],
  EXPECTED_CONTINUATION: [1002, "5.4"],
  MASK_REQUIRED: [1002, "5.1"],
  MASK_FORBIDDEN: [1002, "5.1"],
  CONTROL_TOO_LONG: [1002, "5.5"],
  LENGTH_NOT_MINIMAL: [1002, "5.2"],
  LENGTH_TOP_BIT: [1002, "5.2"],
  LENGTH_UNSAFE: [1009, "5.2"],
  FRAME_TOO_LONG: [1009, "10.4"],
  INVALID_UTF8: [1007, "8.1"],
  INVALID_COMPRESSED_DATA: [1007, "7.4.1"],
  MESSAGE_TOO_LONG: [1009, "10.4"],
  TOO_MANY_FRAGMENTS: [1008, "10.4"],
  RETAINED_LIMIT: [1008, "10.4"],
  CLOSE_PAYLOAD_TRUNCATED: [1002, "5.5.1"],
  INVALID_CLOSE_CODE: [1002, "7.4"],
  INVALID_CLOSE_REASON: [1007, "5.5.1"],
};
const CODES = Object.keys(RULES) as ErrorCode[];

test("the table has a rule for every code, and no other", () => {
  expect(Object.keys(ERRORS).sort()).toEqual([...CODES].sort());
});

describe.each(CODES)("%s", (code) => {
  const [closeCode, section] = RULES[code];

  test(`is answered with ${closeCode} for §${section}`, () => {
    expect(ERRORS[code]).toMatchObject({ closeCode, section });
    expect(isWireCloseCode(ERRORS[code].closeCode)).toBe(true);
  });

  test("makes an error that says what, where and which section", () => {
    const error = new ProtocolError(code, 9_007_199_254_740_991);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "ProtocolError", code, closeCode, section, offset: 9_007_199_254_740_991 });
    expect(error.message).toContain(ERRORS[code].message);
    expect(error.message).toContain("9007199254740991");
    expect(error.message).toContain(`§${section}`);
  });

  test("has words of its own", () => {
    const same = CODES.filter((other) => ERRORS[other].message === ERRORS[code].message);
    expect(same).toEqual([code]);
  });
});
