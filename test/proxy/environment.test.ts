import { describe, expect, it } from "vitest";
import { parseUri } from "../../src/handshake/uri.ts";
import { type Environment, type HttpProxy, proxyFor } from "../../src/proxy/environment.ts";
import { timeRatio } from "../handshake/linear.ts";

const proxy = (uri: string, environment: Environment): HttpProxy | undefined => proxyFor(parseUri(uri), environment);

describe("proxyFor", () => {
  it.each<[string, Environment, string | undefined]>([
    ["ws://a.example", {}, undefined],
    ["ws://a.example", { HTTP_PROXY: "http://one:1" }, "one"],
    ["ws://a.example", { HTTPS_PROXY: "http://one:1" }, undefined],
    ["wss://a.example", { HTTPS_PROXY: "http://one:1" }, "one"],
    ["wss://a.example", { HTTP_PROXY: "http://one:1" }, undefined],
    ["ws://a.example", { http_proxy: "http://one:1" }, "one"],
    ["wss://a.example", { https_proxy: "http://one:1" }, "one"],
    ["ws://a.example", { HTTP_PROXY: "http://one:1", http_proxy: "http://two:2" }, "two"],
    ["ws://a.example", { HTTP_PROXY: "http://one:1", http_proxy: "" }, "one"],
    ["ws://a.example", { HTTP_PROXY: "" }, undefined],
    // CVE-2016-5385.
    ["ws://a.example", { HTTP_PROXY: "http://one:1", REQUEST_METHOD: "GET" }, undefined],
    ["ws://a.example", { http_proxy: "http://one:1", REQUEST_METHOD: "GET" }, "one"],
    ["wss://a.example", { HTTPS_PROXY: "http://one:1", REQUEST_METHOD: "GET" }, "one"],
  ])("%s with %j goes by %s", (uri, environment, hostname) => {
    expect(proxy(uri, environment)?.hostname).toBe(hostname);
  });

  it.each<[string, HttpProxy]>([
    ["http://one", { secure: false, hostname: "one", port: 80, authorization: undefined }],
    ["https://one", { secure: true, hostname: "one", port: 443, authorization: undefined }],
    ["one:3128", { secure: false, hostname: "one", port: 3128, authorization: undefined }],
    ["one", { secure: false, hostname: "one", port: 80, authorization: undefined }],
    ["user:p%40ss@one:3128/", { secure: false, hostname: "one", port: 3128, authorization: "Basic dXNlcjpwQHNz" }],
    ["http://[::1]:3128", { secure: false, hostname: "::1", port: 3128, authorization: undefined }],
  ])("%s is read", (value, parts) => {
    expect(proxy("ws://a.example", { HTTP_PROXY: value })).toEqual(parts);
  });

  it.each([
    "socks5://zq7:zq7@one",
    "ftp://zq7",
    "http://",
    "http://one:zq7",
    "://zq7",
    "zq7 one",
    "http://one/\r\nX: zq7",
    "http://u:zq7%0a@one",
    "http://zq7\\one",
  ])("refuses %j, and does not repeat it", (value) => {
    expect(() => proxy("ws://a.example", { HTTP_PROXY: value })).toThrow(TypeError);
    expect(() => proxy("ws://a.example", { HTTP_PROXY: value })).not.toThrow(/zq7/);
  });

  it.each([
    ["socks5://u:zq7@one", ', not "socks5:"'],
    ["u:zq7 @one", ""],
    ["http://u:zq7%ff @one", ""],
  ])("says of %s no more than its scheme", (value, words) => {
    const error = new TypeError(`HTTP_PROXY must be the http: or https: URL of a proxy${words}`);
    expect(() => proxy("ws://a.example", { HTTP_PROXY: value })).toThrow(error);
  });

  it.each([
    ["the URI itself", "ws://a.example", {}, "uri must be what parseUri gives, not a string"],
    ["a URL", new URL("wss://a.example"), {}, "uri must be what parseUri gives, not a URL"],
    ["no URI", undefined, {}, "uri must be what parseUri gives, not undefined"],
    ["no environment", parseUri("ws://a.example"), undefined, "environment must be an object, not undefined"],
    ["a number for a proxy", parseUri("ws://a.example"), { HTTP_PROXY: 5 }, "HTTP_PROXY must be a string, not 5"],
  ])("refuses %s by name", (_, uri, environment, message) => {
    expect(() => proxyFor(uri as never, environment as never)).toThrow(new TypeError(message));
  });

  it("is not asked for a host that needs none", () => {
    expect(proxy("ws://a.example", { HTTP_PROXY: "socks5://one", NO_PROXY: "a.example" })).toBeUndefined();
  });
});

describe("NO_PROXY", () => {
  it.each<[string, string]>([
    ["*", "ws://a.example"],
    ["a.example", "ws://a.example"],
    ["A.Example", "ws://a.example"],
    ["a.example", "ws://b.a.example"],
    [".a.example", "ws://b.a.example"],
    [".a.example", "ws://a.example"],
    ["*.a.example", "ws://b.a.example"],
    ["a.example.", "ws://a.example"],
    ["a.example", "ws://a.example./"],
    ["example", "ws://b.a.example"],
    ["x,a.example", "ws://a.example"],
    [" x , a.example ", "ws://a.example"],
    ["x a.example", "ws://a.example"],
    [",,a.example,", "ws://a.example"],
    ["a.example:80", "ws://a.example"],
    ["a.example:443", "wss://a.example"],
    ["a.example:81", "ws://b.a.example:81"],
    ["bücher.example", "ws://bücher.example"],
    ["localhost", "ws://localhost:8080"],
    ["127.0.0.1", "ws://127.0.0.1:8080"],
    ["127.0.0.1:8080", "ws://127.0.0.1:8080"],
    ["::1", "ws://[::1]:8080"],
    ["[::1]", "ws://[::1]:8080"],
    ["[::1]:8080", "ws://[::1]:8080"],
    ["0:0:0:0:0:0:0:1", "ws://[::1]"],
    ["2001:DB8::1", "ws://[2001:db8:0::1]"],
  ])("%j excepts %s", (list, uri) => {
    const both = { HTTP_PROXY: "one", HTTPS_PROXY: "one" };
    expect(proxy(uri, { ...both, NO_PROXY: list })).toBeUndefined();
    expect(proxy(uri, { ...both, no_proxy: list, NO_PROXY: "nothing" })).toBeUndefined();
  });

  it.each<[string, string]>([
    ["", "ws://a.example"],
    [",", "ws://a.example"],
    [".", "ws://a.example"],
    ["*.", "ws://a.example"],
    ["**", "ws://a.example"],
    ["a.example", "ws://ba.example"],
    [".a.example", "ws://ba.example"],
    ["b.a.example", "ws://a.example"],
    ["a.example", "ws://a.example.org"],
    ["a.example:81", "ws://a.example"],
    ["a.example:80", "wss://a.example"],
    ["a.example:", "ws://a.example"],
    [":80", "ws://a.example"],
    ["a*", "ws://a.example"],
    ["0.0.1", "ws://127.0.0.1"],
    ["127.0.0.0/8", "ws://127.0.0.1"],
    ["[::1]:8081", "ws://[::1]:8080"],
    ["::2", "ws://[::1]"],
    ["::1:8080", "ws://[::1]:8080"],
    ["[::1", "ws://[::1]"],
  ])("%j does not except %s", (list, uri) => {
    expect(proxy(uri, { HTTP_PROXY: "one", HTTPS_PROXY: "one", NO_PROXY: list })?.hostname).toBe("one");
  });

  it.each([",", "a:", "[", "x,", "*.", " "])("of many %j takes time in proportion to its length", (part) => {
    const list = (count: number): Environment => ({ HTTP_PROXY: "one", NO_PROXY: part.repeat(count) });
    expect(timeRatio((count) => proxy("ws://a.example", list(count)), 50_000)).toBeLessThan(3);
  });
});
