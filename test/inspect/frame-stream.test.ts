import { describe, expect, test } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { zlibBackend } from "../../src/extension/zlib.ts";
import { concat, frame, hex, KEY, pattern } from "../wire.ts";
import { inspected, of, shown } from "./inspected.ts";

describe("a frame's record", () => {
  test("has all that its header says, and the payload unmasked", () => {
    const [record] = of(inspected(frame({ opcode: 1, payload: "Hello", key: KEY })), "frame");
    expect(record).toStrictEqual({
      type: "frame",
      stream: { sender: "client" },
      offset: 0,
      headerLength: 6,
      fin: true,
      rsv: 0,
      opcode: 1,
      name: "text",
      masked: true,
      maskingKey: "37fa213d",
      payloadLength: 5,
      missing: 0,
      compressed: false,
      decompressed: false,
      payload: { length: 5, cut: false, text: "Hello" },
      close: undefined,
    });
  });

  test("has the offset of its header, whatever the chunks", () => {
    const stream = concat(
      frame({ opcode: 2, payload: pattern(70_000) }),
      frame({ opcode: 9, payload: "p" }),
      frame({ opcode: 8 }),
    );
    for (const size of [1, 13, 4096, Number.POSITIVE_INFINITY]) {
      const records = of(inspected(stream, {}, size), "frame");
      expect(records.map(({ offset, headerLength, payloadLength }) => [offset, headerLength, payloadLength])).toEqual([
        [0, 10, 70_000],
        [70_010, 2, 1],
        [70_013, 2, 0],
      ]);
    }
  });

  test("names a Close frame's code", () => {
    const closes = (code: number) =>
      of(inspected(frame({ opcode: 8, payload: Uint8Array.of(code >> 8, code & 255) })), "frame")[0].close?.name;
    expect([1001, 3001, 4001].map(closes)).toEqual([
      "GoingAway",
      "registered by a library",
      "private to an application",
    ]);
    expect(of(inspected(frame({ opcode: 8 })), "frame")[0].close).toEqual({
      code: 1005,
      name: "NoStatusReceived",
      reason: "",
    });
  });
});

describe("who reads a stream", () => {
  test.each([
    ["a client, where the first frame is not masked", frame({ opcode: 1 }), {}, "server"],
    ["a server, where it is", frame({ opcode: 1, key: KEY }), {}, "client"],
    ["who the option says", frame({ opcode: 1, key: KEY }), { role: "client" }, "server"],
    ["a client, where there is but a byte", hex("81"), {}, "server"],
  ] as const)("is %s", (_, stream, options, sender) => {
    for (const size of [1, 100]) {
      expect(of(inspected(stream, options, size), "end")[0].stream.sender).toBe(sender);
    }
  });

  test("judges it", () => {
    const stream = frame({ opcode: 1, key: KEY });
    expect(of(inspected(stream, { role: "client" }), "violation")[0].code).toBe("MASK_FORBIDDEN");
    expect(of(inspected(stream, { role: "server" }), "violation")).toEqual([]);
  });
});

describe("a preview", () => {
  test("ends where it is told to, and the length is that of all", () => {
    const [text, binary] = of(
      inspected(concat(frame({ opcode: 1, payload: "abcdef" }), frame({ opcode: 2, payload: hex("00 11 22 33 44") })), {
        previewLength: 4,
      }),
      "frame",
    );
    expect(text.payload).toEqual({ length: 6, cut: true, text: "abcd" });
    expect(binary.payload).toEqual({ length: 5, cut: true, hex: "00112233" });
  });

  test("has no half of a character, and the next fragment begins behind one", () => {
    const stream = concat(
      frame({ opcode: 1, payload: "ab€cd€", fin: false }), // cut inside the first €
      frame({ opcode: 0, payload: hex("e2 82"), fin: false }),
      frame({ opcode: 0, payload: hex("ac 21") }),
    );
    for (const size of [1, 3, 100]) {
      expect(shown(inspected(stream, { previewLength: 4 }, size))).toEqual([
        'text "ab"',
        'continuation ""',
        'continuation "€!"',
      ]);
    }
  });

  test("of a compressed message is of what it decompresses to, when the option says so", () => {
    const server = permessageDeflate({ backend: zlibBackend, threshold: 0 });
    const agreed = server.answer([{ token: "permessage-deflate", parameters: [] }])!;
    const encoded = (text: string) => agreed.extension.encode(new TextEncoder().encode(text), true);
    const stream = concat(
      ...["Hello, Hello", "Hello, Hello"].map((text) => frame({ opcode: 1, ...encoded(text) })),
      frame({ opcode: 1, payload: "plain" }),
    );
    const records = inspected(stream, { deflate: true });
    expect(shown(records)).toEqual(['text "Hello, Hello"', 'text "Hello, Hello"', 'text "plain"']);
    expect(of(records, "frame").map(({ compressed, payload }) => [compressed, payload.length])).toEqual([
      [true, 12],
      [true, 12],
      [false, 5],
    ]);
    expect(of(inspected(stream), "violation")[0].code).toBe("RESERVED_BITS");
  });
});

describe("where a stream ends", () => {
  const hello = frame({ opcode: 1, payload: "Hello" });

  test.each([
    ["complete", "valid", hello, 0],
    ["closed", "valid", concat(hello, frame({ opcode: 8 }), hex("ff ff ff")), 3],
    ["in a header", "incomplete", concat(hello, hex("82 7e 01")), 0],
    ["in a frame", "incomplete", hello.subarray(0, 4), 0],
    ["in a message", "incomplete", frame({ opcode: 1, payload: "Hel", fin: false }), 0],
    ["violation", "invalid", concat(hello, hex("83 00 00 00")), 4],
  ] as const)("is told: %s", (state, verdict, stream, unread) => {
    for (const size of [1, 2, 100]) {
      const records = inspected(stream, { role: "client" }, size);
      expect(of(records, "end")).toMatchObject([{ state, unread, bytes: stream.length }]);
      expect(of(records, "summary")[0].verdict).toBe(verdict);
    }
  });

  test("is a Close frame: what follows is not listed", () => {
    for (const size of [1, 100]) {
      const records = inspected(concat(frame({ opcode: 8 }), hello, hello), {}, size);
      expect(shown(records)).toEqual(["close 1005"]);
      expect(of(records, "end")[0]).toMatchObject({ state: "closed", frames: 1, unread: 14 });
    }
  });

  test("shows what has come of the last frame", () => {
    const [record] = of(inspected(hello.subarray(0, 4)), "frame");
    expect([record.missing, record.payload]).toEqual([3, { length: 2, cut: false, text: "He" }]);
  });
});

describe("an HTTP head in front", () => {
  const request =
    "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat, other\r\n\r\n";
  const response =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
  const bytes = (text: string) => new TextEncoder().encode(text);

  test("of a client is listed, and frames count from its end", () => {
    const stream = concat(bytes(request), frame({ opcode: 1, payload: "Hello", key: KEY }));
    for (const size of [1, 1000]) {
      const records = inspected(stream, {}, size);
      expect(of(records, "head")).toEqual([
        {
          type: "head",
          stream: { sender: "client" },
          kind: "request",
          length: request.length,
          line: "GET /chat HTTP/1.1",
          protocols: ["chat", "other"],
          extensions: "",
          opens: true,
          error: undefined,
        },
      ]);
      expect(of(records, "frame")[0]).toMatchObject({ offset: 0, payload: { text: "Hello" } });
    }
  });

  test("of a server tells what was agreed on, behind interim answers", () => {
    const stream = concat(bytes(`HTTP/1.1 103 Early Hints\r\n\r\n${response}`), hex("c1 07 f2 48 cd c9 c9 07 00"));
    const records = inspected(stream);
    expect(of(records, "head")[0]).toMatchObject({ line: "HTTP/1.1 101", extensions: "permessage-deflate" });
    expect(shown(records)).toEqual(['text "Hello"']); // RFC 7692 §7.2.3.1
  });

  test.each([
    ["GET / HTTP/1.1\r\nHost: a\r\n\r\nabc", "This address speaks WebSocket"],
    ["GET / HTTP/1.1\r\nHost a\r\n\r\nabc", "A header must begin with a token"],
    [response.replace("permessage-deflate", "permessage-deflate; x"), "permessage-deflate: a parameter is unknown"],
    [response.replace("permessage-deflate", "a b"), ""],
  ])("that opens none is an error, and nothing behind it is read: %j", (head, reason) => {
    const records = inspected(head);
    if (reason === "") return expect(of(records, "head")[0].error).toMatch(/extension/);
    expect(of(records, "head")[0]).toMatchObject({ opens: false, error: expect.stringContaining(reason) });
    expect(of(records, "frame")).toEqual([]);
    expect(of(records, "summary")[0]).toMatchObject({ verdict: "invalid", violations: 1 });
  });

  test("that refuses is no violation", () => {
    const records = inspected("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
    expect(of(records, "head")[0]).toMatchObject({ opens: false, error: undefined });
    expect(of(records, "summary")[0]).toMatchObject({ verdict: "nothing found", streams: 0 });
  });

  test.each(["G", "GET ", "GET / HTTP/1.1\r\nHost"])("that ends too early is told: %j", (start) => {
    const records = inspected(start, { format: "raw" });
    if (start === "G") expect(of(records, "violation")[0]).toMatchObject({ code: "RESERVED_BITS", offset: 0 });
    else expect(of(records, "end")).toMatchObject([{ stream: { sender: "client" }, state: "in a head", bytes: 0 }]);
  });
});
