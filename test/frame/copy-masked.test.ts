import { expect, test } from "vitest";
import { copyMasked, SHORT_PAYLOAD } from "../../src/frame/copy-masked.ts";
import { pattern } from "../wire.ts";

const KEY = 0x8d21fa37 | 0;

/** §5.3, and nothing but. */
function masked(payload: Uint8Array): Uint8Array {
  return payload.map((byte, at) => byte ^ [0x37, 0xfa, 0x21, 0x8d][at % 4]);
}

test("masks payloads of every length into every offset, and changes nothing else", () => {
  for (let length = 0; length <= SHORT_PAYLOAD; length++) {
    for (let offset = 0; offset < 5; offset++) {
      const payload = pattern(length);
      const target = new Uint8Array(length + 10).fill(0xee);
      copyMasked(payload, target, offset, KEY);
      const expected = new Uint8Array(length + 10).fill(0xee);
      expected.set(masked(payload), offset);
      expect(target).toEqual(expected);
      expect(payload).toEqual(pattern(length));
    }
  }
});

test("a payload that lies in the target is masked wherever it goes", () => {
  for (const length of [0, 1, 7, 12, 13, 100, SHORT_PAYLOAD]) {
    for (const [from, to] of [
      [0, 6],
      [6, 0],
      [3, 3],
      [0, 1],
    ]) {
      const target = pattern(length + 10);
      const payload = target.slice(from, from + length);
      copyMasked(target.subarray(from, from + length), target, to, KEY);
      expect(target.subarray(to, to + length)).toEqual(masked(payload));
    }
  }
});
