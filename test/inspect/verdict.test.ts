// What the summary says of it all: that nothing was checked, or not all of it, must not pass for "valid".

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { concat, frame, hex } from "../wire.ts";
import { ipv4, packetOf, pcap } from "./capture-files.ts";
import { inspected, of } from "./inspected.ts";
import { answered, OPENING, REQUEST, RESPONSE, SYNS, sent } from "./opened.ts";

const capture = (name: string): Uint8Array => readFileSync(new URL(`captures/${name}`, import.meta.url));
const violation = capture("violation.pcap");
const hello = frame({ opcode: 1, payload: "Hello" });
const refusal = new TextEncoder().encode("HTTP/1.1 404 Not Found\r\n\r\n");
const segments = (...list: readonly Parameters<typeof packetOf>[0][]) => pcap(list.map(packetOf));

const VERDICTS: Readonly<Record<string, Readonly<Record<string, Uint8Array | string>>>> = {
  valid: {
    "a frame": hello,
    "an answer and no frame": RESPONSE,
    "a capture of a WebSocket": capture("plain.pcapng"),
    "a handshake and no frame": segments(...OPENING),
  },
  incomplete: {
    "a stream that ends in a header": hex("81 7e 00"),
    "a stream of one byte": hex("81"),
    "a stream that ends in a frame": hex("81 05 48"),
    "a stream that ends in a message": frame({ opcode: 1, payload: "a", fin: false }),
    "a stream that ends in a head": RESPONSE.subarray(0, 50),
    "packets that are cut": capture("cut.pcap"),
    "a capture that ends in a packet": segments(...OPENING, answered(hello, RESPONSE.length)).subarray(0, -3),
    "a capture that ends behind the header of a packet": segments(...OPENING, sent(hello, REQUEST.length)).subarray(
      0,
      -47,
    ),
    "a handshake with a hole": segments(...SYNS, sent(REQUEST, 0), answered(hello, RESPONSE.length)),
    "a request without its answer": segments(...SYNS, sent(REQUEST, 0)),
    "a WebSocket, and a fragment of IP": pcap([
      ...OPENING.map(packetOf),
      ipv4(answered(hello, RESPONSE.length), { fragment: 0x2000 }),
    ]),
  },
  invalid: {
    "a reserved opcode": hex("83 00"),
    "a reserved opcode in a message": concat(frame({ opcode: 1, payload: "a", fin: false }), hex("83 00")),
    "a capture of one": violation,
  },
  "nothing found": {
    "no bytes": "",
    "white space": "\n\n",
    "an answer that opens none": refusal,
    "a capture without packets": violation.subarray(0, 24),
    "a capture that ends in its header": violation.subarray(0, 10),
    "a capture that ends in its first packets": violation.subarray(0, 300),
    "a refused handshake": segments(...SYNS, sent(REQUEST, 0), answered(refusal, 0)),
  },
};

describe.each(Object.entries(VERDICTS))("%s is", (verdict, inputs) => {
  test.each(Object.entries(inputs))("%s", (_, input) => {
    for (const size of [1, 10_000]) expect(of(inspected(input, {}, size), "summary")[0].verdict).toBe(verdict);
  });
});

test.each([
  [10, "the capture ends inside its file header, of which it has 10 bytes"],
  [300, "the capture ends inside a packet, of which it has 84 bytes"],
])("the first %d bytes of a capture say where they end", (length, message) => {
  expect(of(inspected(violation.subarray(0, length)), "note")).toEqual([
    { type: "note", stream: undefined, message, incomplete: true },
  ]);
});
