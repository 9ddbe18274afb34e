import { describe, expect, it } from "vitest";
import { upgradeRequest } from "../../src/handshake/client-request.ts";
import { HeadParser, type RequestHead } from "../../src/handshake/head-parser.ts";
import { isKey } from "../../src/handshake/key.ts";
import { checkUpgrade } from "../../src/handshake/request.ts";
import type { Version } from "../../src/handshake/version.ts";
import { INJECTIONS } from "./injections.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function headOf(bytes: Uint8Array): RequestHead {
  const parsed = new HeadParser("request").push(bytes);
  if (parsed?.rest.length !== 0) throw new Error("not one whole head");
  return parsed.head;
}

const uri = "ws://server.example.com/chat";

describe("upgradeRequest", () => {
  it("is the request of §1.2, byte for byte, but for the order of its lines", () => {
    const { bytes, key } = upgradeRequest({ uri, protocols: ["chat", "superchat"], origin: "http://example.com" });
    expect(text(bytes)).toBe(
      "GET /chat HTTP/1.1\r\n" +
        "Host: server.example.com\r\n" +
        "Upgrade: websocket\r\n" +
        "Connection: Upgrade\r\n" +
        `Sec-WebSocket-Key: ${key}\r\n` +
        "Sec-WebSocket-Version: 13\r\n" +
        "Origin: http://example.com\r\n" +
        "Sec-WebSocket-Protocol: chat, superchat\r\n" +
        "\r\n",
    );
  });

  it("says nothing that was not asked for", () => {
    const { bytes, protocols, extensions } = upgradeRequest({ uri });
    expect(headOf(bytes).headers.map(([name]) => name)).toEqual([
      "Host",
      "Upgrade",
      "Connection",
      "Sec-WebSocket-Key",
      "Sec-WebSocket-Version",
    ]);
    expect([protocols, extensions]).toEqual([[], []]);
    expect(text(upgradeRequest({ uri, protocols: [], extensions: [] }).bytes)).not.toMatch(/Protocol|Extensions/);
  });

  // §4.1: "The nonce MUST be selected randomly for each connection."
  it("has a key of its own each time, of 16 bytes that vary", () => {
    const keys = Array.from({ length: 200 }, () => upgradeRequest({ uri }).key);
    expect(new Set(keys).size).toBe(200);
    expect(keys.every(isKey)).toBe(true);
    for (let at = 0; at < 16; at++) {
      expect(new Set(keys.map((key) => Buffer.from(key, "base64")[at])).size, `byte ${at}`).toBeGreaterThan(50);
    }
  });

  it.each([
    ["ws://a.example", "/", "a.example"],
    ["ws://a.example:80?b=c", "/?b=c", "a.example"],
    ["wss://a.example:443/%20", "/%20", "a.example"],
    ["wss://a.example:80/", "/", "a.example:80"],
    ["ws://[::1]:8080/x", "/x", "[::1]:8080"],
    ["ws://user:pass@a.example/x", "/x", "a.example"],
  ])("to %s asks for %s of %s", (address, target, host) => {
    const head = headOf(upgradeRequest({ uri: address }).bytes);
    expect(head).toMatchObject({ method: "GET", target, httpVersion: "1.1" });
    expect(head.headers[0]).toEqual(["Host", host]);
  });

  it("hands over where to connect to", () => {
    expect(upgradeRequest({ uri: "wss://a.example/" }).uri).toMatchObject({
      secure: true,
      hostname: "a.example",
      port: 443,
    });
  });

  it("offers extensions", () => {
    const extensions = [
      { token: "x-one", parameters: [["a", "1"]] },
      { token: "x-two", parameters: [] },
    ] as const;
    const request = upgradeRequest({ uri, extensions });
    expect(text(request.bytes)).toContain("\r\nSec-WebSocket-Extensions: x-one; a=1, x-two\r\n");
    expect(request.extensions).toEqual(extensions);
  });

  it("sends the credentials of the URI, unless the caller has others", () => {
    const basic = `Basic ${Buffer.from("user:pass").toString("base64")}`;
    const authorization = (headers: Record<string, string>): string[] =>
      headOf(upgradeRequest({ uri: "ws://user:pass@a.example/", headers }).bytes)
        .headers.filter(([name]) => name.toLowerCase() === "authorization")
        .map(([, value]) => value);
    expect(authorization({})).toEqual([basic]);
    expect(authorization({ AUTHORIZATION: "Bearer t" })).toEqual(["Bearer t"]);
  });

  it("carries the caller's headers, which may be such as can be read once", () => {
    const headers = new Map([["Cookie", "a=1; b=2"]]).entries();
    expect(text(upgradeRequest({ uri, headers }).bytes)).toMatch(/\r\nCookie: a=1; b=2\r\n\r\n$/);
  });

  it.each<[Version, string]>([
    [13, "Origin"],
    [8, "Sec-WebSocket-Origin"],
    [7, "Sec-WebSocket-Origin"],
  ])("of version %d gives the origin as %s, and checkUpgrade reads it", (version, name) => {
    const { bytes, key } = upgradeRequest({ uri, version, origin: "http://a.example", protocols: ["p"] });
    const head = headOf(bytes);
    expect(head.headers).toContainEqual([name, "http://a.example"]);
    expect(checkUpgrade(head, { versions: [13, 8, 7] })).toEqual({
      ok: true,
      key,
      version,
      protocols: ["p"],
      extensions: [],
      host: "server.example.com",
      origin: "http://a.example",
    });
  });

  it.each([14, 0, 6, "13"])("refuses the version %j", (version) => {
    expect(() => upgradeRequest({ uri, version: version as Version })).toThrow(
      version === null ? undefined : RangeError,
    );
  });
});

describe("nothing can be injected", () => {
  it.each(INJECTIONS)("by %j", (evil) => {
    const attempts: Parameters<typeof upgradeRequest>[0][] = [
      { uri, origin: evil },
      { uri, protocols: [evil] },
      { uri, protocols: ["good", evil] },
      { uri, extensions: [{ token: evil, parameters: [] }] },
      { uri, extensions: [{ token: "a", parameters: [[evil, undefined]] }] },
      { uri, extensions: [{ token: "a", parameters: [["b", evil]] }] },
      { uri, headers: { "X-Name": evil } },
      { uri, headers: { "X-Name": ["good", evil] } },
      { uri, headers: [[evil, "x"]] },
      { uri: `ws://${evil}/` },
      { uri: `ws://user:${evil}@host/` },
      { uri: `ws://host:${evil}/` },
    ];
    for (const attempt of attempts) {
      // A letter beyond ASCII is encoded in a URI; nothing else passes.
      try {
        const head = headOf(upgradeRequest(attempt).bytes);
        expect(attempt.uri).toMatch(/^ws:\/\/[^/]*[\u00ff\u010a]/);
        expect(head.headers.map(([name]) => name)).not.toContain("X-Evil");
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
      }
    }
    for (const place of ["/", "/?"]) {
      const address = `ws://host${place}${evil}`;
      if (/[\r\n\0\u0085 ]/.test(evil)) expect(() => upgradeRequest({ uri: address })).toThrow(TypeError);
      else expect(headOf(upgradeRequest({ uri: address }).bytes).target).toMatch(/^\/\??%C3%BF$/);
    }
  });

  it("by an object that says something else each time", () => {
    let asked = 0;
    const evil = { toString: () => (asked++ === 0 ? "chat" : "chat\r\nX-Evil: 1") } as unknown as string;
    expect(() => upgradeRequest({ uri, protocols: [evil] })).toThrow(TypeError);
    expect(() => upgradeRequest({ uri, origin: evil })).toThrow(TypeError);
    expect(() => upgradeRequest({ uri: evil })).toThrow(TypeError);
    expect(() => upgradeRequest({ uri, headers: [[evil, "x"]] })).toThrow(TypeError);
    expect(() => upgradeRequest({ uri, headers: [["x", evil]] })).toThrow(TypeError);
    expect(() => upgradeRequest({ uri, headers: { x: [evil] } })).toThrow(TypeError);
    expect(() => upgradeRequest({ uri, extensions: [{ token: evil, parameters: [] }] })).toThrow(TypeError);
  });

  it.each([
    "host",
    "Upgrade",
    "connection",
    "origin",
    "SEC-WEBSOCKET-ORIGIN",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
    "Content-Length",
    "Transfer-Encoding",
  ])("by the header %s, which is not the caller's", (name) => {
    expect(() => upgradeRequest({ uri, headers: { [name]: "x" } })).toThrow(/set by the handshake/);
  });

  it("by an origin that is no string", () => {
    const error = new TypeError("origin must be a string, not 5");
    expect(() => upgradeRequest({ uri, origin: 5 as never })).toThrow(error);
  });

  it.each([
    [["a", "b", "a"], ': "a" is named twice'],
    [[""], ': "" is not a token'],
    [["a b"], ': "a b" is not a token'],
    [["a,b"], ': "a,b" is not a token'],
    [[5], ": 5 is not a token"],
    ["chat", ", not a string"],
  ])("by the subprotocols %j", (protocols, words) => {
    const error = new TypeError(`protocols must be a list of tokens, each named once${words}`);
    expect(() => upgradeRequest({ uri, protocols: protocols as string[] })).toThrow(error);
  });
});
