import { describe, expect, it } from "vitest";
import { parseUri, type WebSocketUri } from "../../src/handshake/uri.ts";

describe("parseUri", () => {
  it.each<[string, Partial<WebSocketUri>]>([
    [
      "ws://example.com",
      {
        secure: false,
        hostname: "example.com",
        port: 80,
        host: "example.com",
        resourceName: "/",
        authorization: undefined,
      },
    ],
    ["wss://example.com/chat", { secure: true, port: 443, host: "example.com", resourceName: "/chat" }],
    ["ws://example.com:80/", { port: 80, host: "example.com" }],
    ["wss://example.com:443/", { port: 443, host: "example.com" }],
    ["ws://example.com:443/", { port: 443, host: "example.com:443" }],
    ["wss://example.com:80/", { port: 80, host: "example.com:80" }],
    ["ws://example.com:08080/", { port: 8080, host: "example.com:8080" }],
    ["WSS://EXAMPLE.com/Chat", { secure: true, host: "example.com", resourceName: "/Chat" }],
    ["ws://example.com?a=1&b", { resourceName: "/?a=1&b" }],
    ["ws://example.com/a?b?c", { resourceName: "/a?b?c" }],
    // §3: "? if the query component is non-empty".
    ["ws://example.com/a?", { resourceName: "/a" }],
    ["ws://example.com/a%23b%0d%0a", { resourceName: "/a%23b%0d%0a" }],
    ["ws://example.com/é", { resourceName: "/%C3%A9" }],
    ["ws://bücher.example/", { hostname: "xn--bcher-kva.example", host: "xn--bcher-kva.example" }],
    ["ws://[::1]", { hostname: "::1", host: "[::1]", port: 80 }],
    ["ws://[2001:DB8::0:1]:9000/x", { hostname: "2001:db8::1", host: "[2001:db8::1]:9000", port: 9000 }],
    ["ws://127.0.0.1:9000", { hostname: "127.0.0.1", host: "127.0.0.1:9000" }],
  ])("%s", (uri, parts) => {
    expect(parseUri(uri)).toMatchObject(parts);
  });

  it.each([
    ["ws://user:pass@example.com:81/x", "user:pass"],
    ["ws://user@example.com:81/x", "user:"],
    ["ws://:pass@example.com:81/x", ":pass"],
    ["ws://%C3%A9:a%3Ab%40@example.com:81/x", "é:a:b@"],
    ["ws://é@example.com:81/x", "é:"],
  ])("%s hands its user information over as credentials", (uri, pair) => {
    const { host, hostname, resourceName, authorization } = parseUri(uri);
    expect([host, hostname, resourceName]).toEqual(["example.com:81", "example.com", "/x"]);
    expect(authorization).toBe(`Basic ${Buffer.from(pair).toString("base64")}`);
  });

  it.each<[string, RegExp]>([
    ["", /begin with/],
    ["example.com", /begin with/],
    ["/chat", /begin with/],
    ["http://example.com/", /begin with/],
    ["https://example.com/", /begin with/],
    ["wsss://example.com/", /begin with/],
    ["ws:example.com", /begin with/],
    ["ws:/example.com", /begin with/],
    ["ws:///example.com", /begin with/],
    ["ws://", /begin with/],
    ["ws:\\\\example.com", /begin with/],
    ["ws://example.com\\x", /begin with/],
    [" ws://example.com", /begin with/],
    ["ws://example.com/ ", /begin with/],
    ["ws://example.com/a b", /begin with/],
    ["ws://example.com/\r\nX-Evil:1", /begin with/],
    ["ws://exam\tple.com/", /begin with/],
    ["ws://example.com/\0", /begin with/],
    ["ws://example.com/\u0085", /begin with/],
    ["w\u017f://example.com/", /begin with/],
    ["ws://example.com/#top", /no fragment/],
    ["ws://example.com/#", /no fragment/],
    ["ws://example.com:65536/", /host and port/],
    ["ws://example.com:port/", /host and port/],
    ["ws://example.com:-1/", /host and port/],
    ["ws://[::1/", /host and port/],
    ["ws://[::g]/", /host and port/],
    ["ws://a..b:x/", /host and port/],
    ["ws://exa<mple.com/", /host and port/],
    ['ws://exa"mple.com/', /host and port/],
    ["ws://exa{mple}.com/", /host and port/],
    ["ws://exa%0d%0ample.com/", /host and port/],
    ["ws://?a", /host and port/],
    ["ws://user@/", /host and port/],
    ["ws://us%3Aer@example.com/", /forbidden characters/],
    ["ws://user:%0d%0aX@example.com/", /forbidden characters/],
    ["ws://user:%ff@example.com/", /percent-encoding/],
    ["ws://user:%zz@example.com/", /percent-encoding/],
  ])("refuses %j", (uri, message) => {
    expect(() => parseUri(uri)).toThrow(TypeError);
    expect(() => parseUri(uri)).toThrow(message);
  });

  it.each([undefined, null, 1, {}, new URL("ws://example.com")])("refuses %s, which is no string", (uri) => {
    expect(() => parseUri(uri as string)).toThrow(/uri must be a string/);
  });

  it.each([
    ["http://u:zq7@h", 'and a host, without white space, not "http:"'],
    ["localhost:8080", 'and a host, without white space, not "localhost:"'],
    ["localhost", "and a host, without white space: it has no scheme"],
    ["ws:/example.com", "and a host, without white space"],
  ])("says which scheme came: %s", (uri, words) => {
    expect(() => parseUri(uri)).toThrow(new TypeError(`uri must begin with ws:// or wss:// ${words}`));
  });

  it.each([
    ["ws://example.com:65536/?zq7", ', not "example.com:65536"'],
    ["ws://exa<mple.com", ', not "exa<mple.com"'],
    ["ws://u:zq7@example.com:65536", ""],
  ])("says which host and port came, unless a password may be among them: %s", (uri, words) => {
    expect(() => parseUri(uri)).toThrow(new TypeError(`uri must have a valid host and port${words}`));
  });

  it("repeats no password in an error", () => {
    for (const uri of [
      "ws://u:zq7@example.com/#",
      "http://u:zq7@h",
      "zq7:u@h",
      "zq7@h:80",
      "//u:zq7@h",
      "ws:u:zq7@h",
      "ws://u:zq7/@h",
      "ws://u:zq7@h:x",
      "ws://u:zq7%0a@h",
    ]) {
      try {
        parseUri(uri);
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain("zq7");
        expect(error).not.toHaveProperty("cause");
      }
    }
  });

  it("gives nothing that could not stand in a request line or in Host", () => {
    // Every character of the Basic Multilingual Plane, at each place it may stand.
    for (let unit = 0; unit < 0x10000; unit += unit < 0x3000 ? 1 : 61) {
      const character = String.fromCharCode(unit);
      for (const uri of [`ws://a${character}b/`, `ws://h/a${character}b`, `ws://h/?a${character}b`]) {
        let parts: WebSocketUri;
        try {
          parts = parseUri(uri);
        } catch {
          continue;
        }
        expect(parts.host).toMatch(/^[\w.\-~!$&'()*+,;=]+(:\d+)?$/);
        expect(parts.resourceName).toMatch(/^\/[\x21-\x7e]*$/);
      }
    }
  });
});
