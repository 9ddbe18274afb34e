// What a caller in plain JavaScript passes by mistake, in the place of each argument.

import { describe, expect, test } from "vitest";

/** Each with how an error message says it. */
const VALUES: readonly [value: unknown, shown: RegExp][] = [
  [undefined, /not undefined/],
  [null, /not null/],
  [5, /not 5/],
  ["x", /not (a string|"x")/],
  [{}, /not an Object/],
  [[], /not an Array/],
];

/**
 * Every value in the place of an argument is an error of the caller's that begins with `message` and says what came, but for
 * those that may `stand` there: they may fail for another reason, though never with words of the engine's.
 */
export function describeMisuse(
  rows: [argument: string, message: string, call: (value: unknown) => unknown, stand?: unknown[]][],
): void {
  describe.each<(typeof rows)[number]>(rows)("%s", (_, message, call, stand = []) => {
    const standing = stand.map((value) => JSON.stringify(value));
    test.each(VALUES)("%j", (value, shown) => {
      let error: unknown;
      try {
        call(value);
      } catch (thrown) {
        error = thrown;
      }
      if (standing.includes(JSON.stringify(value))) {
        expect(String(error)).toMatch(/^(undefined$|TypeError: .* must |RangeError: .* must )/);
      } else {
        expect(String(error)).toMatch(/^(TypeError|RangeError): /);
        expect((error as Error).message.slice(0, message.length)).toBe(message);
        expect(String(error)).toMatch(shown);
      }
    });
  });
}
