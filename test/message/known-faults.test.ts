// Faults that were published against other implementations and concern these layers: each has a test of its own.

import { describe, expect, test } from "vitest";
import { FrameDecoder, type Kernel, MessageDecoder, RetainedBudget } from "../../src/index.ts";
import { cut, onBothKernels } from "../vectors.ts";
import { concat, frame, hex, KEY, pattern } from "../wire.ts";
import { decodeChunks, recorder } from "./events.ts";

/** The fastest of a few runs, in milliseconds: what else runs on the machine only ever adds to it. */
function fastest(runs: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** A message of `count` fragments of one byte each, in one chunk. */
function tinyFragments(count: number): Uint8Array {
  const first = frame({ opcode: 0x2, fin: false, payload: "a", key: KEY });
  const more = frame({ opcode: 0x0, fin: false, payload: "b", key: KEY });
  const stream = new Uint8Array(first.length * count);
  stream.set(first);
  for (let n = 1; n < count; n++) stream.set(more, n * more.length);
  stream[(count - 1) * more.length] |= 0x80;
  return stream;
}

function decodeTinyFragments(kernel: Kernel, count: number, stream: Uint8Array): number {
  const decoder = new MessageDecoder({ role: "server", kernel, maxFragments: count });
  let length = 0;
  const handler = { ...recorder([]), onMessage: (message: { data: Uint8Array }) => (length = message.data.length) };
  for (let at = 0; at < stream.length; at += 65_536) decoder.decode(stream.slice(at, at + 65_536), handler);
  return length;
}

onBothKernels((kernel) => {
  describe("length arithmetic past 2^53", () => {
    // 2^53 + 1 cannot be told from 2^53 as a double; 2^32 + 5 has low bits like 5; 2^63 has a sign.
    test.each([2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n])("%d bytes announced is LENGTH_UNSAFE", (announced) => {
      const { error } = decodeChunks(new MessageDecoder({ role: "server", kernel }), [
        frame({ opcode: 0x2, announced, key: KEY }),
      ]);
      expect(error).toMatchObject({ code: "LENGTH_UNSAFE", closeCode: 1009, offset: 2 });
    });

    test("the sum of fragments cannot pass the limit by rounding", () => {
      const decoder = new MessageDecoder({
        role: "server",
        kernel,
        maxMessageLength: Number.MAX_SAFE_INTEGER,
        maxRetainedBytes: 2 ** 24,
      });
      const first = frame({ opcode: 0x2, fin: false, payload: "abc", key: KEY });
      const next = frame({ opcode: 0x0, announced: 2n ** 53n - 1n, key: KEY });
      expect(decodeChunks(decoder, [first, next]).error).toMatchObject({ code: "MESSAGE_TOO_LONG" });
      expect(decoder.retained).toBe(0);
    });

    test("2^32 + 5 bytes announced is not 5 bytes", () => {
      const stream = concat(
        frame({ opcode: 0x2, announced: 2n ** 32n + 5n, payload: "12345", key: KEY }),
        hex("83 00"),
      );
      const decoder = new FrameDecoder({ role: "server", kernel });
      const frames = [...decoder.frames(stream)];
      expect(frames.map((one) => [one.last, one.length, one.remaining])).toEqual([[false, 7, 2 ** 32 - 2]]);
    });
  });

  describe("tiny fragments", () => {
    test("cost about what their bytes do, not what their number does", () => {
      const budget = new RetainedBudget(2 ** 20);
      const decoder = new MessageDecoder({ role: "server", kernel, maxFragments: 100_001, budget });
      const stream = tinyFragments(100_000);
      let most = 0;
      const length = stream.length - 7; // all but the last fragment
      for (let at = 0; at < length; at += 7 * 1000) {
        decoder.decode(stream.slice(at, Math.min(length, at + 7 * 1000)), recorder([]));
        most = Math.max(most, decoder.retained);
      }
      expect(most).toBeGreaterThanOrEqual(99_999);
      expect(most).toBeLessThanOrEqual(2 * 100_000);
      const { events } = decodeChunks(decoder, [stream.slice(length)]);
      expect(events[0].length).toBe("binary ".length + 2 * 100_000);
      expect([budget.used, decoder.retained]).toEqual([0, 0]);
    });

    test("take time in proportion to their number", () => {
      const [few, many] = [tinyFragments(12_500), tinyFragments(100_000)];
      expect(decodeTinyFragments(kernel, 100_000, many)).toBe(100_000);
      const short = fastest(5, () => decodeTinyFragments(kernel, 12_500, few));
      const long = fastest(8, () => decodeTinyFragments(kernel, 100_000, many));
      // Eight times as many: quadratic work would take sixty-four times as long.
      expect(long).toBeLessThan(32 * Math.max(short, 0.5));
    });

    test("are bounded in number by default, also where they are empty", () => {
      const first = frame({ opcode: 0x2, fin: false, key: KEY });
      const empty = frame({ opcode: 0x0, fin: false, key: KEY });
      const stream = new Uint8Array(first.length * 65_537);
      stream.set(first);
      for (let n = 1; n <= 65_536; n++) stream.set(empty, n * empty.length);
      const decoder = new MessageDecoder({ role: "server", kernel });
      const { error } = decodeChunks(decoder, [stream.slice(0, 65_536 * 6), stream.slice(65_536 * 6)]);
      expect(error).toMatchObject({ code: "TOO_MANY_FRAGMENTS", closeCode: 1008, offset: 65_537 * 6 });
    });
  });

  describe("RSV1 on a ping or a continuation", () => {
    test.each([0x9, 0xa, 0x8])("control opcode %d with RSV1 is refused although RSV1 is negotiated", (opcode) => {
      const decoder = new FrameDecoder({ role: "server", kernel, rsv: 4 });
      const decode = () => decoder.decode(frame({ opcode, rsv: 4, key: KEY }), { onFrame: () => expect.unreachable() });
      expect(decode).toThrow(expect.objectContaining({ code: "RESERVED_BITS", offset: 0 }));
    });

    test("a continuation with RSV1 is refused although the message has it", () => {
      const first = frame({ opcode: 0x1, rsv: 4, fin: false, payload: "x", key: KEY });
      const next = frame({ opcode: 0x0, rsv: 4, payload: "y", key: KEY });
      const decoder = new FrameDecoder({ role: "server", kernel, rsv: 4 });
      let count = 0;
      const decode = () => decoder.decode(concat(first, next), { onFrame: () => count++ });
      expect(decode).toThrow(expect.objectContaining({ code: "RESERVED_BITS", offset: first.length }));
      expect(count).toBe(1);
    });
  });

  describe("an extended length that is split between chunks", () => {
    test.each([126, 300, 65_535, 65_536, 70_003])("does not lose its place with %d bytes", (length) => {
      const stream = concat(
        frame({ opcode: 0x2, payload: pattern(length), key: KEY }),
        frame({ opcode: 0x1, payload: "after", key: KEY }),
      );
      const header = length < 65_536 ? 8 : 14;
      for (let first = 1; first < header; first++) {
        for (let second = first + 1; second <= header; second++) {
          const decoder = new MessageDecoder({ role: "server", kernel });
          const events: [string, number][] = [];
          for (const chunk of cut(stream, [first, second])) {
            for (const event of decoder.events(chunk)) {
              if (event.type === "message") events.push([event.message.type, event.message.data.length]);
            }
          }
          expect(events, `split at ${first} and ${second}`).toEqual([
            ["binary", length],
            ["text", 5],
          ]);
        }
      }
    });
  });

  describe("header parsing", () => {
    test("takes time in proportion to the bytes, however small the chunks", () => {
      // A header of 14 bytes and a payload of one, again and again, fed a byte at a time.
      const decodeByBytes = (count: number) => {
        const decoder = new MessageDecoder({ role: "server", kernel });
        const ping = frame({ opcode: 0x9, payload: "p", key: KEY });
        let pings = 0;
        const handler = { ...recorder([]), onPing: () => pings++ };
        for (let n = 0; n < count; n++) {
          for (let at = 0; at < ping.length; at++) decoder.decode(ping.slice(at, at + 1), handler);
        }
        expect(pings).toBe(count);
      };
      decodeByBytes(2000);
      const short = fastest(5, () => decodeByBytes(500));
      const long = fastest(3, () => decodeByBytes(4000));
      expect(long).toBeLessThan(32 * Math.max(short, 0.5));
    });

    test("a long frame fed a byte at a time takes time in proportion to its length", () => {
      const drip = (length: number) => {
        const decoder = new MessageDecoder({ role: "server", kernel });
        const stream = frame({ opcode: 0x1, payload: "a".repeat(length), key: KEY });
        let text = 0;
        const handler = { ...recorder([]), onMessage: (message: { data: Uint8Array }) => (text = message.data.length) };
        for (const chunk of cut(
          stream,
          Array.from({ length: stream.length - 1 }, (_, at) => at + 1),
        )) {
          decoder.decode(chunk, handler);
        }
        expect(text).toBe(length);
      };
      drip(10_000);
      const short = fastest(5, () => drip(5000));
      const long = fastest(3, () => drip(40_000));
      expect(long).toBeLessThan(32 * Math.max(short, 0.5));
    });
  });
});
