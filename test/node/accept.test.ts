import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, it, vi } from "vitest";
import { type Closure, ReadyState } from "../../src/index.ts";
import { type AcceptOptions, accept, connect, type SocketConnection } from "../../src/node/index.ts";
import { createCertificate, NO_TLS, NO_TLS_REASON } from "../certificate.ts";
import { clientFrame, closePayload, HANDSHAKE, RawClient } from "../examples/raw-client.ts";
import { listen, openSockets, thrownBy } from "../loopback.ts";
import { Peer } from "./peer.ts";

interface Accepting {
  readonly port: number;
  readonly connections: SocketConnection[];
  readonly closures: Closure[];
}

/** A server that echoes, and keeps what becomes of its connections. */
async function start(options: AcceptOptions = {}, server: Server = createServer()): Promise<Accepting> {
  const connections: SocketConnection[] = [];
  const closures: Closure[] = [];
  const all: AcceptOptions = {
    handler: {
      onMessage: (message, connection) => void connection.send(message.opcode, message.data),
      onClose: (closure) => void closures.push(closure),
    },
    ...options,
  };
  const event = "setSecureContext" in server ? "secureConnection" : "connection";
  server.on(event, (socket: Socket) => void connections.push(accept(socket, all)));
  return { port: await listen(server), connections, closures };
}

const ECHO = Buffer.from("\x81\x05hello", "latin1");
const hello = clientFrame(0x81, "hello");
const goodbye = clientFrame(0x88, closePayload(1000));

describe("accept", () => {
  it("opens a WebSocket, and tells onOpen before the first message", async () => {
    const seen: unknown[] = [];
    const { port } = await start({
      protocols: ["chat"],
      handler: {
        onOpen: ({ readyState, protocol }) => void seen.push(readyState, protocol),
        onMessage: (message, connection) => {
          seen.push(message.text());
          connection.sendText("and you");
        },
      },
    });
    const connection = await connect(`ws://127.0.0.1:${port}/`, { protocols: ["talk", "chat"] });
    expect(connection.protocol).toBe("chat");
    connection.sendText("hello");
    expect((await connection[Symbol.asyncIterator]().next()).value?.text()).toBe("and you");
    expect(await connection.end()).toMatchObject({ code: 1000, clean: true });
    expect(seen).toEqual([ReadyState.Open, "chat", "hello"]);
  });

  it.skipIf(NO_TLS)(`does so over TLS ${NO_TLS_REASON}`, async () => {
    const certificate = createCertificate("DNS:localhost");
    const { port, closures } = await start({}, createTlsServer(certificate));
    const connection = await connect(`wss://localhost:${port}/`, { tls: { ca: certificate.cert } });
    connection.sendText("hello");
    expect((await connection[Symbol.asyncIterator]().next()).value?.text()).toBe("hello");
    expect(await connection.end()).toMatchObject({ clean: true });
    await expect.poll(() => closures).toMatchObject([{ code: 1000, clean: true }]);
  });

  it.each([1, 7, 10_000])("takes a handshake with frames right behind it, %i bytes at a time", async (size) => {
    const { port, closures } = await start();
    const client = await RawClient.connect(port);
    await client.drip(Buffer.concat([Buffer.from(HANDSHAKE), hello, goodbye]), size);
    await client.until(() => client.ended);
    expect(client.takeHead()).toMatch(/^HTTP\/1\.1 101 /);
    expect(client.received).toEqual(Buffer.concat([ECHO, Buffer.of(0x88, 2), closePayload(1000)]));
    client.socket.end();
    await expect.poll(() => closures).toMatchObject([{ code: 1000, clean: true }]);
  });

  it("has a loop for the messages where there is no handler", async () => {
    const { port, connections } = await start({ handler: undefined });
    const connection = await connect(`ws://127.0.0.1:${port}/`);
    connection.sendText("hello");
    expect((await connections[0][Symbol.asyncIterator]().next()).value?.text()).toBe("hello");
    await connection.end();
  });

  it("names the option that is wrong", () => {
    const { socket } = new Peer();
    expect(() => accept(socket, { openingTimeout: -1 })).toThrow(/^openingTimeout must/);
    expect(() => accept(socket, { maxHeaders: 0.5 })).toThrow(/^maxHeaders must/);
  });
});

describe("a handshake that opens nothing", () => {
  it.each<[string, string, AcceptOptions, number]>([
    ["is no request", "hello\r\n\r\n", {}, 400],
    ["is a plain request", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", {}, 426],
    ["has another version", HANDSHAKE.replace("Version: 13", "Version: 8"), {}, 426],
    ["has no end", `GET / HTTP/1.1\r\n${"A: b\r\n".repeat(5000)}`, {}, 431],
    ["check refuses", HANDSHAKE, { check: () => ({ status: 403, headers: {}, reason: "Not you." }) }, 403],
  ])("since it %s is answered, and the connection ends", async (_, request, options, status) => {
    const before = openSockets();
    const { port, closures } = await start(options);
    const client = await RawClient.connect(port);
    client.socket.write(request);
    await client.until(() => client.ended);
    expect(client.received.toString()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    client.socket.end();
    await client.until(() => client.closed);
    await expect.poll(() => closures).toMatchObject([{ code: 1006, clean: false, refused: { status } }]);
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  });

  it.each(["", HANDSHAKE.slice(0, 40)])("since the client says no more than %j is given up in time", async (said) => {
    const { port, closures, connections } = await start({ openingTimeout: 50 });
    const client = await RawClient.connect(port);
    client.socket.write(said);
    await client.until(() => client.closed || client.ended);
    expect(client.received.length).toBe(0);
    expect(closures).toMatchObject([{ code: 1006, clean: false }]);
    expect(connections[0].aborted).toBe(true);
    client.socket.destroy();
  });

  it("since check gives a Promise is cut off, and the caller is told", async () => {
    const server = createServer();
    const thrown: Error[][] = [];
    server.on("connection", (socket) => void thrown.push(thrownBy(socket)));
    const check = (async () => undefined) as unknown as () => undefined;
    const { port, closures } = await start({ check }, server);
    const client = await RawClient.connect(port);
    client.socket.write(HANDSHAKE);
    await client.until(() => client.closed || client.ended);
    expect(thrown.flat()).toMatchObject([
      { name: "TypeError", message: expect.stringMatching(/^check is synchronous/) },
    ]);
    expect(closures).toMatchObject([{ code: 1006 }]);
    client.socket.destroy();
  });

  it("since a client that was refused stays is given up in time", async () => {
    const { port, closures } = await start({ closeTimeout: 50 });
    const client = await RawClient.connect(port);
    client.socket.write("hello\r\n\r\n");
    await expect.poll(() => closures).toMatchObject([{ refused: { status: 400 } }]);
    client.socket.destroy();
  });

  it("since the client cuts it at any byte leaves nothing behind, by its end or by a reset", async () => {
    const { port, closures } = await start();
    const before = openSockets();
    let cut = 0;
    for (let at = 0; at < HANDSHAKE.length; at += 5) {
      const client = await RawClient.connect(port);
      client.socket.write(HANDSHAKE.slice(0, at), () => {
        if (cut++ % 2 === 0) client.socket.end();
        else client.socket.resetAndDestroy();
      });
      await client.until(() => client.closed);
    }
    await expect.poll(() => closures.length).toBe(cut);
    expect(new Set(closures.map(({ code }) => code))).toEqual(new Set([1006]));
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  });
});

describe("a client that ends its half", () => {
  it("behind its messages still gets what waits behind a long answer", async () => {
    const { port, closures, connections } = await start();
    const client = await RawClient.open(port);
    const long = "y".repeat(8_000_000);
    client.socket.pause();
    client.socket.write(clientFrame(0x81, long));
    await expect.poll(() => connections[0].socket.writableLength, { timeout: 5000 }).toBeGreaterThan(0);
    client.socket.end(hello);
    await expect.poll(() => closures, { timeout: 5000 }).toMatchObject([{ code: 1006 }]);
    client.socket.resume();
    await client.until(() => client.ended);
    expect(client.received.subarray(10 + long.length)).toEqual(ECHO);
  });
});

it("of a socket that is gone the handler is told so, and who waits for the end", async () => {
  const onClose = vi.fn();
  const ended: Promise<Closure>[] = [];
  const server = createServer();
  const take = (socket: Socket): void => {
    const connection = accept(socket, { handler: { onMessage() {}, onClose } });
    ended.push(connection.closed, connection.end());
  };
  // Once while its "close" is told, and once when that is over.
  server.on("connection", (socket) => {
    socket.on("close", () => {
      take(socket);
      setImmediate(take, socket);
    });
    socket.destroy();
  });
  const client = await RawClient.connect(await listen(server));
  await expect
    .poll(() => onClose.mock.calls)
    .toMatchObject([
      [{ code: 1006 }, {}],
      [{ code: 1006 }, {}],
    ]);
  expect(await Promise.all(ended)).toMatchObject(Array(4).fill({ code: 1006 }));
  client.socket.destroy();
});

it("who listens to the socket's end, too, is told of it", async () => {
  const server = createServer();
  const onEnd = vi.fn();
  server.on("connection", (socket) => socket.on("end", onEnd));
  const { port } = await start({}, server);
  const client = await RawClient.open(port);
  client.socket.end();
  await client.until(() => client.ended);
  expect(onEnd).toHaveBeenCalledOnce();
});
