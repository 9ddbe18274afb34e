// Our adapter for streams on real sockets, as Node makes streams of them, with peers that know nothing of it: `ws` as the server
// and as the client; and sockets that are cut anywhere, or whose peer does not read.

import { once } from "node:events";
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { WebSocketServer as WsServer, WebSocket as WsWebSocket } from "ws";
import { permessageDeflate } from "../../src/extension/index.ts";
import { pakoBackend } from "../../src/extension/pako.ts";
import { type Closure, Opcode } from "../../src/index.ts";
import { type AcceptOptions, accept, type ByteStreams, connect, type Dial } from "../../src/web/streams.ts";
import { atEnd, listen, openSockets, stands } from "../loopback.ts";
import { concat, frame, KEY } from "../wire.ts";
import { line, PAYLOADS, wanted } from "./payloads.ts";

// Without `allowHalfOpen`: with it, these streams would not tell of the peer's end before ours.
const streamsOf = (socket: Socket): ByteStreams => Duplex.toWeb(socket) as ByteStreams;

/** What a runtime's own way to connect would be. */
const dial: Dial = async ({ hostname, port }) => {
  const socket = connectTcp({ host: hostname, port });
  await once(socket, "connect");
  return streamsOf(socket);
};

/** Servers of ours: the port, and how each connection ended. */
async function serve(options: AcceptOptions): Promise<{ port: number; closures: Closure[] }> {
  const closures: Closure[] = [];
  const server = createServer((socket) => {
    void accept(streamsOf(socket), options).closed.then((closure) => closures.push(closure));
  });
  return { port: await listen(server), closures };
}

const ECHO: AcceptOptions = {
  handler: { onMessage: (message, connection) => void connection.send(message.opcode, message.data) },
};

describe.each([false, true])("ws, permessage-deflate: %s", (perMessageDeflate) => {
  const extension = permessageDeflate({ backend: pakoBackend, threshold: 10 });

  it("as the server echoes to a handler and to a loop, and both ends close", async () => {
    const theirs = new WsServer({ port: 0, host: "127.0.0.1", perMessageDeflate });
    await once(theirs, "listening");
    atEnd(() => new Promise((resolve) => theirs.close(resolve)));
    const closed: number[] = [];
    theirs.on("connection", (peer: WsWebSocket) => {
      peer.on("message", (data, binary) => peer.send(data as Buffer, { binary }));
      peer.on("close", (code) => closed.push(code));
    });
    const url = `ws://127.0.0.1:${(theirs.address() as AddressInfo).port}/`;
    const before = openSockets();
    for (const handled of [true, false]) {
      const seen: string[] = [];
      const connection = await connect(url, dial, {
        ...(handled ? { handler: { onMessage: (message) => void seen.push(line(message)) } } : {}),
        extension,
      });
      expect(connection.extension !== undefined).toBe(perMessageDeflate);
      for (const payload of PAYLOADS) {
        connection.send(typeof payload === "string" ? Opcode.Text : Opcode.Binary, payload);
      }
      if (handled) await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(PAYLOADS.length);
      else for await (const message of connection) if (seen.push(line(message)) === PAYLOADS.length) break;
      expect(seen.map((one, at) => one === wanted[at])).toEqual(PAYLOADS.map(() => true));
      expect(await connection.end({ code: 4001 })).toMatchObject({ code: 4001, clean: true });
    }
    await expect.poll(() => closed).toEqual([4001, 4001]);
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  });

  it("as the client is echoed to, and both ends close", async () => {
    const before = openSockets();
    const { port, closures } = await serve({ ...ECHO, extension });
    const client = new WsWebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate });
    const seen: string[] = [];
    client.on("message", (data: Buffer, binary) => {
      seen.push(binary ? `binary ${data.toString("base64")}` : `text ${data}`);
    });
    await once(client, "open");
    for (const payload of PAYLOADS) client.send(payload);
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(PAYLOADS.length);
    expect(seen.map((one, at) => one === wanted[at])).toEqual(PAYLOADS.map(() => true));
    client.close(4002, "done");
    const [code] = await once(client, "close");
    expect(code).toBe(4002);
    await expect.poll(() => closures).toMatchObject([{ code: 4002, reason: "done", clean: true }]);
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  });
});

it("ws as a client is closed by our server, which ends its stream first", async () => {
  const { port, closures } = await serve({ handler: { onMessage: (_, connection) => connection.close(1001, "gone") } });
  const client = new WsWebSocket(`ws://127.0.0.1:${port}/`);
  await once(client, "open");
  client.send("leave");
  const [code, reason] = await once(client, "close");
  expect([code, String(reason)]).toEqual([1001, "gone"]);
  await expect.poll(() => closures).toMatchObject([{ code: 1001, clean: true }]);
});

describe("a connection that is cut", () => {
  const HANDSHAKE = Buffer.from(
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  const WHOLE = concat(
    HANDSHAKE,
    frame({ opcode: Opcode.Text, payload: "first", key: KEY }),
    frame({ opcode: Opcode.Ping, payload: "?", key: KEY }),
    frame({ opcode: Opcode.Close, payload: Uint8Array.of(0x03, 0xe8), key: KEY }),
  );

  it.each(["end", "reset"])(
    "by its %s, after any byte, has closed once, with the right code, and nothing is open",
    async (how) => {
      const before = openSockets();
      const counts = { opened: 0, closed: 0 };
      const codes = new Map<number, number>();
      const { port, closures } = await serve({
        handler: {
          onOpen: () => void counts.opened++,
          onMessage() {},
          onClose: ({ code }) => {
            counts.closed++;
            codes.set(code, (codes.get(code) ?? 0) + 1);
          },
        },
      });
      const cut = async (at: number): Promise<void> => {
        const socket = connectTcp(port, "127.0.0.1");
        socket.on("error", () => {}).resume();
        await once(socket, "connect");
        await new Promise<void>((resolve) => socket.write(WHOLE.subarray(0, at), () => resolve()));
        if (how === "reset") socket.resetAndDestroy();
        else socket.end();
        if (!socket.closed) await once(socket, "close");
      };
      for (let at = 0; at <= WHOLE.length; at += 20) {
        const batch = Array.from({ length: Math.min(20, WHOLE.length + 1 - at) }, (_, more) => cut(at + more));
        await Promise.all(batch);
      }
      await expect.poll(() => closures.length).toBe(WHOLE.length + 1);
      expect(counts.closed).toBe(WHOLE.length + 1);
      if (how === "end") {
        expect(counts.opened).toBe(WHOLE.length + 1 - HANDSHAKE.length);
        expect(Object.fromEntries(codes)).toEqual({ 1000: 1, 1006: WHOLE.length });
      } else {
        // Of the one that was whole, the Close may be lost to the reset.
        expect((codes.get(1006) ?? 0) + (codes.get(1000) ?? 0)).toBe(WHOLE.length + 1);
        expect(codes.get(1000) ?? 0).toBeLessThanOrEqual(1);
      }
      await expect.poll(openSockets).toBeLessThanOrEqual(before + 1);
    },
  );
});

it("a peer that does not read stops the sender, and gets all once it reads", async () => {
  const messages = 1000;
  let written = 0;
  let most = 0;
  const server = createServer(async (socket) => {
    const connection = accept(streamsOf(socket));
    const writer = connection.messages.writable.getWriter();
    for (; written < messages; written++) {
      await writer.write(new Uint8Array(60_000));
      most = Math.max(most, connection.bufferedAmount);
    }
    await writer.close().catch(() => {}); // the test tells
  });
  const client = new WsWebSocket(`ws://127.0.0.1:${await listen(server)}/`);
  let received = 0;
  // The first may come with the handshake.
  client.on("message", () => received++);
  await once(client, "open");
  client.pause();
  await stands(() => written);
  expect(written).toBeLessThan(messages);
  client.resume();
  const [code] = await once(client, "close");
  expect([code, received]).toEqual([1000, messages]);
  expect(most).toBeLessThan(65_536 + 2 * 60_004);
});

it("a loop that does not ask stops the peer", async () => {
  const messages = 200;
  const sent = { count: 0 };
  const server = createServer((socket) => {
    socket.on("error", () => {}).resume();
    const bytes = frame({ opcode: Opcode.Binary, payload: new Uint8Array(60_000), key: KEY });
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n");
    socket.write("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    for (let count = 0; count < messages; count++) socket.write(bytes, () => sent.count++);
  });
  const socket = connectTcp(await listen(server), "127.0.0.1");
  await once(socket, "connect");
  // Who connects is the server here: it is the same to the streams.
  const connection = accept(streamsOf(socket));
  await stands(() => sent.count);
  expect(sent.count).toBeLessThan(messages);
  let seen = 0;
  for await (const message of connection) {
    expect(message.length).toBe(60_000);
    if (++seen === messages) break;
  }
  expect(sent.count).toBe(messages);
  connection.abort();
  await connection.closed;
});
