// Held to utf-8-validate itself, which is its own fallback where its native build does not load, and to that.

import { createRequire } from "node:module";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { type DropIns, onBothKernels } from "./on-both-kernels.ts";

type IsValidUTF8 = DropIns["isValidUTF8"];

const require = createRequire(import.meta.url);
const peers: readonly (readonly [string, IsValidUTF8])[] = [
  ["utf-8-validate", require("utf-8-validate")],
  ["utf-8-validate's fallback", require("utf-8-validate/fallback")],
];

onBothKernels(({ isValidUTF8 }) => {
  function expectSame(bytes: Buffer): void {
    const answer = isValidUTF8(bytes);
    for (const [name, peer] of peers) {
      if (peer(bytes) !== answer) expect.fail(`${answer}, and not by ${name}: ${bytes.toString("hex")}`);
    }
  }

  test("any two bytes, alone and far into a text", () => {
    const long = Buffer.alloc(200, "é");
    for (let pair = 0; pair < 0x10000; pair++) {
      expectSame(Buffer.of(pair >> 8, pair & 0xff));
      long.writeUInt16BE(pair, 150);
      expectSame(long);
    }
  });

  test("every lead byte before what is next to valid, at any place of a text of any length", () => {
    const ends = [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0];
    for (let lead = 0xc0; lead < 0x100; lead++) {
      for (const second of ends) {
        for (const third of ends) {
          const start = (lead + second + third) % 150;
          const text = Buffer.concat([Buffer.alloc(start, "a"), Buffer.of(lead, second, third, 0x80, 0x61)]);
          for (let cut = 0; cut < 5; cut++) expectSame(text.subarray(start % 3, text.length - cut));
        }
      }
    }
  });

  test("a text with a byte that was changed", () => {
    const text = Buffer.from("aé한🦊 ".repeat(15));
    for (const [at, byte] of text.entries()) {
      for (const other of [0x00, 0x7f, 0x80, 0xbf, 0xc1, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xf5, 0xff]) {
        text[at] = other;
        expectSame(text);
      }
      text[at] = byte;
    }
    expect(isValidUTF8(text)).toBe(true);
  });

  test("bytes of another realm", () => {
    const Foreign: Uint8ArrayConstructor = runInNewContext("Uint8Array");
    for (const text of ["한글 🦊", "한글 🦊 ".repeat(100)]) {
      const bytes = new Foreign(Buffer.from(text));
      expect([isValidUTF8(bytes as Buffer), isValidUTF8(bytes.subarray(1) as Buffer)]).toStrictEqual([true, false]);
    }
  });

  test("a text of a megabyte, and one that a cut character ends", () => {
    const text = Buffer.alloc(2 ** 20, "한글 🦊 ");
    for (let cut = 0; cut < 12; cut++) expectSame(text.subarray(0, text.length - cut));
  });

  test("looks at the whole buffer, whatever comes after it among the arguments", () => {
    const answers = [Buffer.of(0x61), Buffer.of(0xff, 0x61)].map(isValidUTF8 as (buffer: Buffer) => boolean);
    expect(answers).toEqual([true, false]);
  });

  test("refuses what is no bytes", () => {
    const wrong = { "a string": "text", "an Array": [0x61], "a DataView": new DataView(new ArrayBuffer(2)), undefined };
    for (const [kind, value] of Object.entries(wrong)) {
      expect(() => isValidUTF8(value as never)).toThrow(`bytes must be a Uint8Array, not ${kind}`);
    }
  });
});
