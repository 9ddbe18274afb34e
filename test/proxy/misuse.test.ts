import { expect, test } from "vitest";
import { parseUri } from "../../src/handshake/index.ts";
import { checkConnectResponse, connectRequest, parseProxy, proxyFor } from "../../src/proxy/index.ts";
import { describeMisuse } from "../misuse.ts";
import { wrong } from "../wrong.ts";

const uri = parseUri("ws://a.example");
const target = { host: "a.example", port: 80 };

describeMisuse([
  ["connectRequest(options)", "options must be an object", (options) => connectRequest(wrong(options)), [{}]],
  ["a host", "host must be a string", (host) => connectRequest(wrong({ ...target, host })), ["x"]],
  ["a port", "port must be an integer from 1 to 65535", (port) => connectRequest(wrong({ ...target, port })), [5]],
  [
    "credentials",
    "authorization must be a string",
    (authorization) => connectRequest(wrong({ ...target, authorization })),
    [undefined, "x"],
  ],
  ["checkConnectResponse(response)", "response must be an object", (head) => checkConnectResponse(wrong(head)), [{}]],
  [
    "a status",
    "status must be an integer from 0 to 999",
    (status) => checkConnectResponse(wrong({ status, headers: [] })),
    [5],
  ],
  ["parseProxy(name)", "name must be a string", (name) => parseProxy(wrong(name), "http://a"), ["x"]],
  ["parseProxy(, value)", "proxy must be a string", (value) => parseProxy("proxy", wrong(value)), ["x"]],
  ["proxyFor(uri)", "uri must be what parseUri gives", (uri) => proxyFor(wrong(uri), {})],
  ["a hostname", "uri.hostname must be a string", (hostname) => proxyFor(wrong({ ...uri, hostname }), {}), ["x"]],
  ["proxyFor(, environment)", "environment must be an object", (variables) => proxyFor(uri, wrong(variables)), [{}]],
  [
    "a variable",
    "HTTP_PROXY must be a string",
    (value) => proxyFor(uri, wrong({ HTTP_PROXY: value })),
    [undefined, null, "x"],
  ],
  [
    "NO_PROXY",
    "NO_PROXY must be a string",
    (value) => proxyFor(uri, wrong({ HTTP_PROXY: "a", NO_PROXY: value })),
    [undefined, null, "x"],
  ],
]);

test.each<[name: string, call: () => unknown]>([
  ["parseProxy without a name", () => parseProxy("http://u:zq7@p:1", wrong(undefined))],
  ["parseProxy without a name or a scheme", () => parseProxy("u:zq7@p", wrong(undefined))],
  ["parseProxy with its arguments the wrong way round", () => parseProxy("http://u:zq7@p:1", "HTTP_PROXY")],
  ["connectRequest to a URL", () => connectRequest({ host: "ws://u:zq7@a.example", port: 80 })],
  ["connectRequest to an authority", () => connectRequest({ host: "u:zq7@a.example", port: 80 })],
])("%s repeats no password", (_, call) => {
  expect(call).toThrow(TypeError);
  expect(call).not.toThrow(/zq7/);
});

test.each(["settings/proxy", "proxy:", "@scope:proxy"])("an error may call the URL %s", (name) => {
  expect(() => parseProxy(name, "no URL")).toThrow(name);
  expect(parseProxy(name, "one").hostname).toBe("one");
});
