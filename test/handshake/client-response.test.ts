import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type ClientUpgrade, upgradeRequest } from "../../src/handshake/client-request.ts";
import { checkUpgradeResponse, type NotOpened, type Opened } from "../../src/handshake/client-response.ts";
import { HeadParser } from "../../src/handshake/head-parser.ts";
import { checkUpgrade } from "../../src/handshake/request.ts";
import { upgradeResponse } from "../../src/handshake/response.ts";
import { timeRatio } from "./linear.ts";

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

/** The request of §1.2, with two extensions on offer. */
const request: Pick<ClientUpgrade, "key" | "protocols" | "extensions"> = {
  key: "dGhlIHNhbXBsZSBub25jZQ==",
  protocols: ["chat", "superchat"],
  extensions: [
    { token: "x-one", parameters: [["a", "1"]] },
    { token: "x-one", parameters: [] },
    { token: "x-two", parameters: [] },
  ],
};
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const GOOD: [name: string, value: string][] = [
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Accept", ACCEPT],
];

/** The good response with the lines of `changes` in place of those of the same names. */
function check(changes: Record<string, string[]> = {}, status = 101, httpVersion = "1.1"): Opened | NotOpened {
  const kept = GOOD.filter(([name]) => !(name in changes));
  const added = Object.entries(changes).flatMap(([name, values]) => values.map((value) => [name, value] as const));
  return checkUpgradeResponse({ status, httpVersion, headers: [...kept, ...added] }, request, sha1);
}

describe("a good response", () => {
  it("opens the WebSocket, with what was agreed on", () => {
    expect(check()).toEqual({ ok: true, protocol: undefined, extensions: [] });
    expect(
      check({ "Sec-WebSocket-Protocol": ["superchat"], "Sec-WebSocket-Extensions": ["x-two", "x-one; b"] }),
    ).toEqual({
      ok: true,
      protocol: "superchat",
      extensions: [
        { token: "x-two", parameters: [] },
        { token: "x-one", parameters: [["b", undefined]] },
      ],
    });
  });

  it.each<[string, Record<string, string[]>]>([
    ["another case of the tokens", { Upgrade: ["WebSocket"], Connection: ["uPGRADE"] }],
    ["a list in Connection", { Connection: ["keep-alive, Upgrade"] }],
    ["Connection on two lines", { Connection: ["keep-alive", "Upgrade"] }],
    // §4.1: "but ignoring any leading and trailing whitespace".
    ["white space around the answer to the key", { "Sec-WebSocket-Accept": [` ${ACCEPT}\t`] }],
    ["headers of its own", { Server: ["x"], "Set-Cookie": ["a", "b"] }],
  ])("may have %s", (_, changes) => {
    expect(check(changes)).toMatchObject({ ok: true });
  });

  it("is what our server sends to what our client sends", () => {
    const sent = upgradeRequest({ uri: "ws://a.example/", protocols: ["p", "q"], extensions: request.extensions });
    const upgrade = checkUpgrade(new HeadParser("request").push(sent.bytes)?.head as never);
    if (!upgrade.ok) throw new Error(upgrade.reason);
    const bytes = upgradeResponse(upgrade, { sha1, protocol: "q", extensions: [upgrade.extensions[0]] });
    const answer = new HeadParser("response").push(bytes);
    if (answer === undefined) throw new Error("no head");
    expect(checkUpgradeResponse(answer.head, sent, sha1)).toEqual({
      ok: true,
      protocol: "q",
      extensions: [request.extensions[0]],
    });
  });
});

describe("§4.1's checks", () => {
  it.each([200, 100, 102, 301, 302, 401, 403, 407, 426, 500, 0])(
    "1. the status %d opens nothing, and is handed over",
    (status) => {
      const headers = { Location: ["ws://b.example/"], "WWW-Authenticate": ['Basic realm="a"', "Digest"] };
      expect(check(headers, status)).toEqual({
        ok: false,
        status,
        headers: [
          ...GOOD,
          ["Location", "ws://b.example/"],
          ["WWW-Authenticate", 'Basic realm="a"'],
          ["WWW-Authenticate", "Digest"],
        ],
        reason: "The server did not open a WebSocket.",
      });
    },
  );

  it.each<[string, Record<string, string[]>, RegExp]>([
    ["2. no Upgrade", { Upgrade: [] }, /Upgrade header/],
    ["2. an empty Upgrade", { Upgrade: [""] }, /Upgrade header/],
    ["2. another protocol", { Upgrade: ["h2c"] }, /Upgrade header/],
    ["2. a list of protocols", { Upgrade: ["websocket, h2c"] }, /Upgrade header/],
    ["2. the protocol twice", { Upgrade: ["websocket", "websocket"] }, /Upgrade header/],
    ["2. a version of the protocol", { Upgrade: ["websocket/13"] }, /Upgrade header/],
    ["2. an Upgrade with the Kelvin sign", { Upgrade: ["webSoc\u212aet"] }, /Upgrade header/],
    ["3. no Connection", { Connection: [] }, /Connection header/],
    ["3. a Connection of something else", { Connection: ["keep-alive"] }, /Connection header/],
    ["3. a Connection with a longer word", { Connection: ["Upgrades"] }, /Connection header/],
    ["3. a Connection with two words in one", { Connection: ["keep-alive Upgrade"] }, /Connection header/],
    ["4. no answer to the key", { "Sec-WebSocket-Accept": [] }, /Accept/],
    ["4. an empty answer to the key", { "Sec-WebSocket-Accept": [""] }, /Accept/],
    ["4. the answer to another key", { "Sec-WebSocket-Accept": ["HSmrc0sMlYUkAGmm5OPpG2HaGWk="] }, /Accept/],
    ["4. the key itself", { "Sec-WebSocket-Accept": [request.key] }, /Accept/],
    ["4. the answer in another case", { "Sec-WebSocket-Accept": [ACCEPT.toLowerCase()] }, /Accept/],
    ["4. the answer without padding", { "Sec-WebSocket-Accept": [ACCEPT.slice(0, -1)] }, /Accept/],
    ["4. the answer twice", { "Sec-WebSocket-Accept": [ACCEPT, ACCEPT] }, /Accept/],
    ["4. the answer twice, joined", { "Sec-WebSocket-Accept": [`${ACCEPT}, ${ACCEPT}`] }, /Accept/],
    ["5. another extension", { "Sec-WebSocket-Extensions": ["x-three"] }, /extension that was not/],
    ["5. another extension behind", { "Sec-WebSocket-Extensions": ["x-one", "x-three; a"] }, /extension that was not/],
    ["5. an extension in another case", { "Sec-WebSocket-Extensions": ["X-One"] }, /extension that was not/],
    ["5. no list of extensions", { "Sec-WebSocket-Extensions": ["x-one; ; a"] }, /list of extensions/],
    ["5. an empty list of extensions", { "Sec-WebSocket-Extensions": [""] }, /list of extensions/],
    ["6. another subprotocol", { "Sec-WebSocket-Protocol": ["soap"] }, /subprotocol that was not/],
    ["6. a subprotocol in another case", { "Sec-WebSocket-Protocol": ["Chat"] }, /subprotocol that was not/],
    ["6. two subprotocols", { "Sec-WebSocket-Protocol": ["chat, superchat"] }, /subprotocol that was not/],
    ["6. two subprotocols on two lines", { "Sec-WebSocket-Protocol": ["chat", "superchat"] }, /repeated/],
    ["6. an empty subprotocol", { "Sec-WebSocket-Protocol": [""] }, /subprotocol that was not/],
  ])("%s fails", (_, changes, reason) => {
    const result = check(changes);
    expect(result).toMatchObject({ ok: false, status: 101 });
    expect((result as NotOpened).reason).toMatch(reason);
  });

  it("a 101 over HTTP/1.0 fails", () => {
    expect(check({}, 101, "1.0")).toMatchObject({
      ok: false,
      status: 101,
      reason: expect.stringMatching(/HTTP\/1\.1/),
    });
  });

  it("nothing may be used where nothing was offered", () => {
    const nothing = { key: request.key, protocols: [], extensions: [] };
    for (const line of [
      ["Sec-WebSocket-Protocol", "chat"],
      ["Sec-WebSocket-Extensions", "permessage-deflate"],
    ] as const) {
      expect(checkUpgradeResponse({ status: 101, headers: [...GOOD, line] }, nothing, sha1).ok).toBe(false);
    }
  });
});

it("a response's headers may be such as can be read once", () => {
  const headers = new Map([["Retry-After", "5"]]).entries();
  expect(checkUpgradeResponse({ status: 503, headers }, request, sha1)).toMatchObject({
    headers: [["Retry-After", "5"]],
  });
});

describe("lists take time in proportion to their length", () => {
  it.each(["Connection", "Upgrade", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-WebSocket-Accept"])(
    "%s",
    (name) => {
      for (const part of ["x-one,", " ", ", "]) {
        expect(
          timeRatio((count) => check({ [name]: [`${part.repeat(count)}x`] })),
          JSON.stringify(part),
        ).toBeLessThan(3);
      }
    },
  );
});
