// Hex as people and programs write it: what stands here is the output of the programs, character for character.

import { describe, expect, test } from "vitest";
import { InputError, type InspectionRecord, Inspector } from "../../src/inspect/index.ts";
import { concat, frame, hex } from "../wire.ts";
import { packetOf, pcap } from "./capture-files.ts";
import { inspected, of, sha1, shown } from "./inspected.ts";
import { OPENING } from "./opened.ts";

// The text of 40 bytes looks like hex, and has two spaces and a bar, so that it could be taken for what it is not.
const TEXT = "abcdef 0123  |45| ab cd ef 00 11 22 3344";
const STREAM = concat(frame({ opcode: 1, payload: TEXT }), frame({ opcode: 9, payload: "ab" }));

const DUMPS: Readonly<Record<string, string>> = {
  xxd: `00000000: 8128 6162 6364 6566 2030 3132 3320 207c  .(abcdef 0123  |
00000010: 3435 7c20 6162 2063 6420 6566 2030 3020  45| ab cd ef 00 
00000020: 3131 2032 3220 3333 3434 8902 6162       11 22 3344..ab
`,
  "xxd -c 8 -g 1": `00000000: 81 28 61 62 63 64 65 66  .(abcdef
00000008: 20 30 31 32 33 20 20 7c   0123  |
00000010: 34 35 7c 20 61 62 20 63  45| ab c
00000018: 64 20 65 66 20 30 30 20  d ef 00 
00000020: 31 31 20 32 32 20 33 33  11 22 33
00000028: 34 34 89 02 61 62        44..ab
`,
  "hexdump -C": `00000000  81 28 61 62 63 64 65 66  20 30 31 32 33 20 20 7c  |.(abcdef 0123  ||
00000010  34 35 7c 20 61 62 20 63  64 20 65 66 20 30 30 20  |45| ab cd ef 00 |
00000020  31 31 20 32 32 20 33 33  34 34 89 02 61 62        |11 22 3344..ab|
0000002e
`,
  "tshark -x": `0000  81 28 61 62 63 64 65 66 20 30 31 32 33 20 20 7c   .(abcdef 0123  |
0010  34 35 7c 20 61 62 20 63 64 20 65 66 20 30 30 20   45| ab cd ef 00 
0020  31 31 20 32 32 20 33 33 34 34 89 02 61 62         11 22 3344..ab

`,
  "od -t x1": `0000000 81 28 61 62 63 64 65 66 20 30 31 32 33 20 20 7c
0000020 34 35 7c 20 61 62 20 63 64 20 65 66 20 30 30 20
0000040 31 31 20 32 32 20 33 33 34 34 89 02 61 62
0000056
`,
  "od -A d -t x1z": `0000000 81 28 61 62 63 64 65 66 20 30 31 32 33 20 20 7c  >.(abcdef 0123  |<
0000016 34 35 7c 20 61 62 20 63 64 20 65 66 20 30 30 20  >45| ab cd ef 00 <
0000032 31 31 20 32 32 20 33 33 34 34 89 02 61 62        >11 22 3344..ab<
0000046
`,
  "xxd -p": `81286162636465662030313233202 07c34357c206162206364206566203030
203131203232203333343489026162
`.replace(" ", ""),
};

const bytesIn = (separator: string, prefix = "") =>
  Array.from(STREAM, (byte) => prefix + byte.toString(16).padStart(2, "0")).join(separator);

describe("a hex dump", () => {
  test.each(Object.entries(DUMPS))("of %s is read", (_, dump) => {
    for (const text of [dump, dump.replaceAll("\n", "\r\n"), dump.toUpperCase(), `\n${dump.trimEnd()}`]) {
      for (const size of [1, 7, 10_000]) {
        expect(shown(inspected(text, {}, size))).toEqual([`text ${JSON.stringify(TEXT)}`, "ping 6162"]);
      }
    }
  });

  test("that begins elsewhere than at 0 is read", () => {
    expect(shown(inspected("00001000: 8102 6162  ..ab\n00001004: 8900\n"))).toEqual(['text "ab"', "ping"]);
  });

  test("has the lines that * stands for", () => {
    const zeros = "00 ".repeat(16);
    const dump = `00000000  82 7e 01 00 ${"00 ".repeat(12)}\n00000010  ${zeros}\n*\n00000100  00 00 00 00 89 00\n00000106\n`;
    const records = inspected(dump, { previewLength: 300 });
    expect(of(records, "end")[0]).toMatchObject({ frames: 2, bytes: 262, state: "complete" });
    const atEnd = inspected("0000  82 10 00 00\n0004  00 00 00 00\n*\n0012\n");
    expect(of(atEnd, "end")[0]).toMatchObject({ frames: 1, bytes: 18 });
  });

  test.each([
    ["00000000: 8102 6162\n00000008: 8900\n", "line 2 has the offset 00000008 where 4 should come"],
    ["0000  81 00\n\n0000  81 00\n", "line 3 has the offset 0000 where 2 should come: a file of several dumps"],
    ["0000000 0081 0089\n0000004\n", "line 1 has words of two bytes"],
    ["00000000: 8102 616\n", "line 1 has what is no hex"],
    ["00000000: 81 zz\n", "line 1 has what is no hex: “81 zz”"],
    ["00000000: 8100\nFrame\n", "line 2 has no offset to begin with"],
    ["*\n00000000: 8100\n", "hex"],
    ["0000  81 00\n*\n0000000000000001\n", "line 3 has the offset 0000000000000001 where 2 should come"],
    ["0000  81 00\n*\nffffffffffffffff\n", "line 3 has an offset too far on"],
    [`00000000: ${"81".repeat(3000)}`, "line 1 is too long for a line of a hex dump"],
  ])("that is none says where and why: %j", (text, reason) => {
    for (const size of [1, 10_000]) {
      expect(() => inspected(text, { format: "hex" }, size)).toThrow(InputError);
      expect(() => inspected(text, { format: "hex" }, size)).toThrow(reason);
    }
  });
});

describe("hex without offsets", () => {
  test.each([
    bytesIn(" "),
    bytesIn(""),
    bytesIn(":"),
    bytesIn(",", "0x"),
    `[${bytesIn(", ", "0x")}]\n`,
    `"${bytesIn("", "\\x")}"`,
    bytesIn("\r\n").toUpperCase(),
    bytesIn("-"),
    bytesIn(" ", "0X"),
    `{ ${bytesIn(", ", "0x").replaceAll("0x0", "0x")} };`,
    `"${bytesIn("", "\\x").replaceAll("\\x0", "\\x")}"`,
    bytesIn(" ", "0x").replaceAll("0x0", "0x"),
    `<Buffer ${bytesIn(" ")}>\n`,
    `<Buffer ${bytesIn(" ").slice(0, 60)}\n${bytesIn(" ").slice(60)}>`,
    `[ <Buffer ${bytesIn(" ").slice(0, 59)}>,\n  <Buffer ${bytesIn(" ").slice(60)}>, <Buffer > ]`,
  ])("is read: %j", (text) => {
    for (const size of [1, 3, 10_000]) {
      expect(shown(inspected(text, {}, size))).toEqual([`text ${JSON.stringify(TEXT)}`, "ping 6162"]);
    }
  });

  test.each([
    ["81 0g", "“g” in line 1, column 5 is no hex"],
    ["81\n00 8", "the hex that ends in line 2, column 4 has an odd number of digits"],
    ["<Buffer 81 00", "the text ends in line 1, column 13, within “<Buffer ...>”"],
    ["81 00 <Buf", "the text ends in line 1, column 10, within “<Buffer ...>”"],
    ["0x81, 0x", "no digits follow the prefix in line 1, column 8"],
    ["\\x81\\x", "no digits follow the prefix in line 1, column 6"],
    ["81 0 8", "the hex that ends in line 1, column 5 has an odd number of digits"],
    ["81 1x8", "“x” in line 1, column 5 is no hex"],
    ["81 é", "the byte 0xc3 in line 1, column 4 is no hex"],
    ["0x0x5", "“x” in line 1, column 4 is no hex"],
    ["0x815, 0x81", "the hex that ends in line 1, column 6 has an odd number of digits"],
    ["81 05\n<Buffet 81>", "“t” in line 2, column 7 is no hex"],
    ["81 05>", "“>” in line 1, column 6 is no hex"],
    ["<Buffer 81> ... 50 more bytes>", "“.” in line 1, column 13 is no hex"],
    ["<Buffer 81 <", "“<” in line 1, column 12 is no hex"],
    [
      "<Buffer 81\n05 ... 50 more bytes>",
      "“...” in line 2, column 4 stands for the rest of a Buffer, which is missing",
    ],
  ])("that is none says where: %j", (text, reason) => {
    for (const size of [1, 100]) expect(() => inspected(text, { format: "hex" }, size)).toThrow(reason);
  });
});

describe("a byte-order mark", () => {
  test.each([DUMPS.xxd, DUMPS["od -t x1"], bytesIn(" ")])("of UTF-8 in front of hex is passed over: %j", (text) => {
    for (const size of [1, 10_000]) {
      expect(shown(inspected(`\ufeff${text}`, {}, size))).toEqual([`text ${JSON.stringify(TEXT)}`, "ping 6162"]);
    }
  });

  test.each(["ff fe 38 00 31 00", "fe ff 00 38 00 31"])("of UTF-16 is said: %s", (bytes) => {
    expect(() => inspected(hex(bytes))).toThrow(InputError);
    expect(() => inspected(hex(bytes))).toThrow("the input is text in UTF-16: save it as UTF-8");
  });
});

describe("what an input is", () => {
  test.each([
    ["raw", hex("81 00")],
    ["raw", new TextEncoder().encode("HTTP/1.1 404 No\r\n\r\n")],
    ["raw", new Uint8Array(0)],
    ["hex", new TextEncoder().encode("81 00\n")],
  ] as const)("is told: %s", (format, input) => {
    expect(of(inspected(input), "summary")[0].format).toBe(format);
  });

  test.each([
    ["frames", hex("81 02 68 69 82"), 1],
    ["a capture", pcap(OPENING.map(packetOf)), 2],
  ] as const)("is told at once of %s, which are read as they come", (_, input, count) => {
    const records: InspectionRecord[] = [];
    new Inspector({ sha1 }, (record) => records.push(record)).write(input.slice());
    expect(records.length).toBe(count);
  });

  test("is what the option says", () => {
    expect(of(inspected("81 00", { format: "raw" }), "violation")[0].code).toBe("RESERVED_BITS");
    expect(() => inspected("81 00", { format: "pcap" })).toThrow("the input is no capture");
  });

  test.each([
    [
      "hello\n",
      "“h” in line 1, column 1 is no hex: text is read as hex unless it is an HTTP head, or the format is said to be raw",
    ],
    ["81 05 48 6g", "“g” in line 1, column 11 is no hex"],
    ["81 05 48\n6 g", "the hex that ends in line 2, column 2 has an odd number of digits"],
    ["<Buffer 81 05 ... 50 more bytes>", "the rest of a Buffer, which is missing"],
    ["\x1f\x8b\x08\x00", "the input is compressed with gzip: pass it through gunzip first"],
    ["\x28\xb5\x2f\xfd", "the input is compressed with zstd: pass it through unzstd first"],
    ["PK\x03\x04", "the input is a ZIP archive: unpack it first"],
    ["\x89PNG\r\n\x1a\n", "the input is a PNG image"],
    ["\xff\xd8\xff\xe0", "the input is a JPEG image"],
    ["%PDF-1.7\n", "the input is a PDF file"],
    ["\x7fELF\x02", "the input is a program (ELF)"],
  ])("is said where it is none: %j", (text, reason) => {
    expect(() => inspected(Uint8Array.from(text, (character) => character.charCodeAt(0)))).toThrow(reason);
  });

  test.each(["8105", new ArrayBuffer(2), [0x81, 0], undefined])("must be bytes, not %j", (chunk) => {
    const inspector = new Inspector({ sha1 }, () => {});
    expect(() => inspector.write(chunk as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => inspector.write(chunk as unknown as Uint8Array)).toThrow(/^chunk must be a Uint8Array, not /);
  });

  test.each([
    [{ format: "xml" }, TypeError, "format"],
    [{ role: "proxy" }, TypeError, "role"],
    [{ previewLength: -1 }, RangeError, "previewLength"],
    [{ limits: { maxFragments: 1.5 } }, RangeError, "maxFragments"],
  ] as const)("must not be asked for wrongly: %j", (options, kind, name) => {
    const ask = () => inspected(hex("81 00"), options as object);
    expect(ask).toThrow(kind);
    expect(ask).toThrow(name);
  });
});
