import { expect, test } from "vitest";
import { onBothKernels } from "../vectors.ts";
import { pattern } from "../wire.ts";

const KEY = 0x8d21fa37 | 0;

/** §5.3, and nothing but. */
function masked(payload: Uint8Array): Uint8Array {
  return payload.map((byte, at) => byte ^ [0x37, 0xfa, 0x21, 0x8d][at % 4]);
}

onBothKernels((kernel) => {
  // Every length up to where each way of doing it has begun, and about those where one ends.
  const lengths = [...Array.from({ length: 300 }, (_, length) => length), 1024, 1025, 16_384, 16_385, 40_000];

  test("masks payloads of every length into every offset, and changes nothing else", () => {
    for (const length of lengths) {
      for (let offset = 0; offset < 5; offset++) {
        const payload = pattern(length);
        const target = new Uint8Array(length + 10).fill(0xee);
        kernel.copyMasked(payload, target, offset, KEY);
        const expected = new Uint8Array(length + 10).fill(0xee);
        expected.set(masked(payload), offset);
        if (Buffer.compare(target, expected) !== 0) expect.fail(`${length} bytes at ${offset}`);
        expect(Buffer.compare(payload, pattern(length))).toBe(0);
      }
    }
  });

  test("a payload that lies in the target is masked wherever it goes", () => {
    for (const length of [0, 1, 7, 12, 13, 100, 256, 257, 5000, 16_384, 16_385, 40_000]) {
      for (const [from, to] of [
        [0, 6],
        [6, 0],
        [3, 3],
        [0, 1],
      ]) {
        const target = pattern(length + 10);
        const payload = target.slice(from, from + length);
        kernel.copyMasked(target.subarray(from, from + length), target, to, KEY);
        expect(Buffer.compare(target.subarray(to, to + length), masked(payload))).toBe(0);
      }
    }
  });

  test("into a receive buffer, and out of one", () => {
    const buffer = kernel.acquireReceiveBuffer();
    for (const length of [12, 13, 1000, 20_000]) {
      const slot = buffer.received(2 * length);
      slot.set(pattern(length));
      kernel.copyMasked(slot.subarray(0, length), slot, length, KEY);
      expect(Buffer.compare(slot.subarray(length), masked(pattern(length)))).toBe(0);
    }
    buffer.release();
  });
});
