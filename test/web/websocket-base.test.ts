// Over a `connect` of the test's own, which does what those of sockets seldom do, and at a time of its choosing.

import { afterEach, describe, expect, it, vi } from "vitest";
import { Connection, type ConnectionHandler, Opcode, ReadyState } from "../../src/index.ts";
import { type ConnectOptions, type OpenConnection, webSocketOver } from "../../src/web/websocket.ts";
import { frame } from "../wire.ts";
import { uncaught } from "./uncaught.ts";

afterEach(() => vi.unstubAllGlobals());

const task = () => new Promise((resolve) => setImmediate(resolve));
const text = (payload: string) => frame({ opcode: Opcode.Text, payload });

/** A `connect` that is answered by hand: `opened` gives a connection without a socket. */
function byHand() {
  const asked: { uri: string; options: ConnectOptions }[] = [];
  let resolve: (connection: OpenConnection) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const WebSocket = webSocketOver((uri: string, options: ConnectOptions) => {
    asked.push({ uri, options });
    return new Promise<OpenConnection>((...settle) => {
      [resolve, reject] = settle;
    });
  });
  const make = (protocol?: string): Connection =>
    new Connection({ role: "client" }, asked[0].options.handler as ConnectionHandler, { protocol });
  return {
    WebSocket,
    asked,
    make,
    resolve: (one: OpenConnection) => resolve(one),
    reject: (one: unknown) => reject(one),
  };
}

function record(socket: WebSocket): string[] {
  const events: string[] = [];
  for (const type of ["open", "message", "error", "close"]) {
    socket.addEventListener(type, (event) => {
      const { data, message, code } = event as Partial<MessageEvent & ErrorEvent & CloseEvent>;
      events.push([type, data ?? message ?? code ?? "", socket.readyState].join(" "));
    });
  }
  return events;
}

describe("what connect is asked", () => {
  it("is the URL as parseUri takes it, the subprotocols as a list, and the options that are connect's", async () => {
    const { WebSocket, asked } = byHand();
    const extra = { base: "https://a.example/b/", protocols: "chat", openingTimeout: 5 };
    const socket = new WebSocket("c?\\d", extra);
    expect(socket.url).toBe("wss://a.example/b/c?\\d");
    await task();
    expect(asked[0].uri).toBe("wss://a.example/b/c?%5Cd");
    const { handler, signal, extension, ...rest } = asked[0].options;
    expect(rest).toEqual({ protocols: ["chat"], openingTimeout: 5 });
    expect([typeof handler?.onMessage, signal?.aborted, extension]).toEqual(["function", false, undefined]);
  });

  it("is an address that the page's own was the base of", () => {
    const { WebSocket, asked } = byHand();
    vi.stubGlobal("location", { href: "http://page.example/a/b" });
    expect(new WebSocket("c").url).toBe("ws://page.example/a/c");
    expect(asked.length).toBe(1);
    vi.stubGlobal("location", undefined);
    expect(() => new WebSocket("c")).toThrow(DOMException);
    expect(asked.length).toBe(1);
  });

  it("is a function's business", () => {
    expect(() => webSocketOver(undefined as unknown as () => Promise<OpenConnection>)).toThrow(/^connect must/);
  });
});

describe("a connection that is open", () => {
  it("is told of before what came early, each in a task of its own, and its end last", async () => {
    const { WebSocket, make, resolve } = byHand();
    const socket = new WebSocket("ws://a/");
    const events = record(socket);
    const connection = make();
    connection.receive(text("one"));
    connection.receiveEof();
    await task();
    expect(events).toEqual([]);
    resolve(connection);
    await expect.poll(() => events.length).toBe(4);
    const end = "error the connection ended without its closing handshake 3";
    expect(events).toEqual(["open  1", "message one 1", end, "close 1006 3"]);
  });

  it("lets promises wait for one message after the other, though they came at once", async () => {
    const { WebSocket, make, resolve } = byHand();
    const socket = new WebSocket("ws://a/");
    const connection = make();
    resolve(connection);
    const next = async () => {
      const event = await new Promise<MessageEvent>((take) => socket.addEventListener("message", take, { once: true }));
      return event.data as string;
    };
    await new Promise((take) => socket.addEventListener("open", take));
    connection.receive(Buffer.concat(["one", "two", "three"].map(text)));
    expect([await next(), await next(), await next()]).toEqual(["one", "two", "three"]);
  });

  it("keeps what a message holds, though its chunk is written over", async () => {
    const { WebSocket, make, resolve } = byHand();
    const socket = new WebSocket("ws://a/");
    const connection = make();
    resolve(connection);
    const got: MessageEvent[] = [];
    socket.addEventListener("message", (event) => got.push(event));
    const chunk = Buffer.concat([frame({ opcode: Opcode.Binary, payload: "binary" }), text("text")]);
    connection.receive(chunk);
    chunk.fill(0);
    // Which way binary data is told is decided when it is told.
    socket.binaryType = "arraybuffer";
    await expect.poll(() => got.length).toBe(2);
    expect(Buffer.from(got[0].data).toString()).toBe("binary");
    expect(got[0].data.byteLength).toBe(6);
    expect(got[1].data).toBe("text");
  });

  it("shows that the peer closes once what came before was told, and then takes nothing more to send", async () => {
    const { WebSocket, make, resolve } = byHand();
    const socket = new WebSocket("ws://a/");
    const events = record(socket);
    const connection = make();
    resolve(connection);
    await task();
    await expect.poll(() => events).toEqual(["open  1"]);
    connection.receive(Buffer.concat([text("last"), frame({ opcode: Opcode.Close })]));
    expect(socket.readyState).toBe(1);
    await expect.poll(() => socket.readyState).toBe(2);
    expect(events).toEqual(["open  1", "message last 1"]);
    socket.send("lost");
    expect(socket.bufferedAmount).toBe(4);
    socket.close();
    connection.receiveEof();
    expect(socket.readyState).toBe(2);
    await expect.poll(() => events.slice(2)).toEqual(["close 1005 3"]);
    expect(socket.bufferedAmount).toBe(4);
  });

  it("is closed by its own handshake where close is called before open was told, which it is not", async () => {
    const { WebSocket, make, resolve } = byHand();
    const socket = new WebSocket("ws://a/");
    const events = record(socket);
    const connection = make();
    resolve(connection);
    await Promise.resolve().then(() => {});
    expect(socket.readyState).toBe(0);
    socket.close(3000);
    expect(connection.readyState).toBe(ReadyState.Closing);
    connection.receive(frame({ opcode: Opcode.Close, payload: Uint8Array.of(0x0b, 0xb8) }));
    connection.receiveEof();
    await expect.poll(() => events).toEqual(["close 3000 3"]);
  });

  it("has what it is told dropped by a listener that closes", async () => {
    const { WebSocket, make, resolve } = byHand();
    const socket = new WebSocket("ws://a/");
    const events = record(socket);
    const connection = make();
    socket.addEventListener("message", () => socket.close());
    resolve(connection);
    connection.receive(Buffer.concat([text("one"), text("two")]));
    await expect.poll(() => connection.readyState).toBe(ReadyState.Closing);
    connection.receive(text("three"));
    await task();
    await task();
    expect(events).toEqual(["open  1", "message one 1"]);
  });

  it("counts what was sent until it has left, and what an abrupt end has dropped for good", async () => {
    // At once, and after the connection was congested. Nobody asks for the amount before the end.
    for (const [length, atOnce] of [
      [10, true],
      [100_000, false],
    ] as const) {
      const { WebSocket, make, resolve } = byHand();
      const socket = new WebSocket("ws://a/");
      const connection = make();
      resolve(connection);
      await new Promise((take) => socket.addEventListener("open", take));
      await task();
      socket.send(new Uint8Array(length));
      if (!atOnce) await task();
      while (connection.takeBytes() !== undefined);
      if (atOnce) await task();
      socket.send("123");
      connection.abort();
      expect(socket.bufferedAmount).toBe(3);
      await task();
      expect([socket.readyState, socket.bufferedAmount]).toEqual([3, 3]);
    }
  });

  it("fails with a Blob that cannot be read", async () => {
    const { WebSocket, make, resolve } = byHand();
    const socket = new WebSocket("ws://a/");
    const connection = make();
    resolve(connection);
    await new Promise((take) => socket.addEventListener("open", take));
    const events = record(socket);
    const blob = new Blob(["gone"]);
    blob.arrayBuffer = () => Promise.reject(new Error("the file is gone"));
    socket.send(blob);
    await expect.poll(() => events).toEqual(["error the file is gone 3", "close 1006 3"]);
    expect(connection.aborted).toBe(true);
    expect(socket.bufferedAmount).toBe(4);
  });

  it("fails without the subprotocol that was asked for", async () => {
    const { WebSocket, make, resolve } = byHand();
    const socket = new WebSocket("ws://a/", "chat");
    const events = record(socket);
    const connection = make();
    connection.receive(text("early"));
    resolve(connection);
    await expect.poll(() => events.length).toBe(2);
    expect(events).toEqual(["error the server speaks none of the subprotocols 3", "close 1006 3"]);
    expect([connection.aborted, socket.protocol]).toEqual([true, ""]);
  });
});

describe("a connect that fails", () => {
  it.each([
    [new Error("why"), "why"],
    ["a string", "a string"],
    [5, "5"],
  ])("with %s is told by its message, and has the error", async (error, message) => {
    const { WebSocket, reject } = byHand();
    const socket = new WebSocket("ws://a/");
    const events = record(socket);
    const told: unknown[] = [];
    socket.addEventListener("error", (event) => told.push((event as ErrorEvent).error));
    reject(error);
    await expect.poll(() => events).toEqual([`error ${message} 3`, "close 1006 3"]);
    expect(told).toEqual([error]);
  });

  it("is the same when it throws at once", async () => {
    const WebSocket = webSocketOver(() => {
      throw new TypeError("at once");
    });
    const events = record(new WebSocket("ws://a/"));
    await expect.poll(() => events).toEqual(["error at once 3", "close 1006 3"]);
  });

  it("drops what came before, an end among it, and what comes after", async () => {
    for (const ended of [false, true]) {
      const { WebSocket, make, reject } = byHand();
      const events = record(new WebSocket("ws://a/"));
      const connection = make();
      connection.receive(text("early"));
      if (ended) connection.receiveEof();
      reject(new Error("after all"));
      await task();
      connection.receive(text("late"));
      connection.receiveEof();
      await expect.poll(() => events.length).toBe(2);
      await task();
      expect(events).toEqual(["error after all 3", "close 1006 3"]);
    }
  });
});

describe("close while it connects", () => {
  it("is told once, also when the connection had ended before it was known to be open", async () => {
    const { WebSocket, make, resolve } = byHand();
    const socket = new WebSocket("ws://a/");
    const events = record(socket);
    const connection = make();
    connection.receiveEof();
    socket.close();
    resolve(connection);
    await expect.poll(() => events.length).toBe(2);
    await task();
    expect(events).toEqual(["error the WebSocket was closed before it was open 3", "close 1006 3"]);
  });

  it("aborts the signal, and a connection that comes all the same", async () => {
    const { WebSocket, asked, make, resolve } = byHand();
    const socket = new WebSocket("ws://a/");
    const events = record(socket);
    socket.close();
    expect([asked[0].options.signal?.aborted, socket.readyState]).toEqual([true, 2]);
    socket.send("12345");
    expect(socket.bufferedAmount).toBe(5);
    await expect.poll(() => events.length).toBe(2);
    expect(events).toEqual(["error the WebSocket was closed before it was open 3", "close 1006 3"]);
    socket.send(new Blob(["678"]));
    expect(socket.bufferedAmount).toBe(8);
    const connection = make();
    resolve(connection);
    await expect.poll(() => connection.aborted).toBe(true);
    await task();
    expect(events.length).toBe(2);
  });
});

it.each([{}, null, undefined])("a connect that gives %j instead of a connection fails the WebSocket", async (none) => {
  const WebSocket = webSocketOver(async () => none as unknown as OpenConnection);
  const socket = new WebSocket("ws://a.example/");
  const events = record(socket);
  await task();
  await task();
  expect(events).toEqual(["error connect must give a connection 3", "close 1006 3"]);
});

it("what a listener throws out of dispatchEvent, as in Cloudflare's runtime, is not lost, and keeps no event after it back", async () => {
  const seen = uncaught();
  const { WebSocket, make, resolve } = byHand();
  const socket = new WebSocket("ws://a/");
  const events = record(socket);
  const { dispatchEvent } = socket;
  socket.dispatchEvent = (event) => {
    dispatchEvent.call(socket, event);
    throw `at ${event.type}`;
  };
  const connection = make();
  resolve(connection);
  await task();
  connection.receive(text("one"));
  connection.receiveEof();
  await expect.poll(() => events.length).toBe(4);
  const end = "error the connection ended without its closing handshake 3";
  expect(events).toEqual(["open  1", "message one 1", end, "close 1006 3"]);
  await task();
  expect(seen).toEqual(["at open", "at message", "at error", "at close"]);
});
