// docs/guides/server-framework.md: Socket.IO on CodecServer, and on `ws`, which shows that what is asked here is what Socket.IO
// itself gives.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket as TcpSocket } from "node:net";
import { Server, type ServerOptions, type Socket } from "socket.io";
import { type Socket as Client, io as connect } from "socket.io-client";
import { describe, expect, test, vi } from "vitest";
import { WebSocketServer } from "ws";
import { CodecServer, type CodecSocket } from "../../examples/guides/codec-server.ts";
import { atEnd, listen, thrownBy } from "../loopback.ts";
import { clientFrame, closePayload, HANDSHAKE, RawClient } from "./raw-client.ts";

const MIB = 2 ** 20;

interface Running {
  readonly io: Server;
  readonly port: number;
  /** The sockets that have asked for an upgrade. */
  readonly upgraded: TcpSocket[];
}

async function start(wsEngine: unknown, options: Partial<ServerOptions> = {}): Promise<Running> {
  const http = createServer();
  const upgraded: TcpSocket[] = [];
  http.on("upgrade", (request) => upgraded.push(request.socket));
  const io = new Server(http, { wsEngine, serveClient: false, ...options } as Partial<ServerOptions>);
  io.on("connection", (socket) => {
    socket.on("echo", (message, answer) => answer(message));
  });
  const port = await listen(http);
  atEnd(() => io.close());
  return { io, port, upgraded };
}

async function open(port: number, transports = ["websocket"]): Promise<Client> {
  const client = connect(`http://127.0.0.1:${port}`, { transports, reconnection: false, forceNew: true });
  atEnd(() => client.disconnect());
  await new Promise<void>((resolve, reject) => {
    client.once("connect", resolve).once("connect_error", reject);
  });
  return client;
}

/** A client of the test's own, which has opened a WebSocket to Engine.IO and read its first packet. */
async function openRaw(port: number, path = "/socket.io/?EIO=4&transport=websocket"): Promise<RawClient> {
  const client = await RawClient.connect(port);
  atEnd(() => client.socket.destroy());
  client.socket.write(HANDSHAKE.replace("/raw", path));
  await client.until(() => client.received.includes("\r\n\r\n"));
  expect(client.takeHead()).toMatch(/^HTTP\/1\.1 101 /);
  const [first] = await client.takeFrames(1);
  expect(first.payload.toString()).toMatch(/^0{"sid"/);
  return client;
}

/** Why the server says that its first client is gone. */
function disconnected(io: Server): Promise<string> {
  return new Promise((resolve) => {
    io.once("connection", (socket: Socket) => socket.once("disconnect", resolve));
  });
}

describe.each([
  ["CodecServer", CodecServer],
  ["ws", WebSocketServer],
])("Socket.IO on %s", (_, engine) => {
  test("carries texts and bytes of any length, in order", async () => {
    const { port } = await start(engine);
    const client = await open(port);
    const messages: unknown[] = ["", "한국어 🐙", { a: [1, null] }, Buffer.from([0, 255]), new Uint8Array([1, 2, 3])];
    messages.push("x".repeat(125), "x".repeat(126), "é".repeat(40_000), Buffer.alloc(900_000, "wsimd"));
    for (let number = 0; number < 500; number++) messages.push(number);
    const answers = await Promise.all(messages.map((message) => client.emitWithAck("echo", message)));
    const wanted = messages.map((one) => (one instanceof Uint8Array ? Buffer.from(one) : one));
    expect(answers).toEqual(wanted);
  });

  test("takes over from long polling", async () => {
    const { io, port } = await start(engine);
    const client = await open(port, ["polling", "websocket"]);
    await expect.poll(() => [...io.sockets.sockets.values()][0].conn.transport.name).toBe("websocket");
    expect(await client.emitWithAck("echo", "after the upgrade")).toBe("after the upgrade");
  });

  test("sends the headers that the framework adds", async () => {
    const { io, port } = await start(engine);
    io.engine.on("initial_headers", (headers: Record<string, string>) => {
      headers["Set-Cookie"] = "a=b; Path=/";
    });
    const client = await RawClient.connect(port);
    client.socket.write(HANDSHAKE.replace("/raw", "/socket.io/?EIO=4&transport=websocket"));
    await client.until(() => client.received.includes("\r\n\r\n"));
    expect(client.takeHead()).toContain("\r\nSet-Cookie: a=b; Path=/\r\n");
    client.socket.destroy();
  });

  test("is closed by its client", async () => {
    const { io, port, upgraded } = await start(engine);
    const reason = disconnected(io);
    const client = await open(port);
    client.io.engine.close();
    expect(await reason).toBe("transport close");
    await expect.poll(() => upgraded[0].destroyed).toBe(true);
  });

  test("is closed by its server", async () => {
    const { io, port, upgraded } = await start(engine);
    io.once("connection", (socket: Socket) => socket.disconnect(true));
    const client = await open(port);
    const [reason] = client.connected ? await once(client as never, "disconnect") : ["io server disconnect"];
    expect(reason).toBe("io server disconnect");
    await expect.poll(() => upgraded[0].destroyed).toBe(true);
  });

  test("is told of a client that ends without a Close", async () => {
    const { io, port } = await start(engine);
    const closed = once(io.engine, "connection").then(([socket]) => once(socket, "close"));
    const client = await openRaw(port);
    client.socket.end();
    expect((await closed)[0]).toBe("transport close");
    await client.until(() => client.closed);
  });

  test("is told of a client that is killed", async () => {
    const { io, port } = await start(engine);
    const closed = once(io.engine, "connection").then(([socket]) => once(socket, "close"));
    const client = await openRaw(port);
    client.socket.resetAndDestroy();
    expect((await closed)[0]).toBe("transport close");
  });

  test.each([
    ["a frame that is not masked", Buffer.from([0x81, 0x01, 0x32]), 1002],
    ["a reserved bit", clientFrame(0xc1, "2"), 1002],
    ["a text that is no UTF-8", clientFrame(0x81, Buffer.from([0xc3, 0x28])), 1007],
    ["a message that is too long", clientFrame(0x82, Buffer.alloc(1001)), 1009],
  ])("closes on %s, and the framework is told", async (_title, bytes, code) => {
    const { io, port, upgraded } = await start(engine, { maxHttpBufferSize: 1000 });
    const closed = once(io.engine, "connection").then(([socket]) => once(socket, "close"));
    const client = await openRaw(port);
    client.socket.write(bytes);
    const [, close] = await client.takeFrames(2);
    expect({ first: close.first, code: close.payload.readUInt16BE() }).toEqual({ first: 0x88, code });
    expect((await closed)[0]).toBe("transport error");
    await expect.poll(() => upgraded[0].writableEnded, { timeout: 2000 }).toBe(true); // before any timeout
    await client.until(() => client.ended);
    client.socket.end();
    await client.until(() => client.closed);
  });

  test("answers a Close with its code, and ends", async () => {
    const { port, upgraded } = await start(engine);
    const client = await openRaw(port);
    client.socket.write(clientFrame(0x88, closePayload(4000, "enough")));
    const [, close] = await client.takeFrames(2);
    expect(close.payload.readUInt16BE()).toBe(4000);
    await expect.poll(() => upgraded[0].writableEnded, { timeout: 2000 }).toBe(true); // before any timeout
    await client.until(() => client.ended);
    client.socket.end();
    await expect.poll(() => upgraded[0].destroyed).toBe(true);
  });

  test("keeps what a client does not read in the framework's queue, and sends it once the client does", async () => {
    const { io, port } = await start(engine);
    const opened = once(io.engine, "connection");
    const client = await openRaw(port);
    const [socket] = await opened;
    client.socket.removeAllListeners("data").pause();
    const [COUNT, LENGTH] = [64, MIB / 4]; // more than the system buffers
    for (let sent = 0; sent < COUNT; sent++) {
      socket.send(Buffer.alloc(LENGTH, sent));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(socket.transport.writable).toBe(false);
    expect(socket.writeBuffer.length).toBeGreaterThan(COUNT / 4);
    const chunks: Buffer[] = [];
    client.socket.on("data", (chunk) => chunks.push(chunk)).resume();
    await client.until(() => chunks.reduce((sum, { length }) => sum + length, 0) === COUNT * (10 + LENGTH));
    client.received = Buffer.concat(chunks);
    expect(client.frames().map(({ first, payload }) => [first, payload.length, payload[0], payload.at(-1)])).toEqual(
      Array.from({ length: COUNT }, (_frame, at) => [0x82, LENGTH, at, at]),
    );
  });
});

describe("CodecServer alone", () => {
  test("reads no more of a client that does not read the answers to its Pings", async () => {
    const { port, upgraded } = await start(CodecServer);
    const client = await openRaw(port);
    client.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 512 }, () => clientFrame(0x89, Buffer.alloc(125, "p"))));
    // As long as the server reads, more can be written.
    while (!upgraded[0].isPaused()) {
      client.socket.write(pings);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(upgraded[0].writableLength).toBeLessThan(MIB);
    client.socket.resume();
    client.socket.write(clientFrame(0x88, closePayload(1000)));
    await client.until(() => client.ended);
    expect(client.frames().at(-1)).toMatchObject({ first: 0x88 });
  });

  test("answers a Ping with its payload", async () => {
    const { port } = await start(CodecServer);
    const client = await openRaw(port);
    client.socket.write(clientFrame(0x89, "are you there"));
    const [, pong] = await client.takeFrames(2);
    expect({ first: pong.first, payload: pong.payload.toString() }).toEqual({ first: 0x8a, payload: "are you there" });
  });

  test("takes the frames that came in one packet with the request", async () => {
    const { port } = await start(CodecServer);
    const client = await RawClient.connect(port);
    client.socket.write(HANDSHAKE.replace("/raw", "/socket.io/?EIO=4&transport=websocket"));
    client.socket.write(clientFrame(0x89, "at once"));
    await client.until(() => client.received.includes("at once"));
    client.socket.destroy();
  });

  test("refuses a version that it does not speak, and is reset", async () => {
    const server = new CodecServer({ maxPayload: MIB });
    const http = createServer();
    // Without `listen`, which listens to the errors of all sockets: this one's would be uncaught if nobody else did.
    atEnd(() => http.close());
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const upgraded = once(http, "upgrade");
    http.on("upgrade", (request, socket, head) => server.handleUpgrade(request, socket, head, () => {}));
    const client = await RawClient.connect((http.address() as AddressInfo).port);
    client.socket.write(HANDSHAKE.replace("Version: 13", "Version: 12"));
    await client.until(() => client.ended);
    expect(client.takeHead()).toMatch(/^HTTP\/1\.1 426 [\s\S]*\r\nSec-WebSocket-Version: 13\r\n/);
    const [, socket] = (await upgraded) as [unknown, TcpSocket];
    const thrown = thrownBy(socket);
    client.socket.resetAndDestroy();
    await expect.poll(() => socket.closed).toBe(true);
    expect(socket.errored).toMatchObject({ code: "ECONNRESET" });
    expect(thrown).toEqual([]);
  });

  /** A client, and its socket at a server without a framework. */
  async function openAlone(): Promise<{ client: RawClient; socket: CodecSocket }> {
    const server = new CodecServer({ maxPayload: MIB });
    const http = createServer();
    const opened = new Promise<CodecSocket>((resolve) => {
      http.on("upgrade", (request, socket, head) => server.handleUpgrade(request, socket, head, resolve));
    });
    const client = await RawClient.open(await listen(http));
    return { client, socket: await opened };
  }

  test("tells of a violation once, whatever follows it", async () => {
    const { client, socket } = await openAlone();
    const told: unknown[] = [];
    socket.on("error", (error) => told.push(error.code)).on("message", (text) => told.push(text));
    await client.drip(
      Buffer.concat([clientFrame(0x81, "good"), Buffer.from([0x81, 0x01]), clientFrame(0x81, "late")]),
      1,
    );
    client.socket.end();
    await once(socket, "close");
    expect(told).toEqual(["good", "MASK_REQUIRED"]);
  });

  test("ends a connection whose listener throws, and the error is not swallowed", async () => {
    const { client, socket } = await openAlone();
    const thrown = thrownBy(socket._socket);
    socket.on("message", () => {
      throw new Error("the listener's own");
    });
    client.socket.write(clientFrame(0x81, "x"));
    await client.until(() => client.ended);
    client.socket.end();
    expect(thrown.map(({ message }) => message)).toEqual(["the listener's own"]);
  });

  test("sends nothing after its Close, and gives up a client that does not answer it", async () => {
    const { client, socket } = await openAlone();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      socket.close(4000, "enough");
      const closed = once(socket, "close");
      const [error] = await new Promise<unknown[]>((resolve) => socket.send("late", (...args) => resolve(args)));
      expect(error).toEqual(new Error("the WebSocket is closing"));
      await once(client.socket, "data");
      client.socket.write(clientFrame(0x89, "no Pong for this"));
      await once(socket._socket, "data");
      vi.advanceTimersByTime(4999);
      expect(socket._socket.destroyed).toBe(false);
      vi.advanceTimersByTime(1);
      expect((await closed)[0]).toBe(1006);
    } finally {
      vi.useRealTimers();
    }
    await client.until(() => client.ended);
    client.socket.end();
    expect(client.frames()).toEqual([{ first: 0x88, payload: closePayload(4000, "enough") }]);
  });

  test("waits for nothing once its socket is gone", async () => {
    const { client, socket } = await openAlone();
    client.socket.resetAndDestroy();
    await once(socket, "close");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      socket.close();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("refuses to compress", async () => {
    await expect(start(CodecServer, { perMessageDeflate: true })).rejects.toThrow("perMessageDeflate must be off");
  });
});
