// What the caller got wrong is named; what the peer got wrong is in the answer.

import { expect, test } from "vitest";
import {
  acceptKey,
  checkExtendedConnect,
  checkExtendedConnectResponse,
  checkUpgrade,
  checkUpgradeResponse,
  extendedConnectRejection,
  extendedConnectRequest,
  extendedConnectResponse,
  formatExtensions,
  HandshakeError,
  HeadParser,
  isKey,
  parseExtensions,
  parseUri,
  rejection,
  selectProtocol,
  upgradeRequest,
  upgradeResponse,
} from "../../src/handshake/index.ts";
import { describeMisuse } from "../misuse.ts";
import { wrong } from "../wrong.ts";

const upgrade = checkUpgrade({
  method: "GET",
  headers: {
    Host: "x",
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  },
});
const refusal = checkUpgrade({ method: "POST", headers: {} });
const response = { status: 101, headers: {} };
const uri = "ws://a.example/";
const sha1 = (): Uint8Array => new Uint8Array(20);

test.each<[name: string, message: RegExp, call: () => unknown]>([
  ["no request", /^request/, () => checkUpgrade(wrong(undefined))],
  ["a request without headers", /^headers/, () => checkUpgrade(wrong({ method: "GET" }))],
  ["a flat list of headers", /^headers .* flat/, () => checkUpgrade({ method: "GET", headers: wrong(["Host", "x"]) })],
  ["a refusal to be answered with 101", /^upgrade/, () => upgradeResponse(wrong(refusal), { sha1 })],
  ["no upgrade", /^upgrade/, () => upgradeResponse(wrong(undefined), { sha1 })],
  ["no options", /^sha1/, () => upgradeResponse(wrong(upgrade), wrong(undefined))],
  ["no hash", /^sha1/, () => upgradeResponse(wrong(upgrade), wrong({}))],
  ["an asynchronous hash", /^sha1 must return/, () => upgradeResponse(wrong(upgrade), { sha1: wrong(async () => 1) })],
  ["a rejection without a reason", /^reason/, () => rejection(wrong({ status: 403 }))],
  ["no address", /^uri/, () => upgradeRequest(wrong({}))],
  ["no options to connect", /^uri/, () => upgradeRequest(wrong(undefined))],
  ["an address that is a URL", /^uri/, () => upgradeRequest({ uri: wrong(new URL("ws://a.example")) })],
  ["a subprotocol that is no list", /^protocols/, () => upgradeRequest({ uri, protocols: wrong("chat") })],
  ["an origin that is no string", /^origin/, () => upgradeRequest({ uri, origin: wrong(null) })],
  ["a flat list of a client's headers", /^headers .* flat/, () => upgradeRequest({ uri, headers: wrong(["a", "b"]) })],
  ["no response", /^response/, () => checkUpgradeResponse(wrong(undefined), upgradeRequest({ uri }), sha1)],
  ["no request to be answered", /^request/, () => checkUpgradeResponse(response, wrong(undefined), sha1)],
  ["no hash of a client", /^sha1/, () => checkUpgradeResponse(response, upgradeRequest({ uri }), wrong(undefined))],
  [
    "a response without headers",
    /^headers/,
    () => checkUpgradeResponse(wrong({ status: 101 }), upgradeRequest({ uri }), sha1),
  ],
  ["a stream without headers", /^headers/, () => checkExtendedConnect(wrong(undefined))],
  ["a stream to no address", /^uri/, () => extendedConnectRequest(wrong(undefined))],
  ["no stream to be answered", /^connect/, () => extendedConnectResponse(wrong(undefined))],
  [
    "no answer on a stream",
    /^headers/,
    () => checkExtendedConnectResponse(wrong(null), { protocols: [], extensions: [] }),
  ],
  ["a head of nothing", /^kind/, () => new HeadParser(wrong<"request">(undefined))],
  ["a chunk of text", /^chunk/, () => new HeadParser("request").push(wrong("GET"))],
])("%s is a TypeError by name", (_, message, call) => {
  expect(upgrade.ok).toBe(true);
  expect(call).toThrow(TypeError);
  expect(call).toThrow(message);
});

const sample = "dGhlIHNhbXBsZSBub25jZQ==";
const request = { key: sample, protocols: [], extensions: [] };
const connect = { ...upgrade, path: "/", secure: true };
const head = (headers: unknown): unknown => checkUpgrade({ method: "GET", headers: wrong(headers) });
const answered = (options: object): unknown => upgradeResponse(wrong(upgrade), wrong({ sha1, ...options }));
const opened = (response: unknown, made: unknown): unknown => checkUpgradeResponse(wrong(response), wrong(made), sha1);

describeMisuse([
  ["acceptKey(key)", "key must be the base64 of 16 bytes", (key) => acceptKey(wrong(key), sha1)],
  ["acceptKey(, sha1)", "sha1 must be a function", (hash) => acceptKey(sample, wrong(hash))],
  [
    "the return of sha1",
    "sha1 must return a Uint8Array of 20 bytes",
    (digest) => acceptKey(sample, () => wrong(digest)),
  ],
  ["parseUri(uri)", "uri must be a string", (uri) => parseUri(wrong(uri)), ["x"]],
  ["selectProtocol(offered)", "offered must be a list of strings", (list) => selectProtocol(wrong(list), ["a"]), [[]]],
  [
    "selectProtocol(, supported)",
    "supported must be a list of strings",
    (list) => selectProtocol([], wrong(list)),
    [[]],
  ],
  ["an offered subprotocol", "offered[1] must be a string", (one) => selectProtocol(["a", wrong(one)], ["b"]), ["x"]],
  ["parseExtensions(lines)", "lines must be a list of strings", (lines) => parseExtensions(wrong(lines)), [[]]],
  ["a line of extensions", "lines[0] must be a string", (line) => parseExtensions([wrong(line)]), ["x"]],
  [
    "formatExtensions(elements)",
    "elements must be a list of { token, parameters }",
    (elements) => formatExtensions(wrong(elements)),
    [[]],
  ],
  ["an element", "elements[0] must be an object", (one) => formatExtensions([wrong(one)]), [{}]],
  [
    "a list of parameters",
    "elements[0].parameters must be a list of [name, value]",
    (parameters) => formatExtensions([wrong({ token: "a", parameters })]),
    [[]],
  ],
  [
    "a parameter",
    "elements[0].parameters[0] must be [name, value]",
    (parameter) => formatExtensions([wrong({ token: "a", parameters: [parameter] })]),
    [[]],
  ],
  ["checkUpgrade(request)", "request must be an object", (request) => checkUpgrade(wrong(request)), [{}]],
  ["a method", "method must be a string", (method) => checkUpgrade(wrong({ method, headers: {} })), ["x"]],
  ["headers", "headers must be a record or pairs", head, [{}, []]],
  ["a header", "headers must be a record or pairs", (pair) => head([pair]), ["x", []]],
  ["the name of a header", "headers: a name must be a string", (name) => head([[name, "x"]]), ["x"]],
  [
    "the value of a header",
    "headers: the value of host must be a string, a number or a list of strings",
    (host) => head({ host }),
    [undefined, 5, "x", []],
  ],
  [
    "a line of a header",
    "headers: the value of host must be a string, a number or a list of strings",
    (line) => head({ host: [line] }),
    [5, "x"],
  ],
  [
    "checkUpgrade(, options)",
    "options must be an object",
    (options) => checkUpgrade({ method: "GET", headers: {} }, wrong(options)),
    [undefined, {}],
  ],
  [
    "versions",
    "versions must be a list",
    (versions) => checkUpgrade({ method: "GET", headers: {} }, wrong({ versions })),
    [undefined, []],
  ],
  [
    "a version",
    "version must be one of 13, 8, 7",
    (version) => checkUpgrade({ method: "GET", headers: {} }, wrong({ versions: [version] })),
  ],
  ["rejection(refusal)", "refusal must be an object", (refusal) => rejection(wrong(refusal)), [{}]],
  ["a reason", "reason must be a string", (reason) => rejection(wrong({ status: 400, reason })), ["x"]],
  ["a status", "status must be an integer from 300 to 599", (status) => rejection(wrong({ status, reason: "x" }))],
  ["upgradeResponse(upgrade)", "upgrade must be one that", (upgrade) => upgradeResponse(wrong(upgrade), { sha1 })],
  [
    "upgradeResponse({ ok, lists })",
    "upgrade.protocols must be a list of strings",
    (list) => upgradeResponse(wrong({ ...upgrade, protocols: list }), { sha1, protocol: "a" }),
    [[]],
  ],
  [
    "upgradeResponse(, options)",
    "options must be an object",
    (options) => upgradeResponse(wrong(upgrade), wrong(options)),
    [undefined, null, {}],
  ],
  ["sha1", "sha1 must be a function", (hash) => answered({ sha1: hash })],
  ["a protocol", "protocol must be one that the client offered", (protocol) => answered({ protocol }), [undefined]],
  ["extensions", "extensions must be a list", (extensions) => answered({ extensions }), [undefined, []]],
  ["an extension", "extensions[0] must be an object", (extension) => answered({ extensions: [extension] }), [{}]],
  ["headers of an answer", "headers must be a record", (headers) => answered({ headers }), [undefined, null, {}, []]],
  [
    "upgradeRequest(options)",
    "options must be an object",
    (options) => upgradeRequest(wrong(options)),
    [undefined, null, {}],
  ],
  ["a uri", "uri must be a string", (uri) => upgradeRequest(wrong({ uri })), ["x"]],
  ["a version", "version must be one of", (version) => upgradeRequest(wrong({ uri, version })), [undefined]],
  ["protocols", "protocols must be a list", (protocols) => upgradeRequest(wrong({ uri, protocols })), [undefined, []]],
  [
    "extensions",
    "extensions must be a list",
    (list) => upgradeRequest(wrong({ uri, extensions: list })),
    [undefined, []],
  ],
  ["an origin", "origin must be a string", (origin) => upgradeRequest(wrong({ uri, origin })), [undefined, "x"]],
  ["headers", "headers must be a record", (headers) => upgradeRequest(wrong({ uri, headers })), [undefined, {}, []]],
  ["checkUpgradeResponse(response)", "response must be an object", (response) => opened(response, request), [{}]],
  ["a status", "status must be an integer from 0 to 999", (status) => opened({ status, headers: {} }, request), [5]],
  ["headers", "headers must be a record", (headers) => opened({ status: 101, headers }, request), [{}, []]],
  ["checkUpgradeResponse(, request)", "request must be one that", (made) => opened(response, made)],
  [
    "offered protocols",
    "request.protocols must be a list of strings",
    (list) => opened(response, { ...request, protocols: list }),
    [[]],
  ],
  [
    "offered extensions",
    "request.extensions must be a list of",
    (list) => opened(response, { ...request, extensions: list }),
    [[]],
  ],
  [
    "checkUpgradeResponse(,, sha1)",
    "sha1 must be a function",
    (hash) => checkUpgradeResponse(response, request, wrong(hash)),
  ],
  [
    "checkExtendedConnect(headers)",
    "headers must be a record",
    (fields) => checkExtendedConnect(wrong(fields)),
    [{}, []],
  ],
  [
    "extendedConnectResponse(connect)",
    "connect must be one that",
    (connect) => extendedConnectResponse(wrong(connect)),
  ],
  [
    "extendedConnectResponse(, options)",
    "options must be an object",
    (options) => extendedConnectResponse(wrong(connect), wrong(options)),
    [undefined, {}],
  ],
  [
    "extendedConnectRejection(refusal)",
    "refusal must be an object",
    (refusal) => extendedConnectRejection(wrong(refusal)),
    [{}],
  ],
  [
    "extendedConnectRequest(options)",
    "options must be an object",
    (options) => extendedConnectRequest(wrong(options)),
    [undefined, null, {}],
  ],
  [
    "checkExtendedConnectResponse(headers)",
    "headers must be a record",
    (headers) => checkExtendedConnectResponse(wrong(headers), request),
    [{}, []],
  ],
  [
    "checkExtendedConnectResponse(, request)",
    "request must be an object",
    (request) => checkExtendedConnectResponse({ ":status": "200" }, wrong(request)),
    [{}],
  ],
  ["HeadParser(kind)", 'kind must be "request" or "response"', (kind) => new HeadParser(wrong<"request">(kind))],
  [
    "HeadParser(, options)",
    "options must be an object",
    (options) => new HeadParser("request", wrong(options)),
    [undefined, {}],
  ],
  ["HandshakeError(code)", "code must be a HandshakeErrorCode", (code) => new HandshakeError(wrong(code))],
  ["push(chunk)", "chunk must be a Uint8Array", (chunk) => new HeadParser("request").push(wrong(chunk))],
]);

test("the value of what is no name of a header is not said to be that name's", () => {
  expect(() => head({ "Authorization: Basic zq7": null })).toThrow(
    new TypeError("headers: a value must be a string, a number or a list of strings, not null"),
  );
});

test.each([undefined, null, 5, {}, [], [sample]])("%j is no key", (value) => {
  expect(isKey(wrong(value))).toBe(false);
});
