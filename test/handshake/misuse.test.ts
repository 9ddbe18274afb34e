// What the caller got wrong is named; what the peer got wrong is in the answer.

import { expect, test } from "vitest";
import { checkUpgrade, rejection, upgradeResponse } from "../../src/handshake/index.ts";

/** What a caller in plain JavaScript may pass. */
function wrong<T>(value: unknown): T {
  return value as T;
}

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
])("%s is a TypeError by name", (_, message, call) => {
  expect(upgrade.ok).toBe(true);
  expect(call).toThrow(TypeError);
  expect(call).toThrow(message);
});
