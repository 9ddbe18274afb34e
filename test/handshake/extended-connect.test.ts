import { describe, expect, it } from "vitest";
import type { NotOpened } from "../../src/handshake/client-response.ts";
import {
  checkExtendedConnect,
  checkExtendedConnectResponse,
  type ExtendedConnect,
  extendedConnectRejection,
  extendedConnectRequest,
  extendedConnectResponse,
} from "../../src/handshake/extended-connect.ts";
import type { Refusal } from "../../src/handshake/refusal.ts";
import { INJECTIONS } from "./injections.ts";

/** The request of RFC 8441 §5.1. */
const GOOD: Readonly<Record<string, string>> = {
  ":method": "CONNECT",
  ":protocol": "websocket",
  ":scheme": "https",
  ":path": "/chat",
  ":authority": "server.example.com",
  "sec-websocket-protocol": "chat, superchat",
  "sec-websocket-extensions": "permessage-deflate",
  "sec-websocket-version": "13",
  origin: "http://www.example.com",
};

const check = (changes: Record<string, string | string[] | undefined> = {}): ExtendedConnect | Refusal =>
  checkExtendedConnect({ ...GOOD, ...changes });

function accepted(result: ExtendedConnect | Refusal): ExtendedConnect {
  if (!result.ok) throw new Error(result.reason);
  return result;
}

describe("checkExtendedConnect", () => {
  it("reads the request of RFC 8441 §5.1", () => {
    expect(check()).toEqual({
      ok: true,
      version: 13,
      secure: true,
      host: "server.example.com",
      path: "/chat",
      protocols: ["chat", "superchat"],
      extensions: [{ token: "permessage-deflate", parameters: [] }],
      origin: "http://www.example.com",
    });
  });

  it.each<[string, Record<string, string | string[] | undefined>, Partial<ExtendedConnect>]>([
    ["http", { ":scheme": "http" }, { secure: false }],
    [
      "no offer",
      { "sec-websocket-protocol": undefined, "sec-websocket-extensions": undefined },
      { protocols: [], extensions: [] },
    ],
    ["no origin", { origin: undefined }, { origin: undefined }],
    ["another case of the protocol (RFC 9110 §7.8)", { ":protocol": "WebSocket" }, {}],
    ["the same Host", { host: "server.example.com" }, {}],
    ["a query", { ":path": "/?a=b" }, { path: "/?a=b" }],
    // A key has no meaning here (RFC 8441 §5), and does no harm.
    ["a key", { "sec-websocket-key": "x" }, {}],
  ])("may have %s", (_, changes, result) => {
    expect(check(changes)).toMatchObject({ ok: true, ...result });
  });

  it("reads pairs, too", () => {
    expect(checkExtendedConnect(Object.entries(GOOD)).ok).toBe(true);
  });

  it.each<[number, string, Record<string, string | string[] | undefined>]>([
    [405, "another method", { ":method": "GET" }],
    [405, "the method in lower case", { ":method": "connect" }],
    [405, "no method", { ":method": undefined }],
    [405, "two methods", { ":method": ["CONNECT", "CONNECT"] }],
    [501, "no protocol", { ":protocol": undefined }],
    [501, "another protocol", { ":protocol": "connect-udp" }],
    [501, "two protocols", { ":protocol": ["websocket", "websocket"] }],
    [501, "a protocol with the Kelvin sign", { ":protocol": "webSoc\u212aet" }],
    [400, "no scheme", { ":scheme": undefined }],
    [400, "the scheme of the URI", { ":scheme": "wss" }],
    [400, "no path", { ":path": undefined }],
    [400, "an empty path", { ":path": "" }],
    [400, "a path that is none", { ":path": "*" }],
    [400, "a path with a space", { ":path": "/a b" }],
    [400, "a path with a line break", { ":path": "/a\r\nb" }],
    [400, "no authority", { ":authority": undefined, host: "server.example.com" }],
    [400, "user information", { ":authority": "user@server.example.com" }],
    [400, "another Host", { host: "other.example.com" }],
    [400, "a Connection", { connection: "upgrade" }],
    [400, "an Upgrade", { upgrade: "websocket" }],
    [400, "chunks", { "transfer-encoding": "chunked" }],
    [400, "a body", { "content-length": "8" }],
    [400, "a body of nothing, which would end the stream", { "content-length": "0" }],
    [400, "the version twice", { "sec-websocket-version": ["13", "13"] }],
    [400, "an empty list of subprotocols", { "sec-websocket-protocol": "" }],
    [400, "a subprotocol twice", { "sec-websocket-protocol": "a, a" }],
    [400, "no list of extensions", { "sec-websocket-extensions": "a b" }],
  ])("answers %d to %s", (status, _, changes) => {
    expect(check(changes)).toMatchObject({ ok: false, status });
  });

  it.each([undefined, "8", "12", "13, 8"])(
    "answers the version %j with the one there is, without an Upgrade",
    (version) => {
      const refusal = check({ "sec-websocket-version": version });
      expect(refusal).toMatchObject({ ok: false, status: 400, headers: { "Sec-WebSocket-Version": "13" } });
      expect(extendedConnectRejection(refusal as Refusal)).toEqual({
        ":status": "400",
        "sec-websocket-version": "13",
        "content-type": "text/plain; charset=utf-8",
      });
    },
  );
});

describe("extendedConnectResponse", () => {
  it("is the answer of RFC 8441 §5.1", () => {
    expect(extendedConnectResponse(accepted(check()), { protocol: "chat" })).toEqual({
      ":status": "200",
      "sec-websocket-protocol": "chat",
    });
  });

  it("says extensions and the caller's headers, in lower case", () => {
    const headers = { "Set-Cookie": ["a", "b"], "X-Node": "c" };
    const extensions = [{ token: "permessage-deflate", parameters: [] }];
    expect(extendedConnectResponse(accepted(check()), { extensions, headers })).toEqual({
      ":status": "200",
      "sec-websocket-extensions": "permessage-deflate",
      "set-cookie": ["a", "b"],
      "x-node": "c",
    });
  });

  it("refuses what was not offered, headers that are not the caller's, and a refusal", () => {
    const connect = accepted(check());
    expect(() => extendedConnectResponse(connect, { protocol: "soap" })).toThrow(/protocol must be one/);
    expect(() => extendedConnectResponse(connect, { extensions: [{ token: "x", parameters: [] }] })).toThrow(
      /extensions/,
    );
    for (const name of ["connection", "Upgrade", "Sec-WebSocket-Accept", "transfer-encoding"]) {
      expect(() => extendedConnectResponse(connect, { headers: { [name]: "x" } })).toThrow(/set by the handshake/);
    }
    expect(() => extendedConnectResponse(connect, { headers: { ":status": "500" } })).toThrow(/not a token/);
    expect(() => extendedConnectResponse(check({ ":method": "GET" }) as never)).toThrow(/connect must be/);
  });
});

describe("extendedConnectRejection", () => {
  it("says a refusal of the caller's own", () => {
    expect(extendedConnectRejection({ status: 403, headers: { "X-Why": "origin" } })).toEqual({
      ":status": "403",
      "x-why": "origin",
      "content-type": "text/plain; charset=utf-8",
    });
  });

  it.each([200, 101, 600, 404.5])("refuses the status %d", (status) => {
    expect(() => extendedConnectRejection({ status })).toThrow(RangeError);
  });
});

describe("extendedConnectRequest", () => {
  it("is the request of RFC 8441 §5.1", () => {
    const request = extendedConnectRequest({
      uri: "wss://server.example.com/chat",
      protocols: ["chat", "superchat"],
      extensions: [{ token: "permessage-deflate", parameters: [] }],
      origin: "http://www.example.com",
    });
    expect(request.headers).toEqual(GOOD);
    // RFC 9113 §8.3: "All pseudo-header fields MUST appear ... before all regular field lines."
    expect(Object.keys(request.headers).map((name) => name.startsWith(":"))).toEqual([
      ...Array(5).fill(true),
      ...Array(4).fill(false),
    ]);
    expect(checkExtendedConnect(request.headers)).toEqual(check());
  });

  it("of a ws: URI with a port, credentials and headers", () => {
    const { headers } = extendedConnectRequest({ uri: "ws://u:p@[::1]:81/?a", headers: { Cookie: "b" } });
    expect(headers).toEqual({
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": "http",
      ":authority": "[::1]:81",
      ":path": "/?a",
      "sec-websocket-version": "13",
      cookie: "b",
      authorization: "Basic dTpw",
    });
  });

  it.each(INJECTIONS)("takes no %j", (evil) => {
    const uri = "wss://a.example/";
    expect(() => extendedConnectRequest({ uri, protocols: [evil] })).toThrow(TypeError);
    expect(() => extendedConnectRequest({ uri, origin: evil })).toThrow(TypeError);
    expect(() => extendedConnectRequest({ uri, headers: { x: evil } })).toThrow(TypeError);
    expect(() => extendedConnectRequest({ uri, headers: { [evil]: "x" } })).toThrow(TypeError);
    expect(() => extendedConnectRequest({ uri, headers: { ":path": "/" } })).toThrow(TypeError);
  });
});

describe("checkExtendedConnectResponse", () => {
  const request = { protocols: ["chat"], extensions: [{ token: "x-one", parameters: [] }] };

  it.each([200, "200", 204, 299])("the status %j opens", (status) => {
    expect(checkExtendedConnectResponse({ ":status": status }, request)).toEqual({
      ok: true,
      protocol: undefined,
      extensions: [],
    });
  });

  it("with what was agreed on", () => {
    const headers = { ":status": 200, "sec-websocket-protocol": "chat", "sec-websocket-extensions": "x-one; a=1" };
    expect(checkExtendedConnectResponse(headers, request)).toEqual({
      ok: true,
      protocol: "chat",
      extensions: [{ token: "x-one", parameters: [["a", "1"]] }],
    });
  });

  it.each([101, 199, 300, 401, 501, 2000, "2", ""])("the status %j does not", (status) => {
    expect(checkExtendedConnectResponse({ ":status": status, location: "/b" }, request)).toEqual({
      ok: false,
      status: Number(status),
      headers: [["location", "/b"]],
      reason: "The server did not open a WebSocket.",
    });
  });

  it.each<[string, Record<string, string | string[]>]>([
    ["another subprotocol", { "sec-websocket-protocol": "soap" }],
    ["two subprotocols", { "sec-websocket-protocol": ["chat", "chat"] }],
    ["another extension", { "sec-websocket-extensions": "x-two" }],
    ["no list of extensions", { "sec-websocket-extensions": "x-one;" }],
  ])("%s fails", (_, headers) => {
    const result = checkExtendedConnectResponse({ ":status": "200", ...headers }, request);
    expect(result).toMatchObject({ ok: false, status: 200 });
    expect((result as NotOpened).reason).toMatch(/Sec-WebSocket|The server/);
  });
});
