import { describe, expect, it } from "vitest";
import { HandshakeError, type HandshakeErrorCode } from "../../src/handshake/handshake-error.ts";
import { type HeadLimits, HeadParser, type RequestHead, type ResponseHead } from "../../src/handshake/head-parser.ts";
import { checkUpgrade } from "../../src/handshake/request.ts";
import { rejection } from "../../src/handshake/response.ts";
import { timeRatio } from "./linear.ts";

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** The request of §1.2. */
const REQUEST =
  "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n" +
  "Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n\r\n";
const REQUEST_HEAD: RequestHead = {
  method: "GET",
  target: "/chat",
  httpVersion: "1.1",
  headers: [
    ["Host", "server.example.com"],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ["Origin", "http://example.com"],
    ["Sec-WebSocket-Protocol", "chat, superchat"],
    ["Sec-WebSocket-Version", "13"],
  ],
};

const RESPONSE =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n";
const RESPONSE_HEAD: ResponseHead = {
  status: 101,
  httpVersion: "1.1",
  headers: [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
    ["Sec-WebSocket-Protocol", "chat"],
  ],
};

type Kind = "request" | "response";

/** The head of `text`, pushed in chunks that end at the places in `cuts`; nothing may come of any chunk but the last. */
function parse<K extends Kind>(kind: K, text: string, cuts: readonly number[] = [], limits: HeadLimits = {}) {
  const parser = new HeadParser(kind, limits);
  const bytes = bytesOf(text);
  let start = 0;
  for (const cut of cuts) {
    expect(parser.push(bytes.slice(start, cut))).toBeUndefined();
    start = cut;
  }
  return parser.push(bytes.subarray(start));
}

/** The error that `text` ends in, which is the same whole and byte by byte. */
function errorOf(kind: Kind, text: string, limits: HeadLimits = {}): HandshakeError {
  const errors = [bytesOf(text).length, 1].map((size) => {
    const parser = new HeadParser(kind, limits);
    const bytes = bytesOf(text);
    try {
      for (let at = 0; at < bytes.length; at += size) parser.push(bytes.slice(at, at + size));
    } catch (error) {
      expect(error).toBeInstanceOf(HandshakeError);
      expect(() => parser.push(bytesOf("\r\n\r\n"))).toThrow(/is done/);
      return error as HandshakeError;
    }
    throw new Error(`no error in ${JSON.stringify(text.slice(0, 200))}`);
  });
  expect(errors[0].code).toBe(errors[1].code);
  return errors[0];
}

const code = (kind: Kind, text: string, limits: HeadLimits = {}): HandshakeErrorCode =>
  errorOf(kind, text, limits).code;
/** A request with one line more. */
const withLine = (line: string): string => `GET / HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n`;

describe.each([
  ["request", REQUEST, REQUEST_HEAD],
  ["response", RESPONSE, RESPONSE_HEAD],
] as const)("the %s of §1.2", (kind, text, head) => {
  it("is read whole, and cut at every byte, with what follows", () => {
    for (const frames of ["", "\x81\x05Hello", "\r\n\r\n"]) {
      expect(parse(kind, text + frames)).toEqual({ head, rest: bytesOf(frames) });
      for (let cut = 0; cut < text.length; cut++) {
        expect(parse(kind, text + frames, [cut])).toEqual({ head, rest: bytesOf(frames) });
      }
    }
  });

  it("is read byte by byte, and cut at every two places", () => {
    expect(
      parse(
        kind,
        text,
        [...text.slice(1)].map((_, at) => at + 1),
      ),
    ).toEqual({ head, rest: new Uint8Array() });
    for (let first = 0; first < text.length; first += 3) {
      for (let second = first; second < text.length; second += 5) {
        expect(parse(kind, `${text}x`, [first, second])).toEqual({ head, rest: bytesOf("x") });
      }
    }
  });

  it("gives the rest as a view of the last chunk", () => {
    const chunk = bytesOf(`${text}frames`);
    const rest = new HeadParser(kind).push(chunk)?.rest;
    expect(rest?.buffer).toBe(chunk.buffer);
    expect(rest?.byteOffset).toBe(text.length);
  });

  it("is not complete until its last byte has come", () => {
    for (let end = 0; end < text.length; end++) {
      expect(new HeadParser(kind).push(bytesOf(text.slice(0, end)))).toBeUndefined();
    }
  });

  it("is read from a Buffer, which is not changed, and an empty chunk does no harm", () => {
    const parser = new HeadParser(kind);
    expect(parser.push(new Uint8Array())).toBeUndefined();
    const chunk = Buffer.from(text);
    expect(parser.push(chunk)?.head).toEqual(head);
    expect(chunk.toString()).toBe(text);
    expect(() => parser.push(chunk)).toThrow(/is done/);
  });
});

it("a request's head is what checkUpgrade takes", () => {
  const parsed = new HeadParser("request").push(bytesOf(REQUEST));
  if (parsed === undefined) throw new Error("no head");
  expect(checkUpgrade(parsed.head)).toMatchObject({ ok: true, protocols: ["chat", "superchat"] });
});

describe("what a head may hold", () => {
  it.each<[string, string]>([
    ["a: b", "b"],
    ["a:b", "b"],
    ["a:\t b c \t", "b c"],
    ["a:", ""],
    ["a: \t", ""],
    ["a: b: c", "b: c"],
    ["a: \xe9\x80\xff", "\xe9\x80\xff"],
    ["a: \x80\x9f", "\x80\x9f"],
  ])("the line %j has the value %j", (line, value) => {
    expect(parse("request", withLine(line))?.head.headers[1]).toEqual(["a", value]);
  });

  it("every byte but the control characters in a value, as latin1", () => {
    for (let byte = 0; byte < 256; byte++) {
      const line = `a: x${String.fromCharCode(byte)}y`;
      if (byte === 0x09 || (byte >= 0x20 && byte !== 0x7f)) {
        expect(parse("request", withLine(line))?.head.headers[1][1]).toBe(line.slice(3));
      } else expect(code("request", withLine(line))).toBe(byte === 0x0a ? "LINE_END" : "HEADER_VALUE");
    }
  });

  it("a long value, whole", () => {
    const value = Array.from({ length: 2000 }, (_, at) => at).join(" ");
    expect(parse("request", withLine(`a: ${value}`))?.head.headers[1]).toEqual(["a", value]);
  });

  it("lines of one name, in their order", () => {
    const headers = [
      ["Host", "a"],
      ["b", "1"],
      ["B", "2"],
      ["__proto__", "3"],
    ];
    expect(parse("request", withLine("b: 1\r\nB: 2\r\n__proto__: 3"))?.head.headers).toEqual(headers);
  });

  it.each(["*", "http://a.example/b", "a.example:80", "/a%20b?c#d"])(
    "the target %s, for the caller to judge",
    (target) => {
      expect(parse("request", `OPTIONS ${target} HTTP/1.0\r\n\r\n`)?.head).toEqual({
        method: "OPTIONS",
        target,
        httpVersion: "1.0",
        headers: [],
      });
    },
  );

  it.each(["HTTP/1.1 200 \r\n\r\n", "HTTP/1.1 200 All \xe9 is well\r\n\r\n"])("the status line %j", (text) => {
    expect(parse("response", text)?.head).toEqual({ status: 200, httpVersion: "1.1", headers: [] });
  });
});

describe("what a head may not hold", () => {
  it.each<[HandshakeErrorCode, string]>([
    ["REQUEST_LINE", "\r\nGET / HTTP/1.1\r\n"],
    ["REQUEST_LINE", "GET /\r\n"],
    ["REQUEST_LINE", "GET  / HTTP/1.1\r\n"],
    ["REQUEST_LINE", "GET /  HTTP/1.1\r\n"],
    ["REQUEST_LINE", "GET\t/ HTTP/1.1\r\n"],
    ["REQUEST_LINE", " GET / HTTP/1.1\r\n"],
    ["REQUEST_LINE", "GET / HTTP/1.1 \r\n"],
    ["REQUEST_LINE", "GET / x HTTP/1.1\r\n"],
    ["REQUEST_LINE", "GET / http/1.1\r\n"],
    ["REQUEST_LINE", "GET / HTTP/1\r\n"],
    ["REQUEST_LINE", "GET / HTTP/1.10\r\n"],
    ["REQUEST_LINE", "GET / HTTP/\xb9.1\r\n"],
    ["REQUEST_LINE", "G(T / HTTP/1.1\r\n"],
    ["REQUEST_LINE", "GET /\xe9 HTTP/1.1\r\n"],
    ["REQUEST_LINE", "GET /\0 HTTP/1.1\r\n"],
    ["REQUEST_LINE", "GET /\r HTTP/1.1\r\n"],
    ["REQUEST_LINE", "GET / HTTP/1.1\r\r\n"],
    ["REQUEST_LINE", RESPONSE],
    ["REQUEST_LINE", "\x16\x03\x01\x02\0\x01\r\n"],
    ["HTTP_VERSION", "GET / HTTP/2.0\r\n"],
    ["HTTP_VERSION", "GET / HTTP/0.9\r\n"],
    // What a client of HTTP/2 begins with (RFC 9113 §3.4).
    ["HTTP_VERSION", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["LINE_END", "GET / HTTP/1.1\n"],
    ["LINE_END", "\n"],
    ["LINE_END", "GET / HTTP/1.1\r\nHost: a\n\r\n"],
    ["LINE_END", "GET / HTTP/1.1\r\nHost: a\r\n\n"],
    ["FOLDED_LINE", withLine(" b")],
    ["FOLDED_LINE", withLine("\tb: c")],
    ["FOLDED_LINE", withLine("a: b\r\n c")],
    ["FOLDED_LINE", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"],
    ["HEADER_NAME", withLine("a")],
    ["HEADER_NAME", withLine(": b")],
    ["HEADER_NAME", withLine("a : b")],
    ["HEADER_NAME", withLine("a\t: b")],
    ["HEADER_NAME", withLine("a b: c")],
    ["HEADER_NAME", withLine("a\0: b")],
    ["HEADER_NAME", withLine("a\r: b")],
    ["HEADER_NAME", withLine("a\rb: c")],
    ["HEADER_NAME", withLine("\xe9: b")],
    ["HEADER_NAME", withLine("\r")],
    ["HEADER_VALUE", withLine("a: b\rX-Evil: c")],
    ["HEADER_VALUE", withLine("a: b\r")],
    ["HEADER_VALUE", withLine("a: \0")],
    ["HEADER_VALUE", withLine("a: \x7f")],
  ])("%s: %j", (expected, text) => {
    const error = errorOf("request", text);
    expect(error.code).toBe(expected);
    expect(error.status).toBe(expected === "HTTP_VERSION" ? 505 : 400);
  });

  it.each<[HandshakeErrorCode, string]>([
    ["STATUS_LINE", "\r\nHTTP/1.1 101 x\r\n"],
    ["STATUS_LINE", "HTTP/1.1 101\r\n"],
    ["STATUS_LINE", "HTTP/1.1  101 x\r\n"],
    ["STATUS_LINE", "HTTP/1.1 10 x\r\n"],
    ["STATUS_LINE", "HTTP/1.1 1010 x\r\n"],
    ["STATUS_LINE", "HTTP/1.1 +10 x\r\n"],
    ["STATUS_LINE", "HTTP/1.1 101 x\0\r\n"],
    ["STATUS_LINE", "HTTP/1.1 101 x\r\r\n"],
    ["STATUS_LINE", "http/1.1 101 x\r\n"],
    ["STATUS_LINE", "ICY 200 OK\r\n"],
    ["STATUS_LINE", REQUEST],
    ["HTTP_VERSION", "HTTP/2.0 200 x\r\n"],
    ["LINE_END", "HTTP/1.1 101 x\n"],
    ["FOLDED_LINE", "HTTP/1.1 101 x\r\na: b\r\n c\r\n\r\n"],
    ["HEADER_NAME", "HTTP/1.1 101 x\r\na : b\r\n\r\n"],
  ])("in a response, %s: %j", (expected, text) => {
    expect(code("response", text)).toBe(expected);
  });

  it("repeats nothing of what came, and can be answered", () => {
    for (const text of ["zq7 / x\r\n", withLine("zq7 x: b"), withLine("a: zq7\0"), "GET /zq7 HTTP/3.0\r\n"]) {
      const error = errorOf("request", text);
      const answer = textOf(rejection(error));
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${error.status} \\w`));
      expect(answer).toContain(error.message);
      expect(answer).not.toContain("zq7");
    }
  });
});

describe("limits", () => {
  it("maxHeadLength counts every byte of the head and none behind it", () => {
    expect(parse("request", `${REQUEST}frames`, [], { maxHeadLength: REQUEST.length })?.head).toEqual(REQUEST_HEAD);
    expect(errorOf("request", REQUEST, { maxHeadLength: REQUEST.length - 1 })).toMatchObject({
      code: "HEAD_TOO_LONG",
      status: 431,
    });
  });

  it("a target past it is 414", () => {
    expect(errorOf("request", `GET /${"a".repeat(20_000)}`)).toMatchObject({ code: "TARGET_TOO_LONG", status: 414 });
    expect(code("response", `HTTP/1.1 200 ${"a".repeat(20_000)}`)).toBe("HEAD_TOO_LONG");
  });

  it("the default is 16 KiB", () => {
    const head = (length: number): string => withLine(`a: ${"b".repeat(length - withLine("a: ").length)}`);
    expect(parse("request", head(16_384))?.head.method).toBe("GET");
    expect(code("request", head(16_385))).toBe("HEAD_TOO_LONG");
  });

  // A request with many headers has brought servers down (CVE-2024-37890).
  it("maxHeaders counts lines; the default is 100", () => {
    const head = (count: number): string => `GET / HTTP/1.1\r\n${"a: b\r\n".repeat(count)}\r\n`;
    expect(parse("request", head(100))?.head.headers.length).toBe(100);
    expect(errorOf("request", head(101))).toMatchObject({ code: "TOO_MANY_HEADERS", status: 431 });
    expect(parse("request", head(0), [], { maxHeaders: 0 })?.head.headers).toEqual([]);
    expect(code("request", head(1), { maxHeaders: 0 })).toBe("TOO_MANY_HEADERS");
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "16384"])("%j is none", (limit) => {
    expect(() => new HeadParser("request", { maxHeadLength: limit as number })).toThrow(/maxHeadLength/);
    if (limit !== 0) expect(() => new HeadParser("request", { maxHeaders: limit as number })).toThrow(/maxHeaders/);
  });

  it("what never ends is refused once the limit is reached, whatever it is", () => {
    for (const endless of ["a", "\r", " ", "\0", "GET ", "\r\r", "\xff"]) {
      const parser = new HeadParser("request");
      const chunk = bytesOf(endless.repeat(100));
      expect(() => {
        for (let count = 0; count < 1000; count++) parser.push(chunk);
      }).toThrow(HandshakeError);
    }
  });
});

it.each([undefined, "GET", [71, 69, 84], new ArrayBuffer(8)])("a chunk that is no Uint8Array is refused", (chunk) => {
  expect(() => new HeadParser("request").push(chunk as unknown as Uint8Array)).toThrow(/chunk must be/);
});

it("a kind that is none is refused", () => {
  expect(() => new HeadParser("server" as "request")).toThrow(/kind must be/);
});

describe("takes time in proportion to the length", () => {
  const limits = { maxHeadLength: 2 ** 30, maxHeaders: 2 ** 30 };
  const pushed = (text: string, size: number): void => {
    const parser = new HeadParser("request", limits);
    const bytes = Buffer.from(text, "latin1");
    try {
      for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size));
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error;
    }
  };
  it.each<[string, (count: number) => string]>([
    ["headers", (count) => `GET / HTTP/1.1\r\n${"a: b\r\n".repeat(count / 4)}`],
    ["one value", (count) => `GET / HTTP/1.1\r\na: ${"b".repeat(count)}\r\n\r\n`],
    ["white space before a value", (count) => `GET / HTTP/1.1\r\na: ${" ".repeat(count)}\r\n\r\n`],
    ["white space in a value", (count) => `GET / HTTP/1.1\r\na: b${" ".repeat(count)}c\r\n\r\n`],
    ["a name without a colon", (count) => `GET / HTTP/1.1\r\n${"a".repeat(count)}\r\n\r\n`],
    ["colons", (count) => `GET / HTTP/1.1\r\na${":".repeat(count)}\r\n\r\n`],
    ["a method", (count) => `${"G".repeat(count)}\r\n`],
    ["spaces in the request line", (count) => `GET${" ".repeat(count)}/ HTTP/1.1\r\n`],
    ["a target", (count) => `GET /${" HTTP/1.1".repeat(count / 8)}x\r\n`],
    ["carriage returns", (count) => "\r".repeat(count)],
  ])("%s", (_, text) => {
    expect(
      timeRatio((count) => pushed(text(count), count)),
      "whole",
    ).toBeLessThan(3);
    expect(
      timeRatio((count) => pushed(text(count), 1), 20_000),
      "byte by byte",
    ).toBeLessThan(3);
  });
});
