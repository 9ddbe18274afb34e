// Segments that are no part of the connection they name, forged or stray, hide nothing of it.

import { describe, expect, test } from "vitest";
import { frame, hex, KEY } from "../wire.ts";
import { packetOf, pcap, type Segment } from "./capture-files.ts";
import { inspected, of, shown } from "./inspected.ts";
import { answered, CLIENT, CLIENT_START, OPENING, REQUEST, RESPONSE, SERVER, SERVER_START, sent } from "./opened.ts";

const hi = frame({ opcode: 1, payload: "Hi" });
const hello = frame({ opcode: 1, payload: "Hello", key: KEY });
const wrong = hex("83 00");
const NOTHING = new Uint8Array(0);

const read = (segments: readonly Segment[]) => inspected(pcap(segments.map(packetOf)));
const talk = (stray: readonly Segment[]): readonly Segment[] => [
  ...OPENING,
  answered(hi, RESPONSE.length),
  ...stray,
  answered(hi, RESPONSE.length + hi.length),
  answered(wrong, RESPONSE.length + 2 * hi.length),
];

describe("a segment", () => {
  test.each([
    ["RST far ahead", answered(NOTHING, 2 ** 30, "R")],
    ["RST behind", answered(NOTHING, 0, "R")],
    ["FIN far ahead", answered(NOTHING, 2 ** 30, "FA")],
    ["FIN behind", answered(NOTHING, RESPONSE.length, "FA")],
    ["ACK far ahead", answered(NOTHING, 2 ** 29)],
    ["SYN of another number", { from: CLIENT, to: SERVER, sequence: 77_777, flags: "S" }],
  ])("%s is passed over", (_, stray) => {
    const records = read(talk([stray]));
    expect(records).toEqual(read(talk([])));
    expect(of(records, "violation").length).toBe(1);
    expect(read(talk([stray]).slice(0, -1))).toEqual(read(talk([]).slice(0, -1)));
  });

  test.each([
    ["RST", "R"],
    ["FIN", "FA"],
  ])("%s where it belongs ends the stream, and what comes after is told", (_, flags) => {
    const records = read(talk([answered(NOTHING, RESPONSE.length + hi.length, flags)]));
    expect(shown(records)).toEqual(['text "Hi"']);
    expect(of(records, "note").map(({ stream, message }) => [stream?.sender, message])).toEqual([
      ["server", "6 bytes came after the end of the connection: they are not read"],
    ]);
  });

  test("SYN that is answered begins another connection, also where the end of the one before is not in the capture", () => {
    const again = (segments: readonly Segment[]) =>
      segments.map((segment) => ({ ...segment, sequence: (segment.sequence + 1_000_000) >>> 0 }));
    const both = [...OPENING, sent(hello, REQUEST.length)];
    expect(shown(read([...both, ...again(both)]))).toEqual(['text "Hello"', 'text "Hello"']);
    const closed = [sent(NOTHING, REQUEST.length + hello.length, "R")];
    expect(of(read([...both, ...closed, ...again(both)]), "head").length).toBe(4);
  });

  test("SYN and its answer that come again begin no other", () => {
    const synAck = { from: SERVER, to: CLIENT, sequence: SERVER_START, flags: "SA" };
    const syn = { from: CLIENT, to: SERVER, sequence: CLIENT_START, flags: "S" };
    expect(read(talk([syn, synAck]))).toEqual(read(talk([])));
  });
});

test("connections that open no WebSocket are let go of before those that do", () => {
  const flood = Array.from({ length: 16_384 }, (_, at) => ({
    from: `11.1.${at >> 8}.${at & 255}:5`,
    to: SERVER,
    sequence: at,
    flags: "S",
  }));
  const records = read(talk(flood));
  expect(of(records, "violation").length).toBe(1);
  expect(of(records, "summary")[0]).toMatchObject({ streams: 2, skipped: { connections: 16_384 } });
});
