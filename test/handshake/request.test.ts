import { describe, expect, it } from "vitest";
import type { Refusal } from "../../src/handshake/refusal.ts";
import { checkUpgrade, type Upgrade } from "../../src/handshake/request.ts";
import type { Version } from "../../src/handshake/version.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

type Lines = [name: string, value: string][];

/** The request of §1.3, each header on a line of its own. */
const GOOD: Lines = [
  ["Host", "server.example.com"],
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Key", KEY],
  ["Origin", "http://example.com"],
  ["Sec-WebSocket-Protocol", "chat, superchat"],
  ["Sec-WebSocket-Version", "13"],
];

/** The good request with the lines of `changes` in place of those of the same names; an empty list drops a header. */
function check(changes: Record<string, string[]> = {}, method = "GET", httpVersion = "1.1"): Upgrade | Refusal {
  const kept = GOOD.filter(([name]) => !(name in changes));
  const added = Object.entries(changes).flatMap(([name, values]) => values.map((value) => [name, value] as const));
  return checkUpgrade({ method, httpVersion, headers: [...kept, ...added] });
}

function refused(result: Upgrade | Refusal): Refusal {
  if (result.ok) throw new Error("the request was accepted");
  return result;
}

describe("a good request", () => {
  it("gives what the answer needs", () => {
    expect(check()).toEqual({
      ok: true,
      key: KEY,
      version: 13,
      protocols: ["chat", "superchat"],
      extensions: [],
      host: "server.example.com",
      origin: "http://example.com",
    });
  });

  it("needs no Origin, no Sec-WebSocket-Protocol and no word on its version of HTTP", () => {
    const headers = GOOD.filter(([name]) => name !== "Origin" && name !== "Sec-WebSocket-Protocol");
    expect(checkUpgrade({ method: "GET", headers })).toEqual({
      ok: true,
      key: KEY,
      version: 13,
      protocols: [],
      extensions: [],
      host: "server.example.com",
      origin: undefined,
    });
  });

  it.each<[string, Record<string, string[]>]>([
    ["another case of the tokens", { Upgrade: ["WebSocket"], Connection: ["upGRADE"] }],
    ["a browser's Connection", { Connection: ["keep-alive, Upgrade"] }],
    ["lists over several lines", { Upgrade: ["h2c", "websocket"], Connection: ["keep-alive", "Upgrade"] }],
    ["empty elements and tabs", { Connection: [", ,\tUpgrade\t,"] }],
    ["a protocol with a version beside it", { Upgrade: ["TLS/1.3, websocket"] }],
    ["white space around the key", { "Sec-WebSocket-Key": [` ${KEY}\t`] }],
    ["a port", { Host: ["localhost:8080"] }],
    ["an IPv6 address", { Host: ["[::1]:8080"] }],
  ])("may have %s", (_, changes) => {
    expect(check(changes)).toMatchObject({ ok: true, key: KEY });
  });

  it("may offer subprotocols on several lines, whose order and case are kept", () => {
    const result = check({ "Sec-WebSocket-Protocol": ["v2.chat,V2.chat", "soap"] });
    expect(result).toMatchObject({ ok: true, protocols: ["v2.chat", "V2.chat", "soap"] });
  });

  it("may offer extensions on several lines, one of them twice", () => {
    const offers = ["x-one; a; b=2, x-two", 'x-one; b="3"'];
    expect(check({ "Sec-WebSocket-Extensions": offers })).toMatchObject({
      ok: true,
      extensions: [
        {
          token: "x-one",
          parameters: [
            ["a", undefined],
            ["b", "2"],
          ],
        },
        { token: "x-two", parameters: [] },
        { token: "x-one", parameters: [["b", "3"]] },
      ],
    });
  });
});

describe("another method is 405", () => {
  it.each(["POST", "HEAD", "OPTIONS", "CONNECT", "get", ""])("%j", (method) => {
    expect(refused(check({}, method))).toMatchObject({ status: 405, headers: { Allow: "GET" } });
  });
});

describe("HTTP before 1.1 is 400", () => {
  it.each(["1.0", "0.9", "", "1", "1.1.1", "one"])("%j", (version) => {
    expect(refused(check({}, "GET", version)).status).toBe(400);
  });

  it("and after it is none", () => {
    expect(check({}, "GET", "2.0").ok).toBe(true);
  });
});

describe("what is no WebSocket request is 426, naming the protocol", () => {
  it.each<[string, Record<string, string[]>, RegExp]>([
    ["no Upgrade", { Upgrade: [] }, /Upgrade header/],
    ["an empty Upgrade", { Upgrade: [""] }, /Upgrade header/],
    ["another protocol", { Upgrade: ["h2c"] }, /Upgrade header/],
    ["a longer word", { Upgrade: ["websockets"] }, /Upgrade header/],
    // §4.2.1 names the value alone.
    ["a version of the protocol", { Upgrade: ["websocket/13"] }, /Upgrade header/],
    ["no Connection", { Connection: [] }, /Connection header/],
    ["a Connection that does not name Upgrade", { Connection: ["keep-alive"] }, /Connection header/],
    ["a Connection with a longer word", { Connection: ["Upgrade-Insecure-Requests"] }, /Connection header/],
  ])("%s", (_, changes, reason) => {
    const refusal = refused(check(changes));
    expect(refusal).toMatchObject({ status: 426, headers: { Upgrade: "websocket" } });
    expect(refusal.reason).toMatch(reason);
  });
});

describe("another version is 426, naming the one there is (§4.4)", () => {
  it.each<[string, string[]]>([
    ["none", []],
    ["an older one", ["8"]],
    ["a newer one", ["25"]],
    ["a list", ["13, 8"]],
    ["one with a leading zero", ["013"]],
    ["no number", ["thirteen"]],
  ])("%s", (_, version) => {
    expect(refused(check({ "Sec-WebSocket-Version": version }))).toMatchObject({
      status: 426,
      headers: { Upgrade: "websocket", "Sec-WebSocket-Version": "13" },
    });
  });

  it("also when the key is of a draft's kind", () => {
    const drafts = {
      "Sec-WebSocket-Version": [],
      "Sec-WebSocket-Key": [],
      "Sec-WebSocket-Key1": ["18x 6]8vM;54 *(5:"],
    };
    expect(refused(check(drafts)).status).toBe(426);
  });
});

describe("the versions of the drafts, on request", () => {
  const request = (version: string, origin: [string, string][] = []) => ({
    method: "GET",
    headers: [
      ...GOOD.filter(([name]) => name !== "Sec-WebSocket-Version" && name !== "Origin"),
      ["Sec-WebSocket-Version", version],
      ...origin,
    ] as Lines,
  });
  const versions: readonly Version[] = [13, 8, 7];

  it.each(versions)("%d is spoken", (version) => {
    expect(checkUpgrade(request(String(version)), { versions })).toMatchObject({ ok: true, version });
    expect(checkUpgrade(request(String(version)), { versions: [version] })).toMatchObject({ ok: true, version });
  });

  it.each(["9", "12", "1", "08", "8, 7", "13,8", "eight"])("%j is answered with all there are (§4.4)", (version) => {
    expect(checkUpgrade(request(version), { versions })).toMatchObject({
      status: 426,
      headers: { Upgrade: "websocket", "Sec-WebSocket-Version": "13, 8, 7" },
    });
  });

  it("13 is not spoken where it is not among them", () => {
    const refusal = checkUpgrade(request("13"), { versions: [8] });
    expect(refusal).toMatchObject({ status: 426, headers: { "Sec-WebSocket-Version": "8" } });
  });

  it.each<[string, string, [string, string][], string | undefined]>([
    ["hybi-07's", "7", [["Sec-WebSocket-Origin", "http://a.example"]], "http://a.example"],
    ["hybi-10's", "8", [["Sec-WebSocket-Origin", "http://a.example"]], "http://a.example"],
    ["hybi-12's", "8", [["Origin", "http://a.example"]], "http://a.example"],
    ["none", "8", [], undefined],
    ["a draft's on RFC 6455, where it says nothing", "13", [["Sec-WebSocket-Origin", "http://a.example"]], undefined],
  ])("the origin is %s", (_, version, lines, origin) => {
    expect(checkUpgrade(request(version, lines), { versions })).toMatchObject({ ok: true, origin });
  });

  it.each([[[14]], [["13"]], [[13, 6]]])("the caller cannot ask for %j", (wrong) => {
    expect(() => checkUpgrade(request("13"), { versions: wrong as unknown as Version[] })).toThrow(RangeError);
  });
});

describe("a bad request is 400", () => {
  it.each<[string, Record<string, string[]>, RegExp]>([
    ["no Host", { Host: [] }, /Host/],
    ["an empty Host", { Host: [""] }, /Host/],
    ["two Hosts", { Host: ["a.example", "b.example"] }, /Host/],
    ["two Hosts joined", { Host: ["a.example, b.example"] }, /Host/],
    ["a Host with user information", { Host: ["user@a.example"] }, /Host/],
    ["no key", { "Sec-WebSocket-Key": [] }, /Key/],
    ["an empty key", { "Sec-WebSocket-Key": [""] }, /Key/],
    ["a key of 15 bytes", { "Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25j"] }, /Key/],
    ["a key that is not canonical", { "Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25jZR=="] }, /Key/],
    // §11.3.1: "The |Sec-WebSocket-Key| header field MUST NOT appear more than once in an HTTP request."
    ["the key twice", { "Sec-WebSocket-Key": [KEY, KEY] }, /Key/],
    ["the key twice, joined", { "Sec-WebSocket-Key": [`${KEY}, ${KEY}`] }, /Key/],
    ["the version twice", { "Sec-WebSocket-Version": ["13", "13"] }, /Version/],
    ["an Upgrade that is no list", { Upgrade: ["websocket; x"] }, /Upgrade/],
    ["an Upgrade of a slash", { Upgrade: ["websocket/"] }, /Upgrade/],
    ["an Upgrade with U+212A", { Upgrade: ["webSoc\u212aet"] }, /Upgrade/],
    ["a Connection that is no list", { Connection: ["Upgrade foo"] }, /Connection/],
    ["an empty Sec-WebSocket-Protocol", { "Sec-WebSocket-Protocol": [""] }, /Protocol/],
    ["a subprotocol with a space", { "Sec-WebSocket-Protocol": ["chat, super chat"] }, /Protocol/],
    ["a subprotocol with a slash", { "Sec-WebSocket-Protocol": ["a/b"] }, /Protocol/],
    ["a subprotocol twice", { "Sec-WebSocket-Protocol": ["chat, soap, chat"] }, /Protocol/],
    ["a subprotocol twice on two lines", { "Sec-WebSocket-Protocol": ["chat", "chat"] }, /Protocol/],
    ["a subprotocol with a line break", { "Sec-WebSocket-Protocol": ["chat\r\nX: y"] }, /Protocol/],
    ["an empty Sec-WebSocket-Extensions", { "Sec-WebSocket-Extensions": [" ,"] }, /Extensions/],
    ["an extension that is no token", { "Sec-WebSocket-Extensions": ["x-one, x two"] }, /Extensions/],
    ["a parameter in quotes that is no token", { "Sec-WebSocket-Extensions": ['x; a="b c"'] }, /Extensions/],
  ])("%s", (_, changes, reason) => {
    const refusal = refused(check(changes));
    expect(refusal.status).toBe(400);
    expect(refusal.reason).toMatch(reason);
  });
});

describe("lists take time in proportion to their length", () => {
  // A regular expression that backtracks takes minutes for these (CVE-2021-32640 of another implementation).
  it.each<[string, string]>([
    ["spaces", `a${" ".repeat(1_000_000)}b`],
    ["commas", ",".repeat(1_000_000)],
    ["commas and spaces", ", ".repeat(500_000)],
    ["subprotocols", Array.from({ length: 150_000 }, (_, at) => `p${at}`).join(",")],
    ["one long token", "a".repeat(1_000_000)],
  ])("%s", (_, list) => {
    const started = performance.now();
    check({ "Sec-WebSocket-Protocol": [list] });
    check({ "Sec-WebSocket-Extensions": [list] });
    check({ Upgrade: [list] });
    check({ Connection: [list] });
    check({ Host: [list] });
    check({ "Sec-WebSocket-Key": [list] });
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

it("repeats nothing of the request in a reason", () => {
  const secret = "zq7 secret";
  for (const [name] of GOOD) {
    const result = check({ [name]: [secret] });
    if (!result.ok) expect(result.reason).not.toContain("zq7");
  }
});

// A body would be taken for frames; behind a proxy that is another request's.
it.each<[string, Record<string, string[]>]>([
  ["a Content-Length", { "Content-Length": ["8"] }],
  ["two of them", { "Content-Length": ["0", "8"] }],
  ["chunks", { "Transfer-Encoding": ["chunked"] }],
])("a request with a body, by %s, is refused with 400", (_, changes) => {
  expect(refused(check(changes)).status).toBe(400);
});

it("a Content-Length of 0 is no body", () => {
  expect(check({ "Content-Length": ["0"] }).ok).toBe(true);
});

it("a name that only looks like a header's is none: the Kelvin sign is a k in lower case", () => {
  const headers = GOOD.map(([name, value]) => [name.replace("WebSocket-Key", "WebSoc\u212aet-Key"), value] as const);
  expect(refused(checkUpgrade({ method: "GET", headers })).status).toBe(400);
});
