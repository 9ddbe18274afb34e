import { describe, expect, test } from "vitest";
import { CloseCode, isWireCloseCode } from "../../src/index.ts";

/** §7.4 and the registry that followed it, as ranges. */
const FORBIDDEN: readonly [from: number, to: number][] = [
  [0, 999],
  [1004, 1006],
  [1015, 1015],
  [1016, 2999],
  [5000, 65535],
];

describe("isWireCloseCode", () => {
  test("every code of two bytes against the ranges of §7.4", () => {
    const wrong: number[] = [];
    for (let code = 0; code <= 65535; code++) {
      const forbidden = FORBIDDEN.some(([from, to]) => from <= code && code <= to);
      if (isWireCloseCode(code) === forbidden) wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });

  test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
    "%d may be sent",
    (code) => expect(isWireCloseCode(code)).toBe(true),
  );

  test.each([-1000, 1000.5, 4998.999, 65536 + 1000, Number.NaN, Number.POSITIVE_INFINITY])(
    "%d is no code of two bytes",
    (code) => expect(isWireCloseCode(code)).toBe(false),
  );
});

describe("CloseCode", () => {
  // §7.4.1 and the IANA registry's later entries, by their numbers.
  test("has the numbers of the registry", () => {
    expect(Object.values(CloseCode)).toEqual([
      1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015,
    ]);
  });

  test("names the three that never travel, and no other, as not to be sent", () => {
    const kept = Object.entries(CloseCode).filter(([, code]) => !isWireCloseCode(code));
    expect(kept.map(([name]) => name)).toEqual(["NoStatusReceived", "Abnormal", "TlsHandshake"]);
  });
});
