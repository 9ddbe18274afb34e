// However a stream is cut into segments, and in whichever order and how often these are captured, it has the same bytes.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RetainedBudget } from "../../src/index.ts";
import { TcpStream } from "../../src/inspect/tcp-stream.ts";
import { concat, frame, KEY, pattern } from "../wire.ts";
import { packetOf, pcap, type Segment } from "./capture-files.ts";
import { inspected, of } from "./inspected.ts";
import { CLIENT_START, OPENING, REQUEST, sent } from "./opened.ts";

const DATA = pattern(2000);

/** What comes out of one direction. */
function reassembled(budget = new RetainedBudget(2 ** 20)) {
  const found: (Uint8Array | number | string)[] = [];
  const stream = new TcpStream(
    {
      push: (chunk) => found.push(chunk.slice()),
      missing: (count) => found.push(count),
      end: () => found.push("end"),
      late: (count) => found.push(`${count} late`),
    },
    budget,
  );
  const take = (at: number, payload: Uint8Array, more: { fin?: boolean; length?: number } = {}) =>
    stream.take({
      sequence: (CLIENT_START + 1 + at) >>> 0,
      syn: false,
      ack: true,
      fin: false,
      rst: false,
      payload,
      length: payload.length,
      ...more,
    });
  const syn = () =>
    stream.take({
      sequence: CLIENT_START,
      syn: true,
      ack: false,
      fin: false,
      rst: false,
      payload: new Uint8Array(0),
      length: 0,
    });
  syn();
  return { found, stream, take, syn, budget };
}

const bytesOf = (found: readonly (Uint8Array | number | string)[]) =>
  concat(...found.filter((one) => one instanceof Uint8Array));

/** Segments that cover the data, some of them again and over each other, in any order. */
const segments = fc.uniqueArray(fc.integer({ min: 1, max: DATA.length - 1 }), { maxLength: 20 }).chain((cuts) => {
  const edges = [0, ...cuts.sort((a, b) => a - b), DATA.length];
  const cover = edges.slice(1).map((end, at): [number, number] => [edges[at], end]);
  const span = fc
    .tuple(fc.nat(DATA.length), fc.nat(DATA.length))
    .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
  return fc
    .array(span, { maxLength: 10 })
    .chain((more) => fc.shuffledSubarray([...cover, ...more], { minLength: cover.length + more.length }));
});

describe("a stream's segments", () => {
  test("give the same bytes in any order, again, and over each other", () => {
    fc.assert(
      fc.property(segments, (spans) => {
        const { found, take, stream, budget } = reassembled();
        for (const [from, to] of spans) take(from, DATA.slice(from, to));
        stream.flush();
        expect(found.at(-1)).toBe("end");
        expect(found.filter((one) => typeof one === "number")).toEqual([]);
        expect(bytesOf(found)).toEqual(DATA);
        expect(budget.used).toBe(0);
      }),
    );
  });

  test("give the same frames", () => {
    const frames = concat(
      frame({ opcode: 1, payload: "Hello", key: KEY }),
      frame({ opcode: 2, payload: pattern(1500), key: KEY }),
      frame({ opcode: 8, payload: Uint8Array.of(3, 232), key: KEY }),
    );
    const read = (more: readonly Segment[]) =>
      inspected(pcap([...OPENING, ...more].map(packetOf)), { previewLength: 2000 });
    const whole = read([sent(frames, REQUEST.length)]);
    expect(of(whole, "frame").length).toBe(3);
    fc.assert(
      fc.property(segments, (spans) => {
        const scaled = spans.map(([from, to]) =>
          [from, to].map((at) => Math.round((at * frames.length) / DATA.length)),
        );
        const pieces = scaled.map(([from, to]) => sent(frames.slice(from, to), REQUEST.length + from));
        expect(read(pieces)).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  test("that do not come are told, at the end or at the FIN", () => {
    const { found, take, stream } = reassembled();
    take(0, DATA.slice(0, 10));
    take(30, DATA.slice(30, 40));
    take(50, DATA.slice(50, 60), { fin: true });
    expect(found).toEqual([DATA.slice(0, 10)]);
    stream.flush();
    expect(found).toEqual([DATA.slice(0, 10), 20, DATA.slice(30, 40), 10, DATA.slice(50, 60), "end"]);
  });

  test("end with the FIN, once all before it has come; what comes after is counted", () => {
    const { found, take, stream } = reassembled();
    take(10, DATA.slice(10, 20), { fin: true });
    take(0, DATA.slice(0, 10));
    take(20, DATA.slice(20, 30));
    take(5, DATA.slice(5, 20));
    stream.flush();
    expect(found).toEqual([DATA.slice(0, 10), DATA.slice(10, 20), "end", "10 late"]);
  });

  test("cut short by the capture lack the rest, unless it comes again", () => {
    const cut = reassembled();
    cut.take(0, DATA.slice(0, 10), { length: 15 });
    cut.stream.flush();
    expect(cut.found).toEqual([DATA.slice(0, 10), 5, "end"]);
    const whole = reassembled();
    whole.take(0, DATA.slice(0, 10), { length: 15 });
    whole.take(5, DATA.slice(5, 15));
    whole.stream.flush();
    expect(whole.found).toEqual([DATA.slice(0, 10), DATA.slice(10, 15), "end"]);
  });

  test("of a keep-alive, one byte before the next, are passed over; so is a SYN that comes again", () => {
    const { found, take, syn } = reassembled();
    take(0, DATA.slice(0, 10));
    syn();
    take(9, Uint8Array.of(0xff));
    take(10, DATA.slice(10, 12));
    expect(bytesOf(found)).toEqual(DATA.slice(0, 12));
  });

  test("that differ about the same bytes: the first to be seen counts", () => {
    const other = DATA.map((byte) => byte ^ 0xff);
    fc.assert(
      fc.property(segments, (spans) => {
        const { found, take, stream, budget } = reassembled();
        const first = new Uint8Array(DATA.length);
        const seen = new Uint8Array(DATA.length);
        spans.forEach(([from, to], turn) => {
          const data = turn % 2 === 0 ? DATA : other;
          for (let at = from; at < to; at++) {
            if (seen[at] === 0) first[at] = data[at];
            seen[at] = 1;
          }
          take(from, data.slice(from, to));
        });
        stream.flush();
        expect(bytesOf(found)).toEqual(first);
        expect(budget.used).toBe(0);
      }),
    );
  });

  test("that come early, again and again, are kept once", () => {
    const { found, take, budget } = reassembled();
    for (let turn = 0; turn < 5000; turn++) take(10, DATA.slice(10, 20));
    expect(budget.used).toBe(210);
    take(0, DATA.slice(0, 10));
    expect(found).toEqual([DATA.slice(0, 10), DATA.slice(10, 20)]);
  });

  test("of one byte cost what it takes to keep them", () => {
    const budget = new RetainedBudget(10_000);
    const { take, found } = reassembled(budget);
    for (let at = 1; at <= 50; at++) take(2 * at, Uint8Array.of(1));
    expect(found[0]).toBe(2);
  });

  test("do not wait beyond what memory there is, or in too great a number", () => {
    const budget = new RetainedBudget(10 * 210);
    const { found, take } = reassembled(budget);
    for (let at = 10; at < 200; at += 10) take(at, DATA.slice(at, at + 10));
    expect(found[0]).toBe(10);
    expect(bytesOf(found)).toEqual(DATA.slice(10, 200));
    expect(budget.used).toBe(0);

    const large = reassembled(new RetainedBudget(5));
    large.take(10, DATA.slice(10, 20)); // there is never room for it
    large.take(0, DATA.slice(0, 10));
    large.stream.flush();
    expect(large.found).toEqual([DATA.slice(0, 10), 10, "end"]);

    const many = reassembled();
    for (let at = 1; at <= 4097; at++) many.take(2 * at, Uint8Array.of(1));
    expect(many.found.slice(0, 2)).toEqual([2, Uint8Array.of(1)]);
  });
});
