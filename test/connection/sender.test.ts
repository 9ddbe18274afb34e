// Who waits to send more, besides the handler; what is sent, and how, is in connection.test.ts.

import { describe, expect, test } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { pakoBackend } from "../../src/extension/pako.ts";
import { type Connection, Opcode } from "../../src/index.ts";
import { frame, KEY } from "../wire.ts";
import { Endpoint } from "./endpoint.ts";

const OFFER = [{ token: "permessage-deflate", parameters: [] }];
const LONG = new Uint8Array(1000);

/** A server past its high-water mark. */
function congested(): Endpoint {
  const server = new Endpoint("server", { highWaterMark: 500 });
  server.connection.sendBinary(LONG);
  expect(server.connection.congested).toBe(true);
  return server;
}

/** Whether a promise has settled, and to what, once all that is due has run. */
async function now<T>(promise: Promise<T>): Promise<T | "waits"> {
  await new Promise(setImmediate);
  return Promise.race([promise, Promise.resolve<"waits">("waits")]);
}

describe("drained", () => {
  test("is true at once where nothing is in the way", async () => {
    const server = new Endpoint("server", { highWaterMark: 500 });
    expect(await now(server.connection.drained())).toBe(true);
    server.connection.sendBinary(LONG.subarray(0, 400));
    expect(await now(server.connection.drained())).toBe(true);
  });

  test("waits until the connection is open", async () => {
    const opening = { request: undefined, receive: () => ({ agreed: {}, rest: new Uint8Array(0) }) };
    const server = new Endpoint("server", {}, opening);
    const waiting = server.connection.drained();
    expect(await now(waiting)).toBe("waits");
    server.connection.receive(Uint8Array.of(0x0a));
    expect(await waiting).toBe(true);
  });

  test("waits until all was taken, however many wait", async () => {
    const server = congested();
    const waiting = [server.connection.drained(), server.connection.drained()];
    expect(await now(waiting[0])).toBe("waits");
    server.connection.takeBytes();
    server.connection.sendText("more");
    expect(await now(waiting[0])).toBe("waits");
    server.take();
    expect(await Promise.all(waiting)).toStrictEqual([true, true]);
    expect(server.seen).toStrictEqual(["drain"]);
  });

  test("is true though the handler throws at onDrain", async () => {
    const server = congested();
    server.onDrained = () => {
      throw new Error("a fault of ours");
    };
    const waiting = server.connection.drained();
    expect(() => server.take()).toThrow("a fault of ours");
    expect(await waiting).toBe(true);
  });

  test.each<[how: string, end: (server: Endpoint) => void]>([
    ["a Close of ours", ({ connection }) => connection.close()],
    ["a Close of the peer's", ({ connection }) => connection.receive(frame({ opcode: Opcode.Close, key: KEY }))],
    ["a violation", ({ connection }) => connection.receive(Uint8Array.of(0x83, 0x80))],
    ["the end of the stream", ({ connection }) => connection.receiveEof()],
    ["abort", ({ connection }) => connection.abort()],
  ])("is false once there is %s", async (_, end) => {
    const server = congested();
    const waiting = server.connection.drained();
    end(server);
    expect(await now(waiting)).toBe(false);
    expect(await now(server.connection.drained())).toBe(false);
  });
});

describe("a watcher", () => {
  test("that is none is refused at once", () => {
    const { connection } = new Endpoint("server");
    expect(() => connection.watch(5 as never)).toThrow(new TypeError("watcher must be a function, not 5"));
  });

  test("is called when it drains and as it closes, until it has enough", () => {
    const server = congested();
    const { connection } = server;
    const seen: string[] = [];
    const stop = connection.watch(() => seen.push(`a ${connection.readyState}`));
    connection.watch(() => seen.push(`b ${connection.readyState}`));
    server.take();
    expect(seen.splice(0)).toStrictEqual(["a 1", "b 1"]);
    stop();
    connection.close();
    expect(seen.splice(0)).toStrictEqual(["b 2"]);
    connection.receiveEof();
    expect(seen).toStrictEqual(["b 3"]);
  });

  test("that stops itself and watches anew is called once each time, and one that another has stopped is not", () => {
    const { connection } = congested();
    const seen: string[] = [];
    let stop: () => void = () => {};
    const again = (): void => {
      seen.push(`again ${connection.readyState}`);
      if (seen.length > 9) throw new Error("called without end");
      stop();
      stopOther();
      stop = connection.watch(again);
    };
    stop = connection.watch(again);
    const stopOther = connection.watch(() => seen.push("other"));
    connection.watch(() => seen.push(`beside ${connection.readyState}`));
    connection.close();
    connection.receiveEof();
    expect(seen).toStrictEqual(["again 2", "beside 2", "beside 3", "again 3"]);
  });
});

// What a caller in plain JavaScript may pass.
describe.each([
  ["without an extension", {}],
  ["with one", { extension: permessageDeflate({ backend: pakoBackend }).answer(OFFER)?.extension }],
])("what is no message, %s, is refused by name, and nothing is sent", (_, agreed) => {
  const payload = "payload must be a string or a Uint8Array";
  test.each<[call: string, message: string, (connection: Connection) => unknown]>([
    ["sendText()", payload, (connection) => connection.sendText(undefined as never)],
    ["sendText(null)", payload, (connection) => connection.sendText(null as never)],
    ["sendBinary(5)", payload, (connection) => connection.sendBinary(5 as never)],
    ["sendBinary of an array", payload, (connection) => connection.sendBinary(new Array(9000) as never)],
    ["sendBinary of words", payload, (connection) => connection.sendBinary(new Uint16Array(9000) as never)],
    ["send(1)", payload, (connection) => connection.send(1, undefined as never)],
    [
      'send("x")',
      "opcode must be Continuation (0), Text (1) or Binary (2), not a string",
      (connection) => connection.send("x" as never, undefined as never),
    ],
    [
      "send(3)",
      "opcode must be Continuation (0), Text (1) or Binary (2), not 3",
      (connection) => connection.send(3 as never, "x"),
    ],
    ["ping of text", "payload must be a Uint8Array", (connection) => connection.ping("x" as never)],
    ["pong(5)", "payload must be a Uint8Array", (connection) => connection.pong(5 as never)],
  ])("%s: %s", (_, message, call) => {
    const { connection } = new Endpoint("server", {}, agreed);
    expect(() => call(connection)).toThrow(TypeError);
    expect(() => call(connection)).toThrow(message);
    expect(connection.takeBytes()).toBeUndefined();
  });
});
