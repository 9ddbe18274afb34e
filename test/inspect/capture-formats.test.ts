import { describe, expect, test } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { zlibBackend } from "../../src/extension/zlib.ts";
import { concat, frame, KEY, pattern } from "../wire.ts";
import {
  block,
  interfaceBlock,
  ipv4,
  ipv6,
  LINK_HEADERS,
  packetBlock,
  packetOf,
  pcap,
  type Segment,
  sectionHeader,
} from "./capture-files.ts";
import { inspected, of, shown } from "./inspected.ts";
import { answered, CLIENT, CLIENT_START, OPENING, REQUEST, RESPONSE, SERVER, SYNS, sent } from "./opened.ts";

const hello = frame({ opcode: 1, payload: "Hello", key: KEY });
const hi = frame({ opcode: 1, payload: "Hi" });
const TALK: readonly Segment[] = [...OPENING, sent(hello, REQUEST.length), answered(hi, RESPONSE.length)];
const PACKETS = TALK.map((segment) => packetOf(segment));
const SHOWN = ['text "Hello"', 'text "Hi"'];

describe("pcap", () => {
  test.each([
    [true, false],
    [true, true],
    [false, false],
    [false, true],
  ])("with little-endian numbers %s, nanoseconds %s", (little, nano) => {
    for (const size of [1, 1000]) expect(shown(inspected(pcap(PACKETS, { little, nano }), {}, size))).toEqual(SHOWN);
  });

  test.each(Object.entries(LINK_HEADERS))("of %s", (_, [linkType, header]) => {
    const records = inspected(
      pcap(
        PACKETS.map((packet) => concat(header, packet)),
        { linkType },
      ),
    );
    expect(shown(records)).toEqual(SHOWN);
    expect(of(records, "head")[0].stream).toMatchObject({ from: CLIENT, to: SERVER });
  });

  test("of another link type counts the packets", () => {
    const records = inspected(pcap(PACKETS, { linkType: 189 }));
    expect(of(records, "note")[0].message).toMatch(/^6 packets of link type 189 not read/);
    expect(of(records, "summary")[0]).toMatchObject({ verdict: "nothing found", streams: 0 });
  });

  test("passes over what is not TCP over IP, and the padding of short packets", () => {
    const [, ethernet] = LINK_HEADERS.Ethernet;
    const padded = PACKETS.map((packet) => concat(ethernet, packet, new Uint8Array(6)));
    const arp = concat(new Uint8Array(12), Uint8Array.of(0x08, 0x06), new Uint8Array(28));
    const udp = concat(ethernet, PACKETS[0].subarray(0, 9), Uint8Array.of(17), PACKETS[0].subarray(10));
    expect(shown(inspected(pcap([arp, ...padded, udp, new Uint8Array(0)], { linkType: 1 })))).toEqual(SHOWN);
  });

  test("with options of TCP, and lengths left to the network card", () => {
    const packets = TALK.map((segment) => ipv4(segment, { options: 3, total: false }));
    expect(shown(inspected(pcap(packets)))).toEqual(SHOWN);
  });

  test("of IPv6, with headers between", () => {
    const renamed = TALK.map((segment) => {
      const named = (address: string) => address.replace(/.*\.(\d+):/, "[$1]:");
      return { ...segment, from: named(segment.from), to: named(segment.to) };
    });
    const records = inspected(pcap(renamed.map((segment) => ipv6(segment, [0, 43, 60]))));
    expect(shown(records)).toEqual(SHOWN);
    expect(of(records, "head")[0].stream).toMatchObject({ from: "[::1]:50000", to: "[::2]:80" });
  });

  test("with fragments of IP says that they are not read", () => {
    const records = inspected(pcap([...PACKETS, ipv4(TALK[4], { fragment: 0x2000 }), ipv4(TALK[4], { fragment: 5 })]));
    expect(of(records, "note")[0].message).toBe("2 IP fragments not read");
  });

  test("that ends inside a packet says so", () => {
    const file = pcap(PACKETS);
    const records = inspected(file.subarray(0, file.length - 3));
    expect(of(records, "note")[0].message).toMatch(/^the capture ends inside a packet, of which it has \d+ bytes$/);
    expect(shown(records)).toEqual(SHOWN.slice(0, 1));
  });
});

describe("pcapng", () => {
  test.each([
    ["enhanced", true],
    ["simple", true],
    ["obsolete", true],
    ["enhanced", false],
    ["simple", false],
    ["obsolete", false],
  ] as const)("with %s packet blocks, little-endian %s", (kind, little) => {
    const blocks = PACKETS.map((packet) => packetBlock(kind, packet, { little }));
    const file = concat(sectionHeader(little), interfaceBlock(101, 0, little), ...blocks);
    for (const size of [1, 1000]) expect(shown(inspected(file, {}, size))).toEqual(SHOWN);
  });

  test("of several interfaces and sections, in another order of bytes each, with unknown blocks", () => {
    const [linkType, header] = LINK_HEADERS.Ethernet;
    const [first, ...rest] = PACKETS;
    const file = concat(
      sectionHeader(true),
      interfaceBlock(276),
      block(0x0bad, pattern(9)),
      interfaceBlock(linkType),
      packetBlock("enhanced", concat(header, first), { from: 1 }),
      sectionHeader(false),
      interfaceBlock(101, 0, false),
      ...rest.map((packet) => packetBlock("enhanced", packet, { little: false })),
    );
    expect(shown(inspected(file))).toEqual(SHOWN);
  });

  test("with simple packets cut to the interface's length", () => {
    const cut = packetBlock("simple", PACKETS[4].subarray(0, 44), { claimed: PACKETS[4].length });
    const blocks = PACKETS.slice(0, 4).map((packet) => packetBlock("simple", packet));
    const whole = concat(sectionHeader(), interfaceBlock(101), ...blocks);
    expect(of(inspected(whole), "note")).toEqual([]);
    const long = concat(sectionHeader(), interfaceBlock(101, 44), cut);
    expect(of(inspected(long), "summary")[0].skipped.connections).toBe(1);
  });
});

describe("the connections of a capture", () => {
  const other = (segment: Segment, port: number): Segment => {
    const renamed = (address: string) => address.replace("50000", String(port));
    return { ...segment, from: renamed(segment.from), to: renamed(segment.to) };
  };
  const records = (segments: readonly Segment[]) => inspected(pcap(segments.map(packetOf)));
  const text = (content: string) => new TextEncoder().encode(content);

  test("are told apart, and numbered as they ask", () => {
    const mixed = TALK.flatMap((segment) => [segment, other(segment, 50_001)]);
    const frames = of(records(mixed), "frame");
    expect(frames.map(({ stream: { connection, sender } }) => [connection, sender])).toEqual([
      [1, "client"],
      [2, "client"],
      [1, "server"],
      [2, "server"],
    ]);
  });

  test("that are none of WebSockets are counted, TLS besides", () => {
    const found = records([
      ...TALK,
      other(sent(text("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0), 1),
      other(sent(text("SSH-2.0\r\n"), 0), 2),
      other(sent(Uint8Array.of(0x16, 3, 1, 0, 200, 1), 0), 3),
      other(sent(text("GET / HTTP/1.1\nHost: a\n\n"), 0), 4),
    ]);
    expect(shown(found)).toEqual(SHOWN);
    expect(of(found, "summary")[0].skipped).toEqual({ connections: 4, tls: 1 });
  });

  test("between the same ports are two when another SYN comes", () => {
    const again = TALK.map((segment) => ({ ...segment, sequence: (segment.sequence + 1_000_000) >>> 0 }));
    const found = records([...TALK, SYNS[0], ...again]);
    expect(shown(found)).toEqual([...SHOWN, ...SHOWN]);
    expect(of(found, "summary")[0].streams).toBe(4);
  });

  test("are one where the SYN comes again", () => {
    const found = records([...SYNS, SYNS[0], ...TALK.slice(2, 4), SYNS[0], ...TALK.slice(4)]);
    expect(shown(found)).toEqual(SHOWN);
    expect(of(found, "summary")[0]).toMatchObject({ streams: 2, skipped: { connections: 0 } });
  });

  test("whose client has ended before the answer is in the capture are read to the end", () => {
    const found = records([...SYNS, sent(REQUEST, 0), sent(hello, REQUEST.length, "FA"), answered(RESPONSE, 0)]);
    expect(shown(found)).toEqual(SHOWN.slice(0, 1));
    expect(of(found, "end").map(({ stream, state }) => [stream.sender, state])).toEqual([
      ["client", "complete"],
      ["server", "complete"],
    ]);
  });

  test("are opened by the head alone where the SYN is not in the capture", () => {
    expect(shown(records(TALK.slice(2)))).toEqual(SHOWN);
  });

  test("end with a RST", () => {
    const rst = answered(new Uint8Array(0), RESPONSE.length + hi.length, "R");
    const late = sent(hello, REQUEST.length + hello.length);
    expect(shown(records([...TALK, rst, late]))).toEqual(SHOWN);
  });

  test("whose client speaks before the answer is in the capture wait for it", () => {
    const [one, two, request, response, first, second] = TALK;
    expect(shown(records([one, two, request, first, response, second]))).toEqual(SHOWN);
  });

  test("of which the answer is not in the capture are read without extensions", () => {
    const found = records([...SYNS, sent(REQUEST, 0), sent(hello, REQUEST.length)]);
    expect(shown(found)).toEqual(SHOWN.slice(0, 1));
    expect(of(found, "note")[0].message).toMatch(/^the server's answer is not in the capture/);
    const long = frame({ opcode: 2, payload: pattern(100_000), key: KEY });
    const pieces = Array.from({ length: 100 }, (_, at) => long.slice(at * 1001, (at + 1) * 1001));
    const segments = pieces.map((piece, at) => sent(piece, REQUEST.length + at * 1001));
    expect(of(records([...SYNS, sent(REQUEST, 0), ...segments]), "frame")[0]).toMatchObject({
      payloadLength: 100_000,
      missing: 0,
    });
    // It does not wait for ever, and an answer that comes too late is still one.
    const all = [...SYNS, sent(REQUEST, 0), ...segments, answered(RESPONSE, 0), answered(hi, RESPONSE.length)];
    const late = records([...all, sent(hello, REQUEST.length + long.length)]);
    expect(late.map(({ type }) => type).slice(0, 5)).toEqual(["head", "note", "frame", "head", "frame"]);
    expect(shown(late).slice(1)).toEqual(['text "Hi"', 'text "Hello"']);
    const hole = [...all.slice(0, -2), answered(hi, 1_000_000, "FA"), sent(hello, REQUEST.length + long.length)];
    expect(shown(records(hole)).slice(1)).toEqual(['text "Hello"']);
  });

  test("whose opening handshake breaks a rule are invalid", () => {
    const wrong = text(new TextDecoder().decode(RESPONSE).replace(/Accept: .*/, "Accept: AAAA"));
    const found = records([...SYNS, sent(REQUEST, 0), answered(wrong, 0), sent(hello, REQUEST.length)]);
    expect(of(found, "head")[1].error).toBe("Sec-WebSocket-Accept must answer the key.");
    expect(of(found, "summary")[0]).toMatchObject({ verdict: "invalid", frames: 0 });
    const broken = text("HTTP/1.1 101 OK\r\nUpgrade websocket\r\n\r\n");
    const unread = records([...SYNS, sent(REQUEST, 0), answered(broken, 0)]);
    expect(of(unread, "head")[1].error).toMatch(/^A header must begin with a token/);
    const keyless = text(new TextDecoder().decode(REQUEST).replace(/Sec-WebSocket-Key.*\r\n/, ""));
    expect(of(records([...SYNS, sent(keyless, 0)]), "head")[0].error).toMatch(/Sec-WebSocket-Key/);
  });

  test("that agree on an extension which is not known say so", () => {
    const asks = text(
      new TextDecoder().decode(REQUEST).replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: mux\r\n\r\n"),
    );
    const takes = text(
      new TextDecoder().decode(RESPONSE).replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: mux\r\n\r\n"),
    );
    const found = records([...SYNS, sent(asks, 0), answered(takes, 0), answered(hi, takes.length)]);
    expect(of(found, "note")[0].message).toBe("frames are judged without mux, which is not known here");
    expect(shown(found)).toEqual(['text "Hi"']);
  });

  test("hold each end to what was agreed on for it", () => {
    const agreed = "permessage-deflate; server_no_context_takeover";
    const extended = (head: Uint8Array, value: string) =>
      text(new TextDecoder().decode(head).replace("\r\n\r\n", `\r\nSec-WebSocket-Extensions: ${value}\r\n\r\n`));
    const [asks, takes] = [extended(REQUEST, agreed), extended(RESPONSE, agreed)];
    // Both refer to what they have sent before: only the client may.
    const talk = (key: readonly number[] | undefined) => {
      const sender = permessageDeflate({ backend: zlibBackend, threshold: 0 }).answer([
        { token: "permessage-deflate", parameters: [] },
      ])!.extension;
      const message = () => frame({ opcode: 1, key, ...sender.encode(text("Hello, Hello, Hello"), true) });
      return concat(message(), message());
    };
    const segments = [
      sent(asks, 0),
      answered(takes, 0),
      sent(talk(KEY), asks.length),
      answered(talk(undefined), takes.length),
    ];
    const found = records([...SYNS, ...segments]);
    const ends = of(found, "end").map(({ stream, messages, state }) => [stream.sender, messages, state]);
    expect(ends.sort()).toEqual([
      ["client", 2, "complete"],
      ["server", 1, "violation"],
    ]);
    expect(of(found, "violation")[0].code).toBe("INVALID_COMPRESSED_DATA");
  });

  test("that are refused have no frames", () => {
    const found = records([...SYNS, sent(REQUEST, 0), answered(text("HTTP/1.1 403 Forbidden\r\n\r\nno"), 0)]);
    expect(of(found, "head")[1]).toMatchObject({ line: "HTTP/1.1 403", opens: false, error: undefined });
    expect(of(found, "summary")[0]).toMatchObject({
      verdict: "nothing found",
      streams: 0,
      skipped: { connections: 0 },
    });
  });

  test("with a hole in the opening handshake are not read", () => {
    const found = records([...SYNS, sent(REQUEST, 0), answered(RESPONSE.subarray(40), 40), answered(hi, 200, "FA")]);
    const [, note] = [of(found, "head"), of(found, "note")[0]];
    expect(note.message).toBe(
      "40 bytes are missing in the capture from the opening handshake: what follows is not read",
    );
  });

  test("wrap around their sequence numbers", () => {
    expect(CLIENT_START + REQUEST.length).toBeGreaterThan(2 ** 32);
    expect(shown(records(TALK))).toEqual(SHOWN);
  });
});
