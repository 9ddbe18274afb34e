// More WebSockets at once than are followed: what is not read must not pass for "valid".

import { expect, test } from "vitest";
import { DecompressionContexts } from "../../src/inspect/decompression.ts";
import type { InspectionRecord } from "../../src/inspect/index.ts";
import { Tally } from "../../src/inspect/tally.ts";
import { TcpConnections } from "../../src/inspect/tcp-connections.ts";
import { frame, KEY } from "../wire.ts";
import { packetOf, type Segment } from "./capture-files.ts";
import { of, sha1, shown } from "./inspected.ts";
import { answered, OPENING, REQUEST, RESPONSE, SERVER, sent } from "./opened.ts";

const FOLLOWED = 4;
const TOO_MANY = 3;
const [SYN, , ...HEADS] = OPENING;
const hello = sent(frame({ opcode: 1, payload: "Hello", key: KEY }), REQUEST.length);
const RESERVED_BITS = sent(frame({ opcode: 1, payload: "Hello", key: KEY, rsv: 7 }), REQUEST.length);

/** A capture with three WebSockets more than are followed, all open at once, those of the clients 0 to 6. */
class ManyWebSockets {
  readonly records: InspectionRecord[] = [];
  readonly #tally = new Tally((record) => this.records.push(record));
  readonly #connections = new TcpConnections(
    {
      previewLength: 256,
      limits: {},
      contexts: new DecompressionContexts(),
      emit: this.#tally.emit,
      sha1,
      tally: this.#tally,
    },
    FOLLOWED,
  );

  constructor() {
    for (let client = 0; client < FOLLOWED + TOO_MANY; client++) this.take(client, HEADS);
  }

  /** Segments of the connection of one client. */
  take(client: number, segments: readonly Segment[]): void {
    const own = (address: string) => (address === SERVER ? address : `10.0.0.1:${1000 + client}`);
    for (const segment of segments) {
      const bytes = packetOf({ ...segment, from: own(segment.from), to: own(segment.to) });
      this.#connections.take({ linkType: 101, bytes });
    }
  }

  end() {
    this.#connections.end();
    return this.#tally.summary("pcap");
  }
}

const note = (count: number) => ({
  type: "note",
  stream: undefined,
  message: `${count} WebSockets not read to their end: more than 4 were open at once`,
  incomplete: true,
});

test("a violation in a WebSocket that was let go of is not found, and the verdict is no better than incomplete", () => {
  const capture = new ManyWebSockets();
  for (let client = 0; client < TOO_MANY; client++) capture.take(client, [RESERVED_BITS]);
  expect(capture.end()).toMatchObject({ verdict: "incomplete", violations: 0, skipped: { connections: 0 } });
  expect(of(capture.records, "note")).toEqual([note(3)]);
});

test("what still comes of one that was let go of takes no other's place", () => {
  const capture = new ManyWebSockets();
  for (let client = 0; client < FOLLOWED + TOO_MANY; client++) capture.take(client, [hello]);
  expect(capture.end()).toMatchObject({ frames: FOLLOWED, skipped: { connections: 0 } });
  expect(of(capture.records, "note")).toEqual([note(3)]);
});

test("one whose client has ended, and whose server has not, is let go of with a note, too", () => {
  const capture = new ManyWebSockets();
  const client = FOLLOWED + TOO_MANY - 1;
  capture.take(client, [sent(new Uint8Array(0), REQUEST.length, "FA")]);
  capture.take(client + 1, HEADS);
  capture.take(client, [answered(frame({ opcode: 1, rsv: 7 }), RESPONSE.length)]);
  expect(capture.end()).toMatchObject({ verdict: "incomplete", skipped: { connections: 0 } });
  expect(of(capture.records, "note")).toEqual([note(4)]);
});

test("one that has ended is let go of without a note", () => {
  const capture = new ManyWebSockets();
  const client = FOLLOWED + TOO_MANY - 1;
  capture.take(client, [
    sent(new Uint8Array(0), REQUEST.length, "FA"),
    answered(new Uint8Array(0), RESPONSE.length, "FA"),
  ]);
  capture.take(client + 1, HEADS);
  capture.end();
  expect(of(capture.records, "note")).toEqual([note(3)]);
});

test("a new connection from the address of one that was let go of is read", () => {
  const capture = new ManyWebSockets();
  capture.take(0, [SYN, ...HEADS, hello]);
  capture.end();
  expect(shown(capture.records)).toEqual(['text "Hello"']);
});

test("as many that were let go of are known as are followed", () => {
  const capture = new ManyWebSockets();
  for (const client of [7, 8]) capture.take(client, HEADS);
  capture.take(1, [hello]);
  capture.take(0, [hello]);
  expect(capture.end().skipped.connections).toBe(1);
  expect(of(capture.records, "note")).toEqual([note(6)]);
});
