// Files that are damaged, or made to do harm: one clear error or note each, at once, and no more memory than they have bytes.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, Inspector } from "../../src/inspect/index.ts";
import { concat, frame, hex, KEY, pattern } from "../wire.ts";
import {
  block,
  interfaceBlock,
  ipv4,
  LINK_HEADERS,
  packetBlock,
  packetOf,
  pcap,
  sectionHeader,
} from "./capture-files.ts";
import { inspected, of, sha1, shown } from "./inspected.ts";
import { answered, OPENING, REQUEST, SYNS, sent } from "./opened.ts";

const opening = OPENING.map(packetOf);
const hello = frame({ opcode: 1, payload: "Hello", key: KEY });

describe("a damaged capture", () => {
  const uint = (value: number) => Uint8Array.from({ length: 4 }, (_, at) => (value >>> (8 * at)) & 255);

  test("with a packet of 4 GiB is an error, and what came before it is listed", () => {
    const records: unknown[] = [];
    const inspector = new Inspector({ sha1 }, (record) => records.push(record));
    const claim = concat(uint(1), uint(2), uint(0xffff_ffff), uint(0xffff_ffff));
    expect(() => inspector.write(concat(pcap(opening), claim))).toThrow(
      /^the capture is damaged: packet 5, at byte \d+, claims to have 4294967295 bytes$/,
    );
    expect(records.length).toBe(2);
  });

  test("with a snapshot length of 4 GiB is read", () => {
    const file = pcap([...opening, packetOf(sent(hello, REQUEST.length))], { snapLength: 0xffff_ffff });
    expect(shown(inspected(file))).toEqual(['text "Hello"']);
  });

  test.each([
    ["a block of 4 GiB", concat(sectionHeader(), uint(6), uint(0xffff_fffc)), "claims to have 4294967292 bytes"],
    ["a block of no bytes", concat(sectionHeader(), uint(6), uint(0)), "claims to have 0 bytes"],
    ["a block of 13 bytes", concat(sectionHeader(), uint(6), uint(13)), "claims to have 13 bytes"],
    ["a short section header", concat(uint(0x0a0d0d0a), uint(12), uint(0x1a2b3c4d)), "claims to have 12 bytes"],
    ["another magic", concat(uint(0x0a0d0d0a), uint(28), uint(0)), "has no byte-order magic"],
    [
      "two lengths",
      concat(sectionHeader(), uint(9), uint(12), uint(16)),
      "has 12 bytes at its start and 16 at its end",
    ],
    [
      "a packet past its block",
      concat(sectionHeader(), interfaceBlock(1), block(6, concat(uint(0), new Uint8Array(8), uint(99), uint(99)))),
      "has a packet that does not fit into it",
    ],
    ["a packet of no interface", concat(sectionHeader(), packetBlock("enhanced", pattern(40))), "no interface for it"],
    [
      "a packet without its fields",
      concat(sectionHeader(), interfaceBlock(1), block(6, uint(0))),
      "does not fit into it",
    ],
  ])("with %s is an error", (_, file, reason) => {
    for (const size of [1, 1000]) {
      expect(() => inspected(file, { format: "pcap" }, size)).toThrow(InputError);
      expect(() => inspected(file, { format: "pcap" }, size)).toThrow(reason);
    }
  });

  test("that ends in its own header says so", () => {
    const records = inspected(pcap([]).subarray(0, 10));
    expect(of(records, "note")[0].message).toBe("the capture ends inside its file header, of which it has 10 bytes");
    expect(of(records, "summary")[0]).toMatchObject({ verdict: "nothing found", streams: 0 });
  });

  test("with interfaces without an end is an error", () => {
    const interfaces = (count: number) => concat(sectionHeader(), ...Array(count).fill(interfaceBlock(1)));
    expect(() => inspected(interfaces(65_537))).toThrow(/the block at byte 1310748 has an interface past the 65536th$/);
    expect(of(inspected(interfaces(65_536)), "summary").length).toBe(1);
  });

  test("with headers cut anywhere, or of no bytes, is read on", () => {
    const packet = ipv4(sent(hello, REQUEST.length));
    const cut = Array.from({ length: packet.length }, (_, length) => packet.subarray(0, length));
    for (const [linkType, header] of Object.values(LINK_HEADERS)) {
      const packets = [...cut, ...opening, packet].map((one) => concat(header, one));
      const headers = Array.from({ length: header.length }, (_, length) => header.subarray(0, length));
      expect(shown(inspected(pcap([...headers, ...packets], { linkType }))).at(-1)).toBe('text "Hello"');
    }
  });

  test("with lengths of IP and TCP past their ends is read on", () => {
    const packet = packetOf(sent(hello, REQUEST.length));
    for (const [at, value] of [
      [0, 0x4f],
      [0, 0x40],
      [3, 1],
      [32, 0xf0],
      [32, 0],
    ]) {
      const damaged = packet.slice();
      damaged[at] = value;
      expect(shown(inspected(pcap([...opening, damaged, packet])))).toEqual(['text "Hello"']);
    }
  });

  test("of any bytes throws nothing but an InputError", () => {
    const heads = [
      pcap([]),
      pcap([], { little: false }),
      concat(sectionHeader(), interfaceBlock(1)),
      pcap(opening),
      new Uint8Array(0),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 300 }), (head, bytes) => {
        try {
          inspected(concat(head, bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });

  test("one byte of which is wrong throws nothing but an InputError", () => {
    const file = pcap([...opening, packetOf(sent(hello, REQUEST.length))]);
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), (at, value) => {
        const damaged = file.slice();
        damaged[at] = value;
        try {
          inspected(damaged, { format: "pcap" });
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });
});

describe("what is made to cost memory", () => {
  /** Writes `chunk` over and over, and returns how much the heap and buffers have grown at most. */
  function growth(inspector: Inspector, times: number, chunk: (turn: number) => Uint8Array): number {
    const used = () => {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const before = used();
    let most = 0;
    for (let turn = 0; turn < times; turn++) {
      inspector.write(chunk(turn));
      if (turn % 100 === 99) most = Math.max(most, used() - before);
    }
    return most;
  }

  const LEAST = 100 * 2 ** 20;
  const nothing = () => {};

  test("a frame of 2^53 - 1 bytes is not collected", () => {
    const inspector = new Inspector({ sha1 }, nothing);
    inspector.write(hex("82 7f 00 1f ff ff ff ff ff ff"));
    expect(growth(inspector, 4000, () => new Uint8Array(65_536))).toBeLessThan(LEAST);
  });

  test("a head without an end is refused", () => {
    const inspector = new Inspector({ sha1 }, nothing);
    inspector.write(new TextEncoder().encode("GET /"));
    expect(growth(inspector, 4000, () => new Uint8Array(65_536).fill(0x61))).toBeLessThan(LEAST);
  });

  test("hex without an end is read, or refused, as it comes", () => {
    const inspector = new Inspector({ sha1 }, nothing);
    const text = new TextEncoder();
    inspector.write(text.encode("827f001fffffffffffff".padEnd(8192, "0")));
    expect(growth(inspector, 300, () => text.encode("ab".repeat(32_768)))).toBeLessThan(LEAST);
    const garbage = new Inspector({ sha1, format: "hex" }, nothing);
    expect(() => garbage.write(new Uint8Array(65_536).fill(0x7a))).toThrow("“z” in line 1, column 1 is no hex");
  });

  test("connections without an end are let go of", () => {
    const inspector = new Inspector({ sha1 }, nothing);
    inspector.write(pcap([]));
    const payload = REQUEST.subarray(0, 100);
    const write = (turn: number) =>
      pcap([packetOf({ ...OPENING[2], from: `10.0.${turn >> 8}.${turn & 255}:7`, payload })]).subarray(24);
    expect(growth(inspector, 20_000, write)).toBeLessThan(2 * LEAST);
    expect(inspector.end().skipped.connections).toBe(20_000);
  });

  test("segments that wait for one that never comes are handed on", () => {
    const inspector = new Inspector({ sha1 }, nothing);
    inspector.write(pcap(opening));
    const payload = new Uint8Array(60_000);
    const write = (turn: number) => pcap([packetOf(sent(payload, REQUEST.length + 10 + turn * 60_000))]).subarray(24);
    expect(growth(inspector, 2500, write)).toBeLessThan(2 * LEAST);
    expect(inspector.end().bytes).toBe(150_000_000);
  });
});

describe("what is made to cost time", () => {
  test.each([
    ["a capture", (heads: Uint8Array) => pcap([...SYNS, sent(REQUEST, 0), answered(heads, 0)].map(packetOf)), 1],
    ["a stream", (heads: Uint8Array) => heads, 0],
  ])("interim responses without an end in %s are refused", (_, input, requests) => {
    const heads = new TextEncoder().encode("HTTP/1.1 100 \r\n\r\n".repeat(3500));
    const records = inspected(input(heads));
    expect(of(records, "head")[requests]).toMatchObject({ kind: "response", error: "The head is too long." });
  });

  test("bytes that a client sends one by one before the answer are read as soon as they are too many", () => {
    const inspector = new Inspector({ sha1 }, () => {});
    inspector.write(pcap([...SYNS, sent(REQUEST, 0)].map(packetOf)));
    const before = process.cpuUsage().user;
    const packets = Array.from({ length: 30_000 }, (_, at) => packetOf(sent(Uint8Array.of(0), REQUEST.length + at)));
    inspector.write(pcap(packets).subarray(24));
    expect(process.cpuUsage(undefined).user - before).toBeLessThan(3_000_000);
  });

  test("frames of a few bytes are listed at a few microseconds each", () => {
    const inspector = new Inspector({ sha1 }, () => {});
    const frames = concat(...Array<Uint8Array>(10_000).fill(frame({ opcode: 1, payload: "Hello" })));
    const before = process.cpuUsage().user;
    for (let turn = 0; turn < 20; turn++) inspector.write(frames.slice());
    expect(process.cpuUsage(undefined).user - before).toBeLessThan(1_000_000);
    expect(inspector.end().frames).toBe(200_000);
  });

  test("a few characters of a hex dump do not stand for gigabytes", () => {
    const row = "89 00 ".repeat(8);
    const dump = (end: string) => `00000000  ${row}\n*\n${end}\n`;
    expect(() => inspected(dump("01000020"), { previewLength: 0 })).toThrow(
      /^line 3 has an offset too far on: the lines left out by \* would be more than 16 MiB in all$/,
    );
    expect(() => inspected(dump("ffffffff"))).toThrow(InputError);
    const twice = `00000000  ${"00 ".repeat(16)}\n*\n00c00000  ${"00 ".repeat(16)}\n*\n01800000\n`;
    expect(() => inspected(twice)).toThrow("line 5 has an offset too far on");
  });
});
