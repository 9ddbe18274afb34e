// What the caller got wrong is named; what the peer got wrong is in the answer.

import { expect, test } from "vitest";
import {
  checkExtendedConnect,
  checkExtendedConnectResponse,
  checkUpgrade,
  checkUpgradeResponse,
  extendedConnectRequest,
  extendedConnectResponse,
  HeadParser,
  rejection,
  upgradeRequest,
  upgradeResponse,
} from "../../src/handshake/index.ts";
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
