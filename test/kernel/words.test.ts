import { afterEach, describe, expect, test, vi } from "vitest";
import { UTF8_NON_ASCII } from "../../src/kernel/layout.ts";
import { hostWord, LITTLE_ENDIAN, wordsOf } from "../../src/kernel/words.ts";

const KEYS = [0, -1, 1, 0x3d21fa37, 0x7a3f21b5, 0x80000000 | 0, 0xff | 0, 0xff000000 | 0, 0x00ff00ff, 0x80818283 | 0];

/** The octets of a masking key in the order of the wire: the first lies in the low eight bits. */
function octetsOf(key: number): number[] {
  return [key & 0xff, (key >>> 8) & 0xff, (key >>> 16) & 0xff, key >>> 24];
}

/**
 * An `Int32Array` as a big-endian host has it: a word's first octet is its highest. Only what src/kernel uses works.
 */
class BigEndianInt32Array {
  static readonly BYTES_PER_ELEMENT = 4;
  readonly [index: number]: number;
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;

  static of(...values: number[]): BigEndianInt32Array {
    const view = new DataView(new ArrayBuffer(4 * values.length));
    for (const [at, value] of values.entries()) view.setInt32(4 * at, value, false);
    return new BigEndianInt32Array(view.buffer, 0, values.length);
  }

  constructor(length: number);
  constructor(buffer: ArrayBufferLike, byteOffset: number, length: number);
  constructor(from: ArrayBufferLike | number, byteOffset = 0, length = Number(from)) {
    this.buffer = typeof from === "number" ? new ArrayBuffer(4 * length) : from;
    this.byteOffset = byteOffset;
    const view = new DataView(this.buffer, byteOffset, 4 * length);
    for (let at = 0; at < length; at++) {
      Object.defineProperty(this, at, {
        get: () => view.getInt32(4 * at, false),
        set: (value: number) => view.setInt32(4 * at, value, false),
      });
    }
  }
}

async function onBigEndianHost<T>(load: () => Promise<T>): Promise<T> {
  vi.stubGlobal("Int32Array", BigEndianInt32Array);
  vi.resetModules();
  return load();
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe("words", () => {
  test("a host's word holds the key's octets in the order of the wire", () => {
    for (const key of KEYS) {
      const bytes = new Uint8Array(4);
      new Int32Array(bytes.buffer)[0] = hostWord(key);
      expect([...bytes]).toStrictEqual(octetsOf(key));
    }
  });

  test("so it does on a big-endian host", async () => {
    const words = await onBigEndianHost(() => import("../../src/kernel/words.ts"));
    expect(words.LITTLE_ENDIAN).toBe(false);
    for (const key of KEYS) {
      const view = new DataView(new ArrayBuffer(4));
      view.setInt32(0, words.hostWord(key), false);
      expect([...new Uint8Array(view.buffer)]).toStrictEqual(octetsOf(key));
    }
  });

  test("LITTLE_ENDIAN is what a view says", () => {
    expect(LITTLE_ENDIAN).toBe(new DataView(Int32Array.of(1).buffer).getInt32(0, true) === 1);
  });

  test("wordsOf covers the aligned words that lie whole in the bytes, and no more", () => {
    const memory = new ArrayBuffer(64);
    for (let offset = 0; offset <= 9; offset++) {
      for (let length = 8; length <= 40; length++) {
        const words = wordsOf(new Uint8Array(memory, offset, length));
        expect(words.byteOffset % 4).toBe(0);
        expect(words.byteOffset).toBeGreaterThanOrEqual(offset);
        expect(words.byteOffset - offset).toBeLessThan(4);
        const end = words.byteOffset + 4 * words.length;
        expect(end).toBeLessThanOrEqual(offset + length);
        expect(offset + length - end).toBeLessThan(4);
      }
    }
  });

  test("wordsOf finds them past 2 GiB", () => {
    const memory = new ArrayBuffer(2 ** 31 + 16); // never touched, so never there
    const words = wordsOf(new Uint8Array(memory, 2 ** 31 + 1, 12));
    expect([words.byteOffset, words.length]).toStrictEqual([2 ** 31 + 4, 2]);
  });

  test("the TypeScript twin masks the same on a big-endian host", async () => {
    const { mask } = await onBigEndianHost(() => import("../../src/kernel/typescript/mask.ts"));
    for (const key of KEYS) {
      for (const [offset, start, length] of [
        [0, 0, 64],
        [1, 0, 100],
        [2, 3, 131],
        [3, 5, 200],
      ]) {
        const bytes = new Uint8Array(new ArrayBuffer(offset + start + length + 9), offset);
        mask(bytes, start, start + length, key);
        const octets = octetsOf(key);
        const expected = Array.from(bytes, (_, at) =>
          at >= start && at < start + length ? octets[(at - start) % 4] : 0,
        );
        expect([...bytes]).toStrictEqual(expected);
      }
    }
  });

  test("the TypeScript twin validates the same on a big-endian host", async () => {
    const { validateUtf8 } = await onBigEndianHost(() => import("../../src/kernel/typescript/utf8.ts"));
    const text = new TextEncoder().encode("é 한 🦊 ".repeat(30));
    for (let offset = 0; offset < 4; offset++) {
      const bytes = new Uint8Array(new ArrayBuffer(offset + text.length), offset);
      bytes.set(text);
      expect(validateUtf8(bytes, 0, bytes.length, 0)).toBe(UTF8_NON_ASCII);
      // Two bytes of one word that are valid in this order alone.
      for (let at = 140; at < 240; at++) {
        if (text[at] < 0xc2 || text[at] > 0xdf) continue;
        bytes.set([text[at + 1], text[at]], at);
        expect(validateUtf8(bytes, 0, bytes.length, 0), `swapped at ${at}`).toBe(-1);
        bytes.set([text[at], text[at + 1]], at);
      }
    }
  });

  test("the WASM kernel declines a big-endian host, and says so", async () => {
    const { selectKernel } = await onBigEndianHost(() => import("../../src/kernel/select.ts"));
    const { kernel, fallbackReason } = selectKernel();
    expect(kernel.name).toBe("typescript");
    expect(fallbackReason).toContain("big-endian");
  });
});
