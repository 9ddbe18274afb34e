// Strings that are made as parts of one string must be those that would be made alone, whatever lies between them.

import { describe, expect, test, vi } from "vitest";
import { type Frame, FrameDecoder, type Message, MessageDecoder } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, peerKey, type WireFrame } from "../wire.ts";

const letters = (length: number, seed: number): string =>
  Array.from({ length }, (_, at) => String.fromCharCode(32 + ((at * 7 + seed * 13) % 95))).join("");

/** Texts of many lengths, and between them what ends a run: beyond ASCII, binary, control frames, fragments, long texts. */
function mixture(): WireFrame[] {
  const frames: WireFrame[] = [];
  for (let n = 0; n < 1500; n++) {
    frames.push({ opcode: 0x1, payload: letters([0, 1, 12, 13, 14, 40, 125, 126, 700][(n * 5) % 9], n) });
    if (n % 23 === 7) frames.push({ opcode: 0x1, payload: `${letters(30, n)}한글` });
    if (n % 31 === 9) frames.push({ opcode: 0x2, payload: letters(50, n) });
    if (n % 37 === 3) frames.push({ opcode: 0x9, payload: letters(20, n) });
    if (n % 41 === 5) frames.push({ opcode: 0x1, payload: letters(5000, n) });
    if (n % 43 === 8) {
      frames.push({ opcode: 0x1, fin: false, payload: letters(60, n) });
      frames.push({ opcode: 0x0, fin: true, payload: letters(61, n) });
    }
  }
  return frames;
}

const FRAMES = mixture();
const TEXTS = FRAMES.filter(({ opcode, fin }) => opcode === 0x1 && fin !== false).map(({ payload }) => payload);

/** Which of the texts a handler asks for: the run that an asked one begins covers others that nobody asks for. */
const ASKING: readonly [name: string, asks: (n: number) => number][] = [
  ["each", () => 1],
  ["each twice", () => 2],
  ["every second", (n) => n % 2],
  ["two of five", (n) => (n % 5 < 2 ? 1 : 0)],
  ["all but a few", (n) => (n % 11 === 4 ? 0 : 1)],
];

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("as a %s", (role) => {
    const stream = concat(...FRAMES.map((one) => frame({ ...one, key: peerKey(role) })));

    test.each(ASKING)("a handler that asks for %s has the right strings", (_, asks) => {
      for (const size of [stream.length, 65_536, 4099]) {
        const decoder = new FrameDecoder({ role, kernel });
        let n = 0;
        const wrong: string[] = [];
        const onFrame = (one: Frame): void => {
          if (one.opcode !== 0x1 || !one.fin || !one.last) return;
          const expected = TEXTS[n];
          for (let times = asks(n++); times > 0; times--) {
            if (one.first && one.text() !== expected) wrong.push(`${n}: ${one.text()}`);
          }
        };
        for (let at = 0; at < stream.length; at += size) decoder.decode(stream.slice(at, at + size), { onFrame });
        expect(n).toBe(TEXTS.length);
        expect(wrong).toEqual([]);
      }
    });
  });

  test("messages that are joined in the chunk behind a run have their own strings, and so have those in front", () => {
    const frames: WireFrame[] = [];
    const expected: string[] = [];
    for (let n = 0; n < 200; n++) {
      const [one, two, three] = [letters(20, n), letters(30, n + 1), letters(25, n + 2)];
      expected.push(one, two, two + three, three);
      frames.push({ opcode: 0x1, payload: one }, { opcode: 0x1, payload: two });
      frames.push({ opcode: 0x1, fin: false, payload: two }, { opcode: 0x0, payload: three });
      frames.push({ opcode: 0x1, payload: three });
    }
    const texts: string[] = [];
    const kept: Message[] = [];
    const onMessage = (message: Message): void => {
      texts.push(message.text());
      kept.push(message);
    };
    const handler = { onMessage, onPing() {}, onPong() {}, onClose() {} };
    new MessageDecoder({ role: "client", kernel }).decode(concat(...frames.map(frame)), handler);
    expect(texts).toEqual(expected);
    expect(kept.map((message) => message.text())).toEqual(expected);
  });

  test("a message that is kept has its string when the decoder is done, also where another source of bytes came between", () => {
    const kept: Message[] = [];
    const handler = {
      onMessage: (message: Message) => void kept.push(message),
      onPing() {},
      onPong() {},
      onClose() {},
    };
    const decoder = new MessageDecoder({ role: "client", kernel });
    const interrupted = [
      frame({ opcode: 0x1, payload: "the first of them" }),
      frame({ opcode: 0x1, fin: false, payload: "joined in " }),
      frame({ opcode: 0x9, payload: "?" }),
      frame({ opcode: 0x0, payload: "its own buffer" }),
      frame({ opcode: 0x1, payload: "the last of them" }),
    ];
    decoder.decode(concat(...interrupted), handler);
    const texts = ["the first of them", "joined in its own buffer", "the last of them"];
    expect(kept.map((message) => message.text())).toEqual(texts);
    decoder.decode(frame({ opcode: 0x1, payload: "another chunk" }), handler);
    expect(kept.map((message) => message.text())).toEqual([...texts, "another chunk"]);
  });

  test("a message whose handler has thrown has its string all the same", () => {
    const kept: Message[] = [];
    const onMessage = (message: Message): void => {
      kept.push(message);
      throw new Error("on purpose");
    };
    const decoder = new MessageDecoder({ role: "client", kernel });
    const handler = { onMessage, onPing() {}, onPong() {}, onClose() {} };
    expect(() => decoder.decode(frame({ opcode: 0x1, payload: "it was taken" }), handler)).toThrow("on purpose");
    expect(kept[0].text()).toBe("it was taken");
  });
});

describe("how many calls it takes", async () => {
  // The module takes Node's Buffer once, when it is loaded.
  vi.resetModules();
  const calls: number[] = [];
  const { latin1Slice } = Buffer.prototype as unknown as { latin1Slice(start: number, end: number): string };
  vi.stubGlobal("Buffer", {
    prototype: {
      ...(Buffer.prototype as object),
      latin1Slice(this: Uint8Array, start: number, end: number): string {
        calls.push(end - start);
        return latin1Slice.call(this, start, end);
      },
      utf8Slice: (Buffer.prototype as unknown as { utf8Slice: unknown }).utf8Slice,
    },
  });
  const { FrameDecoder, typescriptKernel: kernel } = await import("../../src/index.ts");
  vi.unstubAllGlobals();

  /** The lengths of the strings that the engine makes of `count` texts of `length` bytes, of which those are asked for. */
  function callsFor(count: number, length: number, asked: (n: number) => boolean): number[] {
    calls.length = 0;
    let n = 0;
    const onFrame = (one: Frame): void => {
      if (asked(n++)) expect(one.text().length).toBe(length);
    };
    const stream = concat(
      ...Array.from({ length: count }, (_, n) => frame({ opcode: 0x1, payload: letters(length, n) })),
    );
    new FrameDecoder({ role: "client", kernel }).decode(stream, { onFrame });
    return [...calls];
  }

  const step = 2 + 30;

  test("the second text in a row is made together with the next fifteen", () => {
    expect(callsFor(40, 30, () => true)).toEqual([30, 15 * step + 30, 15 * step + 30, 6 * step + 30]);
  });

  test("no more than 4 KiB are made together", () => {
    const sizes = callsFor(40, 1000, () => true);
    expect(sizes).toEqual([1000, ...Array(9).fill(3 * 1004 + 1000), 2 * 1004 + 1000]);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4096);
    expect(callsFor(3, 5000, () => true)).toEqual([5000, 5000, 5000]);
  });

  test("a text that is asked for alone is made alone", () => {
    expect(callsFor(40, 30, (n) => n % 2 === 0)).toEqual(Array(20).fill(30));
    expect(callsFor(40, 30, (n) => n === 39)).toEqual([30]);
  });
});
