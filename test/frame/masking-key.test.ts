import { afterEach, expect, test, vi } from "vitest";
import { nextMaskingKey } from "../../src/frame/masking-key.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test("no key of a batch comes twice, and every bit of a key varies", () => {
  const keys = Array.from({ length: 10_000 }, () => nextMaskingKey());
  // 10 000 of 2^32: a dozen pairs alike by chance is out of the question.
  expect(new Set(keys).size).toBeGreaterThan(9_988);
  const ever = keys.reduce((bits, key) => bits | key, 0);
  const always = keys.reduce((bits, key) => bits & key, -1);
  expect([ever, always]).toEqual([-1, 0]);
  expect(keys.every((key) => Number.isInteger(key) && key === (key | 0))).toBe(true);
});

// §5.3: "The masking key needs to be unpredictable; thus, the masking key MUST be derived from a strong source of
// entropy". `Math.random` is none.
test("keys come from crypto.getRandomValues and never from Math.random", () => {
  const weak = vi.spyOn(Math, "random");
  let fill = 0;
  const strong = vi.fn((array: Int32Array) => array.fill(0x1234_0000 + ++fill));
  vi.stubGlobal("crypto", { getRandomValues: strong });
  const keys = Array.from({ length: 20_000 }, () => nextMaskingKey());
  const drawn = keys.filter((key) => key > 0x1234_0000 && key <= 0x1234_0000 + fill);
  // Those of a batch drawn before may come first; from the first draw on, each is one of the source's.
  expect(drawn).toEqual(keys.slice(keys.length - drawn.length));
  expect(drawn.length).toBeGreaterThan(10_000);
  expect(fill).toBeGreaterThan(1);
  expect(strong.mock.calls.length).toBe(fill);
  expect(weak).not.toHaveBeenCalled();
});
