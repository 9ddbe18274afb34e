import { describe, expect, it } from "vitest";
import {
  CHUNK_SIZE,
  createFrames,
  createMaskedFrames,
  createPayload,
  createRandom,
  readPayloads,
} from "../../bench/payloads.ts";
import { CHUNK_PAYLOAD, PAYLOADS, SIZES } from "../../bench/plan.ts";
import { FrameDecoder, MessageDecoder, Opcode, typescriptKernel } from "../../src/index.ts";

describe("createRandom", () => {
  it("gives the same numbers for the same seed, and others for another", () => {
    const draw = (seed: number): number[] => Array.from({ length: 4 }, createRandom(seed));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(new Set(draw(1)).size).toBe(4);
  });
});

describe("createPayload", () => {
  const utf8 = new TextDecoder("utf-8", { fatal: true });

  it.each(PAYLOADS)("has exactly the length asked for: %s", (kind) => {
    for (let length = 1; length < 40; length++)
      expect(createPayload(kind, length, createRandom())).toHaveLength(length);
  });

  it("is text of characters that take one, two, three or four bytes for the most part", () => {
    const ascii = utf8.decode(createPayload("ascii", 1000, createRandom()));
    expect(ascii).toMatch(/^[ -~]{1000}$/);
    const korean = utf8.decode(createPayload("korean", 1000, createRandom()));
    expect(korean).toMatch(/^[가-힣 ]+\.{0,2}$/);
    expect(korean.match(/[가-힣]/g)!.length).toBeGreaterThan(250);
    const latin = utf8.decode(createPayload("latin", 1000, createRandom()));
    expect(latin).toMatch(/^[a-zà-ö ]+\.?$/);
    expect(latin.match(/[à-ö]/g)!.length).toBeGreaterThan(150);
    const emoji = utf8.decode(createPayload("emoji", 1000, createRandom()));
    expect(emoji).toMatch(/^[\u{1f600}-\u{1f64f} ]+\.{0,3}$/u);
    expect(emoji.match(/[\u{1f600}-\u{1f64f}]/gu)!.length).toBeGreaterThan(200);
  });
});

describe("createMaskedFrames", () => {
  // A mistake here would be made by both sides of a row alike: wsimd's decoder must read what was written.
  it.each(PAYLOADS)("holds whole masked frames that a server can read: %s", (kind) => {
    for (const length of SIZES.filter((bytes) => bytes <= CHUNK_PAYLOAD)) {
      const { bytes, payloads, starts, keys } = createMaskedFrames(kind, length);
      const read: Uint8Array[] = [];
      new FrameDecoder({ role: "server", kernel: typescriptKernel }).decode(bytes.slice(), {
        onFrame(frame) {
          expect(frame.opcode).toBe(kind === "binary" ? Opcode.Binary : Opcode.Text);
          expect([frame.fin, frame.first, frame.last, frame.offset]).toEqual([true, true, true, starts[read.length]]);
          expect(frame.maskingKey).toBe(Buffer.from(keys[read.length]).readInt32LE());
          read.push(frame.payload);
        },
      });
      expect(Buffer.concat(read).equals(Buffer.concat(payloads))).toBe(true);
      expect(read.length).toBe(payloads.length);
      expect(CHUNK_SIZE - bytes.length).toBeLessThan(length + 14);
      expect(bytes.length).toBeLessThanOrEqual(CHUNK_SIZE);
    }
  });

  it("gives frames that differ", () => {
    const { payloads } = createMaskedFrames("binary", 125);
    expect(new Set(payloads.map(String)).size).toBe(payloads.length);
  });
});

describe("createFrames", () => {
  it.each([1, 8, 125, 126, 600, 65_536, 300_000])("gives a client messages of %i bytes in fragments", (length) => {
    const { bytes, payloads, starts } = createFrames("korean", length, {
      room: 3 * (length + 40),
      most: 2,
      masked: false,
      fragments: 4,
    });
    const read: Uint8Array[] = [];
    new MessageDecoder({ role: "client", kernel: typescriptKernel }).decode(bytes.slice(), {
      onMessage: (message) => read.push(message.data.slice()),
      onPing: () => expect.unreachable(),
      onPong: () => expect.unreachable(),
      onClose: () => expect.unreachable(),
    });
    expect(payloads.length).toBe(2);
    expect(Buffer.concat(read).equals(Buffer.concat(payloads))).toBe(true);
    expect(starts.length).toBe(8);
  });
});

describe("readPayloads", () => {
  it("reads masked frames back and leaves them as they were", () => {
    const { bytes, payloads } = createMaskedFrames("binary", 1000);
    const before = bytes.slice();
    expect(readPayloads(bytes)).toEqual(payloads);
    expect(bytes).toEqual(before);
  });

  it("reads each form of an unmasked length", () => {
    // FIN + binary, then 7 bits: 2; 16 bits: 3; 64 bits: 1.
    const frames = [0x82, 2, 10, 11, 0x82, 126, 0, 3, 1, 2, 3, 0x82, 127, 0, 0, 0, 0, 0, 0, 0, 1, 9];
    expect(readPayloads(Uint8Array.from(frames)).map((payload) => [...payload])).toEqual([[10, 11], [1, 2, 3], [9]]);
  });

  it("refuses a frame that is cut", () => {
    expect(() => readPayloads(Uint8Array.of(0x82, 3, 1))).toThrow("a frame of 3 bytes is cut at 1");
  });
});
