import { describe, expect, test } from "vitest";
import { encodeClosePayload } from "../../src/index.ts";
import { hex } from "../wire.ts";

describe("encodeClosePayload", () => {
  test("without a code is empty (§5.5.1)", () => {
    expect(encodeClosePayload()).toEqual(new Uint8Array(0));
    expect(encodeClosePayload(undefined, "")).toEqual(new Uint8Array(0));
  });

  // §7.1.5: "If this Close control frame contains no status code, _The WebSocket Connection Close Code_ is considered to
  // be 1005." So what was read can be answered as it is, and 1005 is never on the wire.
  test("with 1005, which stands for no code, is empty", () => {
    expect(encodeClosePayload(1005)).toEqual(new Uint8Array(0));
    expect(() => encodeClosePayload(1005, "why")).toThrow(/^reason/);
  });

  test("is the code in network order, then the reason in UTF-8", () => {
    //  1000 is 03 e8, 1002 is 03 ea, 4999 is 13 87
    expect(encodeClosePayload(1000)).toEqual(hex("03 e8"));
    expect(encodeClosePayload(1002, "é")).toEqual(hex("03 ea c3 a9"));
    expect(encodeClosePayload(4999, "bye\ud800")).toEqual(hex("13 87 62 79 65 ef bf bd"));
  });

  test("has room for a reason of 123 bytes, and of no more", () => {
    expect(encodeClosePayload(1000, "x".repeat(123)).length).toBe(125);
    expect(encodeClosePayload(1000, `x${"é".repeat(61)}`).length).toBe(125);
    for (const reason of ["x".repeat(124), "é".repeat(62), "한".repeat(42)]) {
      expect(() => encodeClosePayload(1000, reason)).toThrow(RangeError);
      expect(() => encodeClosePayload(1000, reason)).toThrow(/^reason/);
    }
  });

  // §7.4.1: 1006 and 1015, as 1005, "MUST NOT be set as a status code in a Close control frame by an endpoint."
  test.each([0, 999, 1004, 1006, 1015, 1016, 2999, 5000, 65535, 65536 + 1000, -1, 1000.5, Number.NaN])(
    "code %d is a RangeError",
    (code) => {
      expect(() => encodeClosePayload(code)).toThrow(RangeError);
      expect(() => encodeClosePayload(code)).toThrow(/^code/);
    },
  );

  test("a reason without a code is a TypeError", () => {
    expect(() => encodeClosePayload(undefined, "why")).toThrow(TypeError);
    expect(() => encodeClosePayload(undefined, "why")).toThrow(/^reason/);
  });

  test("a code or reason of another type is named as what it is", () => {
    expect(() => encodeClosePayload("1000" as unknown as number)).toThrow(/^code "1000"/);
    expect(() => encodeClosePayload(1000, 5 as unknown as string)).toThrow(/^reason must be a string/);
    // Of which another implementation sent more bytes than it had written (CVE-2026-45736).
    expect(() => encodeClosePayload(1000, new Float64Array(8) as unknown as string)).toThrow(
      /^reason must be a string/,
    );
  });
});
