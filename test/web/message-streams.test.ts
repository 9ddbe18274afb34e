import { describe, expect, it } from "vitest";
import { ConnectionFailed } from "../../src/adapter/message-queue.ts";
import { Opcode, ReadyState } from "../../src/index.ts";
import { accept, connect, type StreamConnection, type StreamOptions } from "../../src/web/streams.ts";
import { concat, frame, KEY, pattern } from "../wire.ts";
import { Peer, pipes, settled } from "./pipes.ts";

const HANDSHAKE = Buffer.from(
  "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
);
const text = (payload: string) => frame({ opcode: Opcode.Text, payload, key: KEY });
const CLOSE = frame({ opcode: Opcode.Close, payload: Uint8Array.of(0x03, 0xe8), key: KEY });

/** What was sent behind the answer of the handshake. */
const sent = (peer: Peer): string => peer.out.slice(peer.out.indexOf("\r\n\r\n") + 4);

async function opened(peer: Peer, options: StreamOptions = {}): Promise<StreamConnection> {
  const connection = accept(peer.streams, options);
  peer.say(HANDSHAKE);
  await settled();
  expect(connection.readyState).toBe(ReadyState.Open);
  return connection;
}

async function all<T>(readable: ReadableStream<T>): Promise<T[]> {
  const seen: T[] = [];
  await readable.pipeTo(new WritableStream({ write: (one) => void seen.push(one) }));
  return seen;
}

it("two ends speak as streams, text as strings and binary as bytes, and both close", async () => {
  const [here, there] = pipes(7);
  const server = accept(there).messages;
  const echo = server.readable.pipeTo(server.writable);
  const client = await connect("ws://a.example/", here);
  const { readable, writable } = client.messages;
  const messages = ["a", pattern(300), "한국어".repeat(50), new Uint8Array(0), "z"];
  const reader = readable.getReader();
  const writer = writable.getWriter();
  void Promise.all(messages.map((message) => writer.write(message)));
  for (const message of messages) expect((await reader.read()).value).toEqual(message);
  await writer.close();
  expect((await reader.read()).done).toBe(true);
  await echo;
  expect(await client.closed).toMatchObject({ code: 1000, clean: true });
});

it("they are the same each time they are asked for, and not there beside a handler", () => {
  const connection = accept(new Peer().streams);
  expect(connection.messages).toBe(connection.messages);
  expect(() => accept(new Peer().streams, { handler: { onMessage() {} } }).messages).toThrow(TypeError);
});

describe("the readable", () => {
  it("has the peer wait while nobody reads", async () => {
    const peer = new Peer();
    const { messages } = await opened(peer, { readAhead: 1000 });
    const texts = Array.from({ length: 50 }, (_, count) => `${count}`.padEnd(300));
    for (const one of texts) peer.say(text(one));
    await settled();
    expect(peer.pulls).toBeLessThan(12);
    peer.say(CLOSE);
    peer.end();
    expect(await all(messages.readable)).toEqual(texts);
  });

  it("gives bytes that may be transferred, though others came in the same chunk", async () => {
    const peer = new Peer();
    const { messages } = await opened(peer);
    const binary = (payload: Uint8Array) => frame({ opcode: Opcode.Binary, payload, key: KEY });
    peer.say(binary(pattern(40)), binary(pattern(50)));
    const reader = messages.readable.getReader();
    for (const length of [40, 50]) {
      const bytes = (await reader.read()).value as Uint8Array<ArrayBuffer>;
      expect(bytes).toEqual(pattern(length));
      structuredClone(bytes, { transfer: [bytes.buffer] });
    }
  });

  it("fails with the connection", async () => {
    const peer = new Peer();
    const { messages } = await opened(peer);
    peer.say(text("before"));
    peer.end();
    const reader = messages.readable.getReader();
    expect((await reader.read()).value).toBe("before");
    await expect(reader.read()).rejects.toBeInstanceOf(ConnectionFailed);
  });

  it("cancelled, closes the connection, whatever waits", async () => {
    const peer = new Peer();
    const connection = await opened(peer, { readAhead: 100 });
    for (let count = 0; count < 10; count++) peer.say(text("x".repeat(300)));
    await settled();
    const cancelled = connection.messages.readable.cancel("enough");
    await settled();
    expect(sent(peer)).toBe("\x88\x02\x03\xe8");
    peer.say(CLOSE);
    peer.end();
    await cancelled;
    expect(await connection.closed).toMatchObject({ code: 1000, clean: true });
  });
});

describe("the writable", () => {
  it("is written to before the connection is open, and waits for that", async () => {
    const peer = new Peer();
    const writer = accept(peer.streams).messages.writable.getWriter();
    const written = writer.write("early");
    await settled();
    expect(peer.out).toBe("");
    peer.say(HANDSHAKE);
    await written;
    await settled();
    expect(sent(peer)).toBe("\x81\x05early");
  });

  it("closed before the connection is open, waits for that, too", async () => {
    const peer = new Peer();
    const closing = accept(peer.streams).messages.writable.close();
    await settled();
    peer.say(HANDSHAKE);
    await settled();
    expect(sent(peer)).toBe("\x88\x02\x03\xe8");
    peer.say(CLOSE);
    peer.end();
    await closing;
  });

  it("has written a message when another may follow", async () => {
    const peer = new Peer();
    const { writable } = (await opened(peer)).messages;
    const writer = writable.getWriter();
    peer.stopReading();
    await writer.write("goes into the stream");
    await settled();
    let written = false;
    const writing = writer.write(new Uint8Array(100_000)).then(() => {
      written = true;
    });
    await settled();
    expect(written).toBe(false);
    peer.read();
    await writing;
  });

  it("is not ready while the peer does not read: little waits, whatever is written", async () => {
    const peer = new Peer();
    const connection = await opened(peer);
    peer.stopReading();
    const writer = connection.messages.writable.getWriter();
    let written = 0;
    const writing = (async () => {
      for (let count = 0; count < 200; count++) {
        await writer.ready;
        void writer.write("x".repeat(20_000)).then(() => written++);
      }
    })();
    await settled();
    expect(written).toBeLessThan(20);
    expect(connection.bufferedAmount).toBeLessThan(200_000);
    peer.read();
    await writing;
    await expect.poll(() => sent(peer).length).toBe(200 * 20_004);
  });

  it("aborted, closes the connection with 1011, also while a write waits", async () => {
    for (const reads of [true, false]) {
      const peer = new Peer();
      const connection = await opened(peer);
      if (!reads) peer.stopReading();
      const writer = connection.messages.writable.getWriter();
      const writes = [1, 2, 3].map(() => writer.write(new Uint8Array(70_000)));
      const outcome = Promise.allSettled(writes);
      await settled();
      const aborted = writer.abort(new Error("a fault of ours"));
      await settled();
      expect(connection.readyState).toBe(ReadyState.Closing);
      peer.read();
      peer.say(CLOSE);
      peer.end();
      await aborted;
      await outcome;
      expect(sent(peer).endsWith("\x88\x02\x03\xf3")).toBe(true);
    }
  });

  it("closed, waits for the end, and fails when that is not clean", async () => {
    const peer = new Peer();
    const connection = await opened(peer);
    const closing = connection.messages.writable.close();
    await settled();
    expect(sent(peer)).toBe("\x88\x02\x03\xe8");
    peer.end();
    await expect(closing).rejects.toBeInstanceOf(ConnectionFailed);
  });

  it("fails when the connection is closing, or has failed", async () => {
    const peer = new Peer();
    const writer = (await opened(peer)).messages.writable.getWriter();
    peer.say(CLOSE);
    await settled();
    await expect(writer.write("late")).rejects.toMatchObject({ name: "InvalidStateError" });

    const lost = new Peer();
    const other = (await opened(lost)).messages.writable.getWriter();
    const error = new Error("reset");
    lost.failReadable(error);
    await expect(other.closed).rejects.toMatchObject({ name: "ConnectionFailed", cause: error });
  });

  it.each([
    [5, "5"],
    [undefined, "undefined"],
    [{}, "an Object"],
  ])("takes strings and bytes: given %j, it closes the connection with 1011", async (chunk, kind) => {
    const peer = new Peer();
    const connection = await opened(peer);
    const writer = connection.messages.writable.getWriter();
    const written = writer.write(chunk as unknown as string);
    await expect(written).rejects.toThrow(new TypeError(`payload must be a string or a Uint8Array, not ${kind}`));
    await settled();
    expect(sent(peer)).toBe("\x88\x02\x03\xf3");
    peer.say(CLOSE);
    peer.end();
    expect(await connection.closed).toMatchObject({ clean: true });
  });

  it("fails for the reason of the signal that aborted the connection", async () => {
    const [here, there] = pipes();
    accept(there);
    const controller = new AbortController();
    const { writable } = (await connect("ws://a.example/", here, { signal: controller.signal })).messages;
    const cause = new Error("enough");
    controller.abort(cause);
    await expect(writable.getWriter().closed).rejects.toMatchObject({ name: "ConnectionFailed", cause });
  });
});

it("a frame in one chunk with the handshake is a message", async () => {
  const peer = new Peer();
  const { messages } = accept(peer.streams);
  peer.say(concat(HANDSHAKE, text("first")));
  expect((await messages.readable.getReader().read()).value).toBe("first");
});
