import { describe, expect, test } from "vitest";
import { SWEEP_STEP } from "../sweep.ts";
import { place, subjects } from "./subjects.ts";

const KEY = 0x7a3f21b5;

/** §5.3: "transformed-octet-i = original-octet-i XOR masking-key-octet-j", with j = i MOD 4. */
function maskNaively(bytes: Uint8Array, start: number, end: number, key: number): void {
  for (let at = start; at < end; at++) bytes[at] ^= key >>> (8 * ((at - start) % 4));
}

/** The key of which octet 0 is octet `by` of `key`. */
function rotateNaively(key: number, by: number): number {
  const octets = [key & 0xff, (key >>> 8) & 0xff, (key >>> 16) & 0xff, key >>> 24];
  return [0, 1, 2, 3].reduce((word, octet) => word | (octets[(octet + by) % 4] << (8 * octet)), 0);
}

/** Bytes that differ from their neighbours, so that a byte masked twice, not at all, or with the wrong octet shows. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 167 + (at >> 8) * 13 + 5) & 0xff);
}

describe.each(subjects)("mask, $title", (subject) => {
  const { kernel, kernelName, capacity } = subject;

  /** Masks `[start, end)` of a pattern, and says how the outcome differs from the naive loop's. */
  function difference(start: number, length: number, tail: number, key = KEY, misalignment = 0): string | undefined {
    const end = start + length;
    const expected = pattern(end + tail);
    const bytes = place(subject, expected, misalignment);
    maskNaively(expected, start, end, key);
    const rotated = kernel.mask(bytes, start, end, key);
    if (Buffer.compare(bytes, expected) !== 0) {
      return `offset ${start}, length ${length}, tail ${tail}: byte ${bytes.findIndex((byte, at) => byte !== expected[at])}`;
    }
    if (rotated !== rotateNaively(key, length)) return `offset ${start}, length ${length}: the key returned`;
    return undefined;
  }

  test("runs on the kernel it is named for", () => {
    expect(kernel.name).toBe(kernelName);
  });

  test("every offset, length and tail, and not a byte around them", () => {
    for (let start = 0; start <= 20; start++) {
      for (let length = 0; length <= 300; length += SWEEP_STEP) {
        for (const tail of [0, 1, 3, 15, 40]) expect(difference(start, length, tail)).toBeUndefined();
      }
    }
  });

  test("bytes that begin at every alignment", () => {
    for (let misalignment = 0; misalignment < 20; misalignment++) {
      for (let start = 0; start < 4; start++) {
        for (const length of [1, 4, 15, 16, 17, 63, 64, 65, 127, 128, 200, 257, 300]) {
          expect(difference(start, length, 5, KEY, misalignment)).toBeUndefined();
        }
      }
    }
  });

  test("lengths around the borders of windows", () => {
    const lengths = [16368, 32767, 32768, 32769, 65535, 65536, 65537, 65552, 100_001];
    for (let length = 16383; length <= 16400; length++) lengths.push(length);
    for (const length of lengths) {
      for (const start of [0, 1, 7]) {
        if (start + length + 9 <= capacity) expect(difference(start, length, 9)).toBeUndefined();
      }
    }
    expect(difference(0, Math.min(capacity, 2 ** 20), 0)).toBeUndefined();
  });

  test("keys of every sign, and with equal, zero and full octets", () => {
    for (const key of [0, -1, 1, -2, 0x80000000 | 0, 0x7fffffff, 0xff | 0, 0xff000000 | 0, 0x80818283 | 0, -KEY]) {
      for (const length of [1, 2, 3, 4, 5, 16, 33, 100, 301]) {
        expect(difference(3, length, 4, key)).toBeUndefined();
      }
    }
  });

  test("masking piece by piece is masking the whole", () => {
    for (const length of [7, 64, 131, 300, 700]) {
      const expected = pattern(length);
      maskNaively(expected, 0, length, KEY);
      for (let cut = 0; cut <= length; cut++) {
        const bytes = place(subject, pattern(length));
        const rotated = kernel.mask(bytes, 0, cut, KEY);
        kernel.mask(bytes, cut, length, rotated);
        expect(Buffer.compare(bytes, expected), `${length} bytes, cut at ${cut}`).toBe(0);
      }
    }
  });

  test("masking twice gives the bytes back", () => {
    const bytes = place(subject, pattern(1000));
    kernel.mask(bytes, 13, 987, KEY);
    expect(Buffer.compare(bytes, pattern(1000))).not.toBe(0);
    kernel.mask(bytes, 13, 987, KEY);
    expect(Buffer.compare(bytes, pattern(1000))).toBe(0);
  });

  test("nothing to mask leaves the key as it is", () => {
    const bytes = place(subject, pattern(8));
    expect(kernel.mask(bytes, 4, 4, KEY)).toBe(KEY);
    expect(Buffer.compare(bytes, pattern(8))).toBe(0);
  });
});
