// What the entries of wsimd/node and wsimd/streams refuse by name, before anything is sent or taken.

import type { IncomingMessage } from "node:http";
import type { ClientHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import {
  accept,
  acceptStream,
  connect,
  connectStream,
  refuse,
  refuseStream,
  upgrade,
  WebSocketServer,
} from "../../src/node/index.ts";
import { accept as acceptBytes, connect as connectBytes } from "../../src/web/streams.ts";
import { wrong } from "../wrong.ts";
import { Peer } from "./peer.ts";

const NOTHING = Buffer.alloc(0);
const request = wrong<IncomingMessage>({ method: "GET", httpVersion: "1.1", headersDistinct: {} });
const opening = wrong<IncomingMessage>({
  ...request,
  headersDistinct: {
    host: ["x"],
    upgrade: ["websocket"],
    connection: ["Upgrade"],
    "sec-websocket-key": ["dGhlIHNhbXBsZSBub25jZQ=="],
    "sec-websocket-version": ["13"],
  },
});
const stream = wrong<ServerHttp2Stream>({ respond() {} });
const session = wrong<ClientHttp2Session>({ request() {} });
const streams = { readable: new ReadableStream<Uint8Array>(), writable: new WritableStream<Uint8Array>() };

type Entry = [name: string, call: (options: never) => unknown];

/** Each throws or rejects: both is told by `faultOf`. */
const servers: Entry[] = [
  ["upgrade", (options) => upgrade(request, new Peer().socket, NOTHING, options)],
  ["acceptStream", (options) => acceptStream(stream, {}, options)],
  ["accept", (options) => accept(new Peer().socket, options)],
  ["WebSocketServer", (options) => new WebSocketServer(options)],
  ["accept of wsimd/streams", (options) => acceptBytes(streams, options)],
];
const clients: Entry[] = [
  ["connect", (options) => connect("ws://127.0.0.1:1/", options)],
  ["connectStream", (options) => connectStream(session, "ws://127.0.0.1:1/", options)],
  ["connect of wsimd/streams", (options) => connectBytes("ws://127.0.0.1:1/", streams, options)],
];

async function faultOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.each([...servers, ...clients])("%s", (_, call) => {
  it.each([
    [null, "null"],
    [5, "5"],
    ["chat", "a string"],
    [["chat"], "an Array"],
    [true, "true"],
  ])("takes no options that are %j", async (options, kind) => {
    const fault = await faultOf(() => call(wrong(options)));
    expect(fault).toMatchObject({ name: "TypeError", message: `options must be an object, not ${kind}` });
  });

  it.each([
    ["a handler without methods", { handler: {} }, /^handler must/],
    ["a handler that is a function", { handler: () => {} }, /^handler must/],
    ["a handler with both methods", { handler: { onMessage() {}, onFragment() {} } }, /^handler must/],
    ["an extension that is a name", { extension: "permessage-deflate" }, /^extension must be a NegotiableExtension/],
    ["protocols that are a string", { protocols: "chat" }, /^protocols must be a list/],
    ["a typo in a handler", { handler: { onMesage() {} } }, /; it has onMesage$/],
  ])("refuses %s by name, and sends nothing", async (_, options, message) => {
    const fault = await faultOf(() => call(wrong(options)));
    expect(fault).toBeInstanceOf(TypeError);
    expect((fault as Error).message).toMatch(message);
  });
});

/** What stands on a socket of Node's, and so is what users of other libraries look for options of. */
const ofNode = ([name]: Entry): boolean => !name.includes("wsimd/streams");

describe.each([...servers, ...clients].filter(ofNode))("%s", (_, call) => {
  it.each([
    ["maxPayload", "maxMessageLength is"],
    ["perMessageDeflate", "extension is, with permessageDeflate of wsimd/deflate"],
    ["handshakeTimeout", "openingTimeout is"],
  ])("has no option %s, and says what is one", async (name, words) => {
    const error = new TypeError(`${name} is not an option: ${words}`);
    expect(await faultOf(() => call(wrong({ [name]: 5 })))).toEqual(error);
    expect(await faultOf(() => call(wrong({ [name]: undefined })))).not.toEqual(error);
  });
});

describe.each(servers.filter(ofNode))("%s", (_, call) => {
  it.each(["port", "host", "noServer", "path", "clientTracking", "verifyClient", "handleProtocols"])(
    "has no option %s",
    async (name) => {
      const fault = (await faultOf(() => call(wrong({ [name]: 5 })))) as Error;
      expect(fault).toBeInstanceOf(TypeError);
      expect(fault.message).toMatch(new RegExp(`^${name} is not an option: .`));
    },
  );
});

describe.each(clients.filter(ofNode))("%s", (_, call) => {
  it.each(["followRedirects", "protocolVersion", "agent", "auth", "rejectUnauthorized"])(
    "has no option %s",
    async (name) => {
      const fault = (await faultOf(() => call(wrong({ [name]: 5 })))) as Error;
      expect(fault).toBeInstanceOf(TypeError);
      expect(fault.message).toMatch(new RegExp(`^${name} is not an option: .`));
    },
  );
});

it.each(["upgrade", "acceptStream", "accept"])("%s takes no options that are missing", async (name) => {
  const [, call] = servers.find(([entry]) => entry === name)!;
  expect(await faultOf(() => call(wrong(undefined)))).toMatchObject({
    message: "options must be an object, not undefined",
  });
});

describe.each(servers)("%s", (_, call) => {
  it.each([
    ["versions that are no list", { versions: 13 }, /^versions must be a list/],
    ["a version that is none", { versions: [12] }, /^version must be one of/],
    ["a check that is no function", { check: true }, /^check must be a function/],
  ])("refuses %s by name", async (_, options, message) => {
    expect(((await faultOf(() => call(wrong(options)))) as Error).message).toMatch(message);
  });
});

it.each<[string, RegExp, () => unknown]>([
  ["upgrade without a socket", /^socket must/, () => upgrade(request, wrong({}), NOTHING, {})],
  ["upgrade without a request", /^request must/, () => upgrade(wrong({}), new Peer().socket, NOTHING, {})],
  ["upgrade without a head", /^head must/, () => upgrade(request, new Peer().socket, wrong(undefined), {})],
  ["accept without a socket", /^socket must/, () => accept(wrong(undefined), {})],
  ["accept without anything", /^socket must/, () => accept(wrong(undefined), wrong(undefined))],
  ["upgrade without anything", /^request must/, () => upgrade(wrong(null), wrong(null), wrong(null), wrong(undefined))],
  ["acceptStream without anything", /^stream must/, () => acceptStream(wrong(null), {}, wrong(undefined))],
  ["acceptStream without a stream", /^stream must/, () => acceptStream(wrong({}), {}, {})],
  ["refuse without a socket", /^socket must/, () => refuse(wrong(undefined), { status: 403, reason: "no" })],
  ["refuse without a refusal", /^refusal must .* not undefined$/, () => refuse(new Peer().socket, wrong(undefined))],
  [
    "refuse without a reason",
    /^refusal must .* not undefined$/,
    () => refuse(new Peer().socket, wrong({ status: 403 })),
  ],
  ["refuseStream without a stream", /^stream must/, () => refuseStream(wrong({}), { status: 403, reason: "no" })],
  ["refuseStream without a refusal", /^refusal must .* not undefined$/, () => refuseStream(stream, wrong(undefined))],
  [
    "refuseStream without a reason",
    /^refusal must .* not undefined$/,
    () => refuseStream(stream, wrong({ status: 403 })),
  ],
  ["connectStream without a session", /^session must/, () => connectStream(wrong({}), "ws://127.0.0.1/")],
])("%s is a TypeError by name", async (_, message, call) => {
  const fault = await faultOf(call);
  expect(fault).toBeInstanceOf(TypeError);
  expect((fault as Error).message).toMatch(message);
});

it("a handler that is refused costs the client nothing: no answer was sent", () => {
  const peer = new Peer();
  expect(() => upgrade(opening, peer.socket, NOTHING, { handler: wrong({}) })).toThrow(/^handler must/);
  expect([peer.out, peer.socket.destroyed]).toEqual(["", false]);
});

it("a closeTimeout that is longer than a timer can be does not cut off who is refused", async () => {
  const { socket } = new Peer();
  const headersDistinct = { ...opening.headersDistinct, "sec-websocket-version": ["8"] };
  upgrade(wrong({ ...opening, headersDistinct }), socket, NOTHING, { closeTimeout: 2 ** 40 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(socket.destroyed).toBe(false);
  socket.destroy();
});

describe("what throws once the socket was taken", () => {
  const fault = new Error("the clock has stopped");
  const clock = (): number => {
    throw fault;
  };

  it("leaves none behind of upgrade", () => {
    const { socket } = new Peer();
    expect(() => upgrade(opening, socket, NOTHING, { clock })).toThrow(fault);
    expect(socket.destroyed).toBe(true);
  });

  it("leaves none behind of accept", () => {
    const { socket } = new Peer();
    expect(() => accept(socket, { clock })).toThrow(fault);
    expect(socket.destroyed).toBe(true);
  });

  it("leaves none behind of acceptStream", () => {
    const { socket } = new Peer();
    const opened: Duplex & { respond?: () => void } = Object.assign(socket, { respond() {} });
    const headers = {
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": "https",
      ":path": "/",
      ":authority": "x",
      "sec-websocket-version": "13",
    };
    expect(() => acceptStream(wrong(opened), headers, { clock })).toThrow(fault);
    expect(socket.destroyed).toBe(true);
  });
});
