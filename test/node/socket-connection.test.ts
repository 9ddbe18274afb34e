import { once } from "node:events";
import { type AddressInfo, connect as connectTcp, createServer } from "node:net";
import { Duplex } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ConnectionHandler, Opcode, ReadyState } from "../../src/index.ts";
import { type SocketOptions, SocketSettings } from "../../src/node/settings.ts";
import { SocketConnection } from "../../src/node/socket-connection.ts";
import { frame, KEY } from "../wire.ts";
import { Peer } from "./peer.ts";

/** Node 20 cannot free memory. */
const frees = "transfer" in ArrayBuffer.prototype;

const LONG = "y".repeat(100_000);
const text = (payload: string): Uint8Array => frame({ opcode: Opcode.Text, payload, key: KEY });
const ping = (payload: string): Uint8Array => frame({ opcode: Opcode.Ping, payload, key: KEY });

const echo: ConnectionHandler = {
  onMessage: (message, connection) => void connection.send(message.opcode, message.data),
};

function connect(
  peer: Peer,
  handler: ConnectionHandler = echo,
  options: Omit<SocketOptions, "role"> = {},
): SocketConnection {
  return new SocketConnection(new SocketSettings({ role: "server", ...options }), handler, peer.socket);
}

describe("what is sent", () => {
  it("in answer to a chunk goes out in one write, long messages too", () => {
    const peer = new Peer();
    connect(peer);
    peer.say(text("a"), text("b"), ping("c"));
    expect(peer.writes).toBe(1);
    expect(peer.out).toBe("\x81\x01a\x81\x01b\x8a\x01c");
    peer.say(text("a"), text(LONG), text("b"));
    expect(peer.writes).toBe(2);
  });

  it("in one turn goes out in one write, with the next", async () => {
    const peer = new Peer();
    const connection = connect(peer);
    for (const payload of ["a", "b", "c"]) connection.sendText(payload);
    expect(peer.writes).toBe(0);
    await expect.poll(() => peer.out).toBe("\x81\x01a\x81\x01b\x81\x01c");
    expect(peer.writes).toBe(1);
  });

  it("is not written over where the socket passes the very bytes on", () => {
    const passed: Buffer[] = [];
    const socket = new Duplex({
      read() {},
      write(chunk: Buffer, _, callback) {
        passed.push(chunk);
        callback();
      },
    });
    const connection = new SocketConnection(new SocketSettings({ role: "server", freeChunks: true }), echo, socket);
    socket.emit("data", text("first"));
    socket.emit("data", text("second"));
    const long = new Uint8Array(text(LONG));
    socket.emit("data", long);
    expect(long.length).toBeGreaterThan(LONG.length);
    expect(Buffer.concat(passed).toString("latin1", 0, 15)).toBe("\x81\x05first\x81\x06second");
    connection.abort();
  });

  it("goes out, and what follows too, when a handler throws as it drains", async () => {
    const peer = new Peer();
    let faults = 1;
    const onDrain = (): void => {
      if (faults-- > 0) throw new Error("a fault of ours");
    };
    const connection = connect(peer, { ...echo, onDrain }, { highWaterMark: 0 });
    expect(() => peer.say(text("first"))).toThrow("a fault of ours");
    expect(peer.out).toBe("\x81\x05first");
    expect(peer.socket.writableCorked).toBe(0);
    connection.sendText("second");
    await expect.poll(() => peer.out).toBe("\x81\x05first\x81\x06second");
  });

  it("does not write over what is still on its way", () => {
    const slow = new Peer({ reads: false });
    const quick = new Peer();
    const settings = new SocketSettings({ role: "server" });
    for (const { socket } of [slow, quick]) new SocketConnection(settings, echo, socket);
    slow.say(text("first"));
    quick.say(text("second"));
    quick.say(text("third"));
    slow.read();
    expect(slow.out).toBe("\x81\x05first");
    expect(quick.out).toBe("\x81\x06second\x81\x05third");
  });
});

describe("a peer that does not read", () => {
  it("is not read from until it does, and what is sent waits", async () => {
    const peer = new Peer({ reads: false });
    const connection = connect(peer);
    peer.say(text(LONG));
    peer.say(text(LONG));
    expect(connection.congested).toBe(true);
    expect(connection.bufferedAmount).toBeGreaterThanOrEqual(LONG.length);
    expect(peer.socket.isPaused()).toBe(true);
    peer.read();
    await expect.poll(() => peer.out.length).toBe(2 * (10 + LONG.length));
    expect(peer.socket.isPaused()).toBe(false);
    expect(connection.congested).toBe(false);
  });

  it("leaves unsent what waits in the connection and in the socket", async () => {
    const peer = new Peer({ reads: false });
    const connection = connect(peer);
    connection.sendText("a");
    expect([connection.unsent, connection.bufferedAmount]).toEqual([3, 3]);
    await expect.poll(() => connection.bufferedAmount).toBe(0);
    connection.ping();
    expect([connection.unsent, connection.bufferedAmount]).toEqual([9, 6]);
    peer.read();
    await expect.poll(() => connection.unsent).toBe(0);
  });

  it("is one whose long message did not go out at once: another is read on", () => {
    const peer = new Peer();
    const pause = vi.spyOn(peer.socket, "pause");
    connect(peer);
    peer.say(text(LONG));
    expect(peer.out.length).toBe(10 + LONG.length);
    expect(pause).not.toHaveBeenCalled();
  });

  it("is read on once all is said, so that its Close is not lost to a reset", () => {
    const peer = new Peer({ reads: false });
    const connection = connect(peer);
    peer.say(text(LONG));
    peer.say(text(LONG));
    peer.say(frame({ opcode: Opcode.Close, key: KEY }));
    expect(connection.finished).toBe(true);
    expect(peer.socket.isPaused()).toBe(false);
  });
});

it("a consumer may pause its peer", () => {
  const peer = new Peer();
  const connection = connect(peer);
  connection.pause();
  expect(peer.socket.isPaused()).toBe(true);
  connection.resume();
  expect(peer.socket.isPaused()).toBe(false);
});

describe("freeChunks", () => {
  const options = { freeChunks: true };

  it("frees a chunk once what it caused is out, and not before", async () => {
    const server = createServer();
    const chunks: Uint8Array[] = [];
    server.on("connection", (socket) => {
      new SocketConnection(new SocketSettings({ role: "server", ...options }), echo, socket);
      socket.prependListener("data", (chunk) => chunks.push(chunk));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connectTcp((server.address() as AddressInfo).port, "127.0.0.1");
    let received = 0;
    client.on("data", ({ length }) => {
      received += length;
    });
    client.write(text("y".repeat(5000)));
    await expect.poll(() => received).toBe(5004);
    expect(chunks.map(({ length }) => length)).toStrictEqual(chunks.map(() => (frees ? 0 : 5008)));
    client.destroy();
    server.close();
    const slow = new Peer({ reads: false });
    connect(slow, echo, options);
    expect(slow.say(text(LONG)).length).toBe(LONG.length + 14);
    slow.read();
    expect(slow.out.slice(10)).toBe(LONG);
  });

  it("what is sent on to another connection does not lie in the chunk", async () => {
    const other = new Peer({ reads: false });
    const relayed = connect(other);
    relayed.sendText("first");
    await expect.poll(() => relayed.bufferedAmount).toBe(0);
    const server = createServer();
    server.on("connection", (socket) => {
      const handler: ConnectionHandler = {
        onMessage: (message) => void relayed.send(message.opcode, message.data),
      };
      new SocketConnection(new SocketSettings({ role: "server", ...options }), handler, socket);
      // As if it were freed, where there is nothing to free it with.
      socket.on("data", (chunk) => void chunk.fill(0));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connectTcp((server.address() as AddressInfo).port, "127.0.0.1");
    client.write(text("y".repeat(9000)));
    await expect.poll(() => relayed.unsent).toBe(7 + 9004);
    other.read();
    await expect.poll(() => other.out).toBe(`\x81\x05first\x81\x7e\x23\x28${"y".repeat(9000)}`);
    client.destroy();
    server.close();
  });

  it("is off unless asked for", () => {
    const peer = new Peer();
    connect(peer);
    expect(peer.say(text(LONG)).length).toBe(LONG.length + 14);
  });

  it("leaves a message whole that lies in several chunks", () => {
    const peer = new Peer();
    connect(peer, echo, options);
    const first = frame({ opcode: Opcode.Text, payload: LONG, fin: false, key: KEY });
    const last = frame({ opcode: Opcode.Continuation, payload: LONG, key: KEY });
    const frames = Buffer.concat([first, ping("ping"), last]);
    for (let at = 0; at < frames.length; at += 5003) peer.say(frames.subarray(at, at + 5003));
    expect(peer.out.replace("\x8a\x04ping", "").slice(10)).toBe(LONG + LONG);
  });
});

describe("the end", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("of a peer that closes is answered, and the socket is ended", () => {
    const peer = new Peer();
    connect(peer);
    peer.say(frame({ opcode: Opcode.Close, payload: Uint8Array.of(0x03, 0xe8), key: KEY }));
    expect(peer.out).toBe("\x88\x02\x03\xe8");
    expect(peer.socket.writableEnded).toBe(true);
  });

  it("of the stream without a Close ends the socket, and the handler is told", () => {
    const peer = new Peer();
    const onClose = vi.fn();
    connect(peer, { ...echo, onClose });
    peer.socket.emit("end");
    expect(peer.socket.writableEnded).toBe(true);
    expect(onClose).toHaveBeenCalledOnce();
    expect(onClose.mock.calls[0][0]).toMatchObject({ code: 1006, clean: false });
  });

  it("by a reset is told once", async () => {
    const peer = new Peer();
    const onClose = vi.fn();
    connect(peer, { ...echo, onClose });
    const closed = new Promise((resolve) => peer.socket.on("close", resolve));
    peer.socket.destroy(new Error("ECONNRESET"));
    await closed;
    expect(onClose).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("comes in time to a peer that answers neither Ping nor Close, and to one that does not end its half", async () => {
    const times = { keepAliveInterval: 1000, keepAliveTimeout: 500, closeTimeout: 200 };
    const silent = new Peer();
    connect(silent, echo, times);
    vi.advanceTimersByTime(1001);
    expect(silent.out.slice(0, 2)).toBe("\x89\x04");
    expect(silent.socket.destroyed).toBe(false);
    vi.advanceTimersByTime(502);
    expect(silent.socket.destroyed).toBe(true);

    const deaf = new Peer();
    connect(deaf, echo, times).close(1001, "gone");
    await new Promise(process.nextTick);
    vi.advanceTimersByTime(202);
    expect(deaf.socket.destroyed).toBe(true);

    const halfOpen = new Peer({ reads: false });
    const connection = connect(halfOpen, echo, times);
    halfOpen.say(text(LONG));
    halfOpen.socket.emit("end");
    expect(connection.readyState).toBe(ReadyState.Closed);
    vi.advanceTimersByTime(202);
    expect(halfOpen.socket.destroyed).toBe(true);
  });
});

describe("a timeout", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("longer than a timer can be is waited for in parts", () => {
    const peer = new Peer();
    connect(peer, echo, { keepAliveInterval: 2 ** 32 });
    vi.advanceTimersByTime(2 ** 32 - 1);
    expect(peer.out).toBe("");
    vi.advanceTimersByTime(2);
    expect(peer.out.slice(0, 2)).toBe("\x89\x04");
  });

  it("has a timer for all connections with the same settings, which no message sets anew", () => {
    const settings = new SocketSettings({ role: "server" });
    const peers = [new Peer(), new Peer(), new Peer()];
    for (const { socket } of peers) new SocketConnection(settings, echo, socket);
    expect(vi.getTimerCount()).toBe(1);
    const set = vi.spyOn(globalThis, "setTimeout");
    for (const peer of peers) peer.say(text("a"), text("b"));
    expect(set).not.toHaveBeenCalled();
  });

  it("does not give up a peer that is slow, but reads", () => {
    const peer = new Peer();
    connect(peer, echo, { keepAliveInterval: 1000, keepAliveTimeout: 500 });
    for (let round = 0; round < 5; round++) {
      vi.advanceTimersByTime(600);
      peer.socket.emit("drain");
    }
    expect(peer.socket.destroyed).toBe(false);
    vi.advanceTimersByTime(2600);
    expect(peer.socket.destroyed).toBe(true);
  });
});

it("a handler that throws as the connection is given up leaves no socket behind", async () => {
  const peer = new Peer();
  const onClose = (): void => {
    throw new Error("a fault of ours");
  };
  const connection = connect(peer, { ...echo, onClose });
  expect(() => connection.abort()).toThrow("a fault of ours");
  await once(peer.socket, "close");
  expect(await connection.closed).toMatchObject({ code: 1006 });
});

it("a handler that throws as the connection closes leaves no socket behind", () => {
  const peer = new Peer();
  const onClose = (): void => {
    throw new Error("a fault of ours");
  };
  connect(peer, { ...echo, onClose });
  expect(() => peer.socket.emit("end")).toThrow("a fault of ours");
  expect(peer.socket.writableEnded).toBe(true);
});

it("a handler that throws has the peer told 1011, and leaves nothing for the next connection", async () => {
  const settings = new SocketSettings({ role: "server" });
  const [faulty, next] = [new Peer(), new Peer()];
  const handler: ConnectionHandler = {
    onMessage(message, connection) {
      connection.sendText(message.text());
      throw new Error("a fault of ours");
    },
  };
  new SocketConnection(settings, handler, faulty.socket);
  new SocketConnection(settings, echo, next.socket);
  expect(() => faulty.say(text("before"))).toThrow("a fault of ours");
  next.say(text("after"));
  expect(faulty.out).toBe("\x81\x06before\x88\x02\x03\xf3");
  expect(next.out).toBe("\x81\x05after");
});
