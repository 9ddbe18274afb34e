import { describe, expect, it } from "vitest";
import { bestLoop, unmaskBytes, unmaskWords } from "../../../bench/peers/loop.ts";

describe.each([
  { unmask: unmaskBytes, shortest: 0 },
  { unmask: unmaskWords, shortest: 4 },
])("$unmask.name", ({ unmask, shortest }) => {
  it("unmasks what a naive loop unmasks, at every offset and length, and nothing beside it", () => {
    const mask = Uint8Array.of(0x12, 0x34, 0xa6, 0xf8);
    for (let offset = 0; offset < 5; offset++) {
      for (let length = shortest; length < 70; length++) {
        const memory = Buffer.alloc(80, 0x5a);
        const expected = Buffer.from(memory);
        for (let index = 0; index < length; index++) expected[offset + index] ^= mask[index & 3];
        unmask(memory.subarray(offset, offset + length), mask);
        expect(memory.equals(expected)).toBe(true);
      }
    }
  });
});

describe("bestLoop", () => {
  it("takes bytes for short payloads and words for long ones", () => {
    expect([1, 32, 1000, 1_048_576].map(bestLoop)).toEqual([unmaskBytes, unmaskBytes, unmaskWords, unmaskWords]);
  });
});
