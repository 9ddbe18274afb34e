import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Refusal } from "../../src/handshake/refusal.ts";
import { checkUpgrade, type Upgrade } from "../../src/handshake/request.ts";
import { rejection, upgradeResponse } from "../../src/handshake/response.ts";
import { INJECTIONS } from "./injections.ts";

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const upgrade: Upgrade = {
  ok: true,
  key: "dGhlIHNhbXBsZSBub25jZQ==",
  version: 13,
  protocols: ["chat", "superchat"],
  extensions: [
    { token: "x-one", parameters: [["a", undefined]] },
    { token: "x-two", parameters: [] },
  ],
  host: "server.example.com",
  origin: undefined,
};

describe("upgradeResponse", () => {
  it("is the answer of §1.3, byte for byte", () => {
    expect(text(upgradeResponse(upgrade, { sha1, protocol: "chat" }))).toBe(
      "HTTP/1.1 101 Switching Protocols\r\n" +
        "Upgrade: websocket\r\n" +
        "Connection: Upgrade\r\n" +
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
        "Sec-WebSocket-Protocol: chat\r\n" +
        "\r\n",
    );
  });

  it("names no subprotocol unless one was chosen", () => {
    expect(text(upgradeResponse(upgrade, { sha1 }))).not.toContain("Sec-WebSocket-Protocol");
  });

  it("carries the caller's headers, each line of several", () => {
    const headers = { "Set-Cookie": ["a=1; Path=/", "b=2"], "X-Node": "one two" };
    const answer = text(upgradeResponse(upgrade, { sha1, headers }));
    expect(answer).toMatch(/\r\nSet-Cookie: a=1; Path=\/\r\nSet-Cookie: b=2\r\nX-Node: one two\r\n\r\n$/);
  });

  it.each(["soap", "Chat", "", "chat, superchat", "chat\r\nX-Evil: 1"])(
    "refuses the subprotocol %j, which was not offered",
    (protocol) => {
      expect(() => upgradeResponse(upgrade, { sha1, protocol })).toThrow(/protocol must be one/);
    },
  );

  it("names the extensions that were chosen, with parameters of the server's own", () => {
    const extensions = [
      { token: "x-two", parameters: [] },
      { token: "x-one", parameters: [["b", "12"]] },
    ] as const;
    const answer = text(upgradeResponse(upgrade, { sha1, extensions }));
    expect(answer).toContain("\r\nSec-WebSocket-Extensions: x-two, x-one; b=12\r\n");
    expect(text(upgradeResponse(upgrade, { sha1, extensions: [] }))).not.toContain("Extensions");
  });

  it.each(["x-three", "X-One", "", "x-one\r\nX-Evil: 1"])(
    "refuses the extension %j, which was not offered",
    (token) => {
      const extensions = [
        { token: "x-one", parameters: [] },
        { token, parameters: [] },
      ];
      expect(() => upgradeResponse(upgrade, { sha1, extensions })).toThrow(/extensions must be ones/);
    },
  );

  it.each([...INJECTIONS, ""])("refuses %j in a parameter of an extension", (evil) => {
    for (const parameter of [
      [evil, undefined],
      [evil, "1"],
      ["a", evil],
    ] as const) {
      const extensions = [{ token: "x-one", parameters: [parameter] }];
      expect(() => upgradeResponse(upgrade, { sha1, extensions })).toThrow(/made of tokens/);
    }
  });

  it.each(INJECTIONS)("refuses the header value %j", (value) => {
    expect(() => upgradeResponse(upgrade, { sha1, headers: { "X-Name": value } })).toThrow(TypeError);
    expect(() => upgradeResponse(upgrade, { sha1, headers: [["X-Name", value]] })).toThrow(/forbidden characters/);
  });

  it.each([...INJECTIONS, "", "a b", "a:", "X-Evil: 1\r\nX"])("refuses the header name %j", (name) => {
    expect(() => upgradeResponse(upgrade, { sha1, headers: [[name, "x"]] })).toThrow(/not a token/);
  });

  it.each([
    "Upgrade",
    "connection",
    "SEC-WEBSOCKET-ACCEPT",
    "Sec-WebSocket-Protocol",
    "sec-websocket-extensions",
    "Content-Length",
    "Transfer-Encoding",
  ])("refuses the header %s, which is not the caller's", (name) => {
    expect(() => upgradeResponse(upgrade, { sha1, headers: { [name]: "x" } })).toThrow(/set by the handshake/);
  });

  it("refuses a key that did not come from checkUpgrade", () => {
    const forged = { ...upgrade, key: "x\r\nX-Evil: 1" };
    expect(() => upgradeResponse(forged, { sha1 })).toThrow(/key must be/);
  });
});

describe("rejection", () => {
  it("says what is wrong, and that the connection ends", () => {
    const bytes = rejection({ status: 403, reason: "This origin – “evil” – may not connect." });
    const [head, body] = text(bytes).split("\r\n\r\n");
    expect(head.split("\r\n")).toEqual([
      "HTTP/1.1 403 Forbidden",
      "Connection: close",
      "Content-Type: text/plain; charset=utf-8",
      `Content-Length: ${Buffer.byteLength(body)}`,
    ]);
    expect(body).toBe("This origin – “evil” – may not connect.\n");
  });

  it.each<[string, Parameters<typeof checkUpgrade>[0], string, string[]]>([
    ["another method", { method: "POST", headers: {} }, "405 Method Not Allowed", ["Allow: GET", "Connection: close"]],
    ["no Host", { method: "GET", headers: {} }, "400 Bad Request", ["Connection: close"]],
    [
      "no upgrade",
      { method: "GET", headers: { Host: "a" } },
      "426 Upgrade Required",
      ["Upgrade: websocket", "Connection: Upgrade, close"],
    ],
    [
      "another version",
      {
        method: "GET",
        headers: { Host: "a", Upgrade: "websocket", Connection: "upgrade", "Sec-WebSocket-Version": "8" },
      },
      "426 Upgrade Required",
      ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Connection: Upgrade, close"],
    ],
  ])("answers %s as checkUpgrade judged it", (_, request, status, lines) => {
    const refusal = checkUpgrade(request) as Refusal;
    const [head, body] = text(rejection(refusal)).split("\r\n\r\n");
    const [first, ...rest] = head.split("\r\n");
    expect(first).toBe(`HTTP/1.1 ${status}`);
    expect(rest).toEqual(expect.arrayContaining(lines));
    expect(body).toBe(`${refusal.reason}\n`);
  });

  it.each([101, 200, 299, 600, 404.5, Number.NaN])("refuses the status %d", (status) => {
    expect(() => rejection({ status, reason: "x" })).toThrow(RangeError);
  });

  it("sends a status it has no phrase for", () => {
    expect(text(rejection({ status: 499, reason: "x" }))).toMatch(/^HTTP\/1\.1 499 \r\n/);
  });

  it.each(INJECTIONS)("refuses the header value %j", (value) => {
    expect(() => rejection({ status: 400, headers: { Allow: value }, reason: "x" })).toThrow(TypeError);
  });

  it("keeps a reason with line breaks in the body", () => {
    const answer = text(rejection({ status: 400, reason: "x\r\n\r\nHTTP/1.1 200 OK" }));
    expect(answer).toMatch(/\r\nContent-Length: 21\r\n\r\nx\r\n\r\nHTTP\/1\.1 200 OK\n$/);
  });

  it.each(["Connection", "content-length", "Content-Type", "Transfer-Encoding"])("refuses the header %s", (name) => {
    expect(() => rejection({ status: 400, headers: { [name]: "x" }, reason: "x" })).toThrow(/set by the handshake/);
  });
});

it("headers that can be read only once are", () => {
  const headers = new Map([["Upgrade", "websocket"]]).entries();
  const text = new TextDecoder().decode(rejection({ status: 426, headers, reason: "no" }));
  expect(text).toContain("\r\nUpgrade: websocket\r\n");
  expect(text).toContain("\r\nConnection: Upgrade, close\r\n");
});
