// More streams with compressed messages than there is room for: what is not decompressed is listed as it came, and said to be.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { constants, deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { DecompressionContexts, MOST_CONTEXTS } from "../../src/inspect/decompression.ts";
import { type InspectionRecord, Inspector } from "../../src/inspect/index.ts";
import { assumedDeflate } from "../../src/inspect/opening.ts";
import { concat, frame, KEY } from "../wire.ts";
import { packetOf, pcap, type Segment } from "./capture-files.ts";
import { of, sha1, shown } from "./inspected.ts";
import { answered, REQUEST, RESPONSE, SERVER, SYNS, sent } from "./opened.ts";

const deflated = (message: Uint8Array | string) =>
  Uint8Array.from(deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4));
const hello = deflated("Hello");
const whole = frame({ opcode: 1, rsv: 4, payload: hello, key: KEY });
const begun = frame({ opcode: 1, rsv: 4, fin: false, payload: hello.subarray(0, 3), key: KEY });
const ended = frame({ opcode: 0, payload: hello.subarray(3), key: KEY });

/** A capture of connections, by their numbers, that have agreed on permessage-deflate. */
class Connections {
  readonly records: InspectionRecord[] = [];
  readonly #inspector = new Inspector({ sha1 }, (record) => this.records.push(record));
  readonly #request: Uint8Array;
  readonly #response: Uint8Array;
  /** How much each client has sent. */
  readonly #sent: number[] = [];

  constructor(parameters = "") {
    const agreed = new TextEncoder().encode(`Sec-WebSocket-Extensions: permessage-deflate${parameters}\r\n\r\n`);
    this.#request = concat(REQUEST.subarray(0, -2), agreed);
    this.#response = concat(RESPONSE.subarray(0, -2), agreed);
    this.#inspector.write(pcap([]));
  }

  /** Opens the connections up to `last`, the client of each of which sends `payload`. */
  openUpTo(last: number, payload: Uint8Array): void {
    for (let number = Math.max(1, this.#sent.length); number <= last; number++) {
      this.#write(number, [...SYNS, sent(this.#request, 0), answered(this.#response, 0)]);
      this.#sent[number] = this.#request.length;
      this.send(number, payload);
    }
  }

  send(number: number, payload: Uint8Array, flags = "PA"): void {
    this.#write(number, [sent(payload, this.#sent[number], flags)]);
    this.#sent[number] += payload.length;
  }

  /** A byte is not in the capture, and so much follows that it is not waited for. */
  lose(number: number): void {
    this.#sent[number]++;
    for (let segments = 0; segments <= 4096; segments++) this.send(number, Uint8Array.of(0));
  }

  end(): InspectionRecord {
    return this.#inspector.end();
  }

  of(number: number): InspectionRecord[] {
    return this.records.filter((record) => "stream" in record && record.stream?.connection === number);
  }

  /** What the frames of one show. */
  shown(number: number): string[] {
    return shown(this.of(number));
  }

  #write(number: number, segments: readonly Segment[]): void {
    const client = `10.0.${number >> 8}.${number & 255}:5000`;
    const packets = segments.map((one) => packetOf({ ...one, [one.from === SERVER ? "to" : "from"]: client }));
    this.#inspector.write(pcap(packets).subarray(24));
  }
}

function wire(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function note(offset: number) {
  const of = "those of this one are neither decompressed nor judged";
  const message = `more than 2,048 streams have compressed messages: ${of} from offset ${offset} on`;
  return expect.objectContaining({ message, incomplete: true });
}

describe("where all streams that there is room for stand amid a compressed message", () => {
  const connections = new Connections();
  const more = MOST_CONTEXTS + 1;
  connections.openUpTo(MOST_CONTEXTS, begun);
  connections.openUpTo(more, begun);

  test("the messages of another are listed as they came, and said not to be judged", () => {
    const ping = frame({ opcode: 9, payload: "?", key: KEY });
    const plain = frame({ opcode: 1, payload: "not compressed", key: KEY });
    for (const byte of concat(ping, ended, plain, whole)) connections.send(more, Uint8Array.of(byte));
    const records = connections.of(more);
    expect(of(records, "note")).toEqual([note(0)]);
    expect(shown(records)).toEqual([
      `text ${wire(hello.subarray(0, 3))}`,
      "ping 3f",
      `continuation ${wire(hello.subarray(3))}`,
      'text "not compressed"',
      `text ${wire(hello)}`,
    ]);
    const frames = of(records, "frame");
    expect(frames.map(({ compressed }) => compressed)).toEqual([true, false, true, false, true]);
    expect(frames.some(({ decompressed }) => decompressed)).toBe(false);
  });

  test("theirs go on", () => {
    connections.send(1, ended);
    expect(connections.shown(1)).toEqual(['text "He"', 'continuation "llo"']);
    expect(of(connections.of(1), "frame").every(({ decompressed }) => decompressed)).toBe(true);
  });

  test("one that has ended its message is let go of for another, that which has been quiet longest first", () => {
    connections.send(2, ended);
    connections.send(1, whole);
    connections.openUpTo(more + 1, begun);
    for (const number of [1, 2]) connections.send(number, whole);
    expect(connections.shown(1).slice(2)).toEqual(['text "Hello"', 'text "Hello"']);
    expect(connections.shown(2).slice(2)).toEqual([`text ${wire(hello)}`]);
    expect(of(connections.of(2), "note")).toEqual([note(begun.length + ended.length)]);
    connections.openUpTo(more + 2, begun);
    connections.send(1, whole);
    expect(connections.shown(1)[4]).toBe(`text ${wire(hello)}`);
  });

  test.each([
    ["ends", 3, () => connections.send(3, new Uint8Array(0), "FA")],
    ["breaks a rule", 4, () => connections.send(4, frame({ opcode: 3, key: KEY }))],
    ["is closed", 5, () => connections.send(5, frame({ opcode: 8, key: KEY }))],
    ["has a hole", 6, () => connections.lose(6)],
  ])("there is room for another where one %s", (_, number, act) => {
    act();
    connections.openUpTo(more + number, begun);
    expect(connections.shown(more + number)).toEqual(['text "He"']);
    connections.send(more + number, ended);
    connections.send(more + number, begun);
    expect(connections.shown(more + number)).toEqual(['text "He"', 'continuation "llo"', 'text "He"']);
  });

  test("streams that are not decompressed have all their frames and messages, and the verdict is not that they are valid", () => {
    expect(connections.end()).toMatchObject({ verdict: "invalid", violations: 1 });
    const [client] = of(connections.of(more), "end");
    expect(client).toMatchObject({ state: "complete", frames: 5, messages: 3 });
  });
});

test("streams without context takeover need room only amid a message", () => {
  const connections = new Connections("; client_no_context_takeover");
  connections.openUpTo(MOST_CONTEXTS + 1, whole);
  connections.send(1, whole);
  expect(connections.shown(1)).toEqual(['text "Hello"', 'text "Hello"']);
  expect(connections.end()).toMatchObject({ verdict: "valid", messages: MOST_CONTEXTS + 2 });
});

test("of streams that are let go of, no context is held", () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const used = () => {
    // The first leaves memory of buffers whose owners it has just found dead.
    collect();
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const message = deflated(new Uint8Array(32_768));
  const sink = { room: 32_768, take: () => {} };
  const contexts = new DecompressionContexts();
  const before = used();
  const streams = Array.from({ length: 2 * MOST_CONTEXTS }, () => {
    const stream = assumedDeflate();
    contexts.begin(stream);
    stream.extension.decode(message, true, sink);
    contexts.rest(stream);
    return stream;
  });
  expect((used() - before) / MOST_CONTEXTS).toBeLessThan(90_000);
  expect(contexts.begin(streams[0])).toBe(false);
});
