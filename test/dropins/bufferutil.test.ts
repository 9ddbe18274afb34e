// Held to bufferutil itself, which is its own fallback where its native build does not load, and to that.

import { createRequire } from "node:module";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { pattern } from "../wire.ts";
import { type DropIns, onBothKernels } from "./on-both-kernels.ts";

type BufferUtil = DropIns["bufferutil"];

const require = createRequire(import.meta.url);
const peers: readonly (readonly [string, BufferUtil])[] = [
  ["bufferutil", require("bufferutil")],
  ["bufferutil's fallback", require("bufferutil/fallback")],
];

const KEY = Buffer.of(0x37, 0xfa, 0x21, 0x8d);
/** 16 KiB is what is masked at a time. */
const LENGTHS = [...Array(131).keys(), 1000, 1024, 4099, 16_383, 16_384, 16_385, 32_768, 65_536, 70_001];

function expectSame(got: Uint8Array, expected: Uint8Array, what: string): void {
  if (Buffer.compare(got, expected) !== 0) expect.fail(what);
}

onBothKernels(({ bufferutil }) => {
  describe.each(peers)("as %s", (_, peer) => {
    test("masks from any place into any other, and writes nothing beside it", () => {
      for (const length of LENGTHS) {
        for (const from of [0, 1, 6, 8]) {
          for (const offset of [0, 2, 7, 14]) {
            // Parts of one pool, as small Buffers are, with a tail behind what is asked for.
            const [got, expected] = [bufferutil, peer].map(({ mask }) => {
              const pool = Buffer.from(pattern(2 * length + 100));
              const source = pool.subarray(from, from + length + 9);
              const output = pool.subarray(length + 32, 2 * length + 64);
              expect(mask(source, KEY, output, offset, length)).toBe(undefined);
              return pool;
            });
            expectSame(got, expected, `${length} bytes from ${from} to ${offset}`);
          }
        }
      }
    });

    test("masks and unmasks in place", () => {
      for (const length of LENGTHS) {
        for (let from = 0; from < 8; from++) {
          const [got, expected] = [bufferutil, peer].map(({ mask, unmask }) => {
            const pool = Buffer.from(pattern(length + 16));
            const bytes = pool.subarray(from, from + length);
            mask(bytes, KEY, bytes, 0, length);
            const masked = Buffer.from(pool);
            expect(unmask(bytes, Buffer.of(1, 2, 3, 4))).toBe(undefined);
            return Buffer.concat([masked, pool]);
          });
          expectSame(got, expected, `${length} bytes at ${from}`);
        }
      }
    });

    test("takes any key, and the first four bytes of a longer one", () => {
      for (const key of [
        [0, 0, 0, 0],
        [255, 255, 255, 255],
        [0x80, 0, 0, 0x80],
        [1, 2, 3, 4, 5],
      ]) {
        const [got, expected] = [bufferutil, peer].map(({ unmask }) => {
          const bytes = Buffer.from(pattern(100));
          unmask(bytes, Uint8Array.from(key));
          return bytes;
        });
        expectSame(got, expected, `with ${key}`);
      }
    });
  });

  test("what overlaps is masked as it was before", () => {
    for (const length of [5, 60, 1000, 16_384, 16_385, 40_000, 70_001]) {
      for (const [from, to] of [
        [0, 1],
        [1, 0],
        [0, 8],
        [9, 2],
        [0, 16_384],
        [16_384, 0],
        [0, 20_001],
        [20_001, 3],
      ]) {
        const bytes = Buffer.from(pattern(length + 20_001));
        const expected = Buffer.from(bytes);
        for (let at = 0; at < length; at++) expected[to + at] = bytes[from + at] ^ KEY[at % 4];
        bufferutil.mask(bytes.subarray(from), KEY, bytes, to, length);
        expectSame(bytes, expected, `${length} bytes from ${from} to ${to}`);
      }
    }
  });

  test("takes what another realm has made", () => {
    const Foreign: Uint8ArrayConstructor = runInNewContext("Uint8Array");
    for (const length of [5, 1000, 40_000]) {
      const [got, expected] = [Foreign, Uint8Array].map((Bytes) => {
        const output = new Bytes(length + 10);
        bufferutil.mask(new Bytes(pattern(length)), new Bytes(KEY), output, 3, length);
        bufferutil.unmask(output, new Bytes([1, 2, 3, 4]));
        return output;
      });
      expectSame(Buffer.from(got), Buffer.from(expected), `${length} bytes`);
    }
  });

  test("writes past 2 GiB", () => {
    const output = Buffer.alloc(2 ** 31 + 40_000); // of which nothing is touched but what is written
    for (const length of [1000, 20_000]) {
      bufferutil.mask(pattern(length), KEY, output, 2 ** 31 + 10, length);
      const expected = pattern(length).map((byte, at) => byte ^ KEY[at % 4]);
      expectSame(output.subarray(2 ** 31 + 10, 2 ** 31 + 10 + length), expected, `${length} bytes`);
    }
  });

  const bytes = pattern(10);
  test.each<[string, () => void, ErrorConstructor, string]>([
    [
      "more than the source has",
      () => bufferutil.mask(bytes, KEY, pattern(20), 0, 11),
      RangeError,
      "length must be an integer from 0 to 10, not 11",
    ],
    [
      "a negative length",
      () => bufferutil.mask(bytes, KEY, bytes, 0, -1),
      RangeError,
      "length must be an integer from 0 to 10, not -1",
    ],
    [
      "half a byte",
      () => bufferutil.mask(bytes, KEY, bytes, 0, 0.5),
      RangeError,
      "length must be an integer from 0 to 10, not 0.5",
    ],
    [
      "more than the output has room for",
      () => bufferutil.mask(bytes, KEY, pattern(10), 1, 10),
      RangeError,
      "offset must be an integer from 0 to 0, not 1",
    ],
    [
      "an output that is too short",
      () => bufferutil.mask(bytes, KEY, pattern(9), 0, 10),
      RangeError,
      "length must be an integer from 0 to 9, not 10",
    ],
    [
      "a negative offset",
      () => bufferutil.mask(bytes, KEY, pattern(12), -1, 10),
      RangeError,
      "offset must be an integer from 0 to 2, not -1",
    ],
    [
      "a Symbol for a length",
      () => bufferutil.mask(bytes, KEY, bytes, 0, Symbol("four") as never),
      RangeError,
      "length must be an integer from 0 to 10, not Symbol(four)",
    ],
    [
      "no length",
      () => bufferutil.mask(bytes, KEY, bytes, 0, undefined as never),
      RangeError,
      "length must be an integer from 0 to 10, not undefined",
    ],
    [
      "a source that is no bytes",
      () => bufferutil.mask("text" as never, KEY, bytes, 0, 4),
      TypeError,
      "source must be a Buffer or another Uint8Array, not [object String]",
    ],
    [
      "an output that is no bytes",
      () => bufferutil.mask(bytes, KEY, [] as never, 0, 4),
      TypeError,
      "output must be a Buffer or another Uint8Array, not [object Array]",
    ],
    [
      "a buffer that is no bytes",
      () => bufferutil.unmask(new DataView(bytes.buffer) as never, KEY),
      TypeError,
      "buffer must be a Buffer or another Uint8Array, not [object DataView]",
    ],
    [
      "three bytes of mask",
      () => bufferutil.unmask(bytes, KEY.subarray(1)),
      TypeError,
      "mask must be a Uint8Array of four bytes, not of 3",
    ],
    [
      "a mask that is a number",
      () => bufferutil.mask(bytes, 7 as never, bytes, 0, 4),
      TypeError,
      "mask must be a Uint8Array of four bytes, not [object Number]",
    ],
  ])("refuses %s, and writes nothing", (_, call, type, message) => {
    const before = Buffer.from(bytes);
    expect(call).toThrow(new type(message));
    expectSame(bytes, before, "bytes");
  });
});
