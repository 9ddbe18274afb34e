// The peer is cut off after each byte of a whole conversation, by an end of its stream and by a reset: there is one end, with the
// right code, and nothing is left behind. The far end is a socket that knows nothing of the library.

import { createHash } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acceptKey } from "../../src/handshake/index.ts";
import { type Closure, type ConnectionHandler, Opcode } from "../../src/index.ts";
import { ConnectError, ConnectionFailed, connect, upgrade, WebSocketServer } from "../../src/node/index.ts";
import { HANDSHAKE } from "../examples/raw-client.ts";
import { listen, openSockets } from "../loopback.ts";
import { concat, frame, KEY } from "../wire.ts";

const CUTS = ["end", "reset"] as const;
type Cut = (typeof CUTS)[number];

/** How many are cut at once. */
const TOGETHER = 40;

/** So long that whatever is ended by a timeout fails its test. */
const closeTimeout = 60_000;

/** A text, a message of two fragments with a Ping between them, and a Close with 1000. */
function conversation(key?: readonly number[]): Uint8Array {
  return concat(
    frame({ opcode: Opcode.Text, payload: "안녕", key }),
    frame({ opcode: Opcode.Text, payload: "frag", fin: false, key }),
    frame({ opcode: Opcode.Ping, payload: "ping", key }),
    frame({ opcode: Opcode.Continuation, payload: "ments", key }),
    frame({ opcode: Opcode.Close, payload: Uint8Array.of(0x03, 0xe8), key }),
  );
}

const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

beforeEach(() => {
  rejections.length = 0;
  process.on("unhandledRejection", onRejection);
});
afterEach(() => {
  process.off("unhandledRejection", onRejection);
});

/** Runs `cut` for each length from 0 to `longest`, and finds the process as it was. */
async function sweep(longest: number, server: Server, cut: (length: number) => Promise<void>): Promise<void> {
  const before = [openSockets(), timers()];
  for (let from = 0; from <= longest; from += TOGETHER) {
    const lengths = Array.from({ length: Math.min(TOGETHER, longest + 1 - from) }, (_, index) => from + index);
    await Promise.all(lengths.map(cut));
  }
  await expect.poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count)))).toBe(0);
  await expect.poll(openSockets).toBeLessThanOrEqual(before[0]);
  await expect.poll(timers).toBeLessThanOrEqual(before[1]);
  expect(rejections).toEqual([]);
}

/** Waits until `socket` has read so much, so that a reset takes nothing back. */
async function hasRead(socket: Socket, length: number): Promise<void> {
  while (socket.bytesRead < length && !socket.destroyed) await new Promise(setImmediate);
}

/** Waits until `socket` is closed, and all that waited for that has run. */
async function gone(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
  await new Promise(setImmediate);
}

/** Sends `bytes` to `reader`, and cuts. */
async function sendAndCut(socket: Socket, bytes: Uint8Array, how: Cut, reader: () => Promise<Socket>): Promise<void> {
  if (how === "end") {
    socket.end(bytes);
    return;
  }
  socket.write(bytes);
  await hasRead(await reader(), bytes.length);
  socket.resetAndDestroy();
}

/** What a conversation that was cut so long must end as; `undefined` when it was not opened. */
function expected(length: number, head: number, whole: number): object[] {
  if (length < head) return [];
  return [length < whole ? { code: 1006, clean: false } : { code: 1000, clean: true }];
}

/** Takes the place of an echo that has its own `onClose`. */
function echo(closures: Closure[]): ConnectionHandler {
  return {
    onMessage: (message, connection) => void connection.send(message.opcode, message.data),
    onClose: (closure) => void closures.push(closure),
  };
}

describe.each(CUTS)("a client that is cut off by %s at any byte", (how) => {
  const bytes = concat(Buffer.from(HANDSHAKE), conversation(KEY));

  /** Cuts each length on `server`, whose connections end as `closures` tell by their client's port. */
  async function cutAll(server: Server, closures: Map<number, Closure[]>): Promise<void> {
    const accepted = new Map<number, Socket>();
    server.on("connection", (socket) => accepted.set(socket.remotePort ?? 0, socket));
    const port = await listen(server);
    await sweep(bytes.length, server, async (length) => {
      const socket = dial({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true }).on("error", () => {});
      socket.resume();
      await once(socket, "connect");
      const localPort = socket.localPort ?? 0;
      const reader = async (): Promise<Socket> => {
        await expect.poll(() => accepted.get(localPort)).toBeDefined();
        return accepted.get(localPort)!;
      };
      await sendAndCut(socket, bytes.subarray(0, length), how, reader);
      await gone(socket);
      await gone(await reader());
      const seen = closures.get(localPort) ?? [];
      expect(seen, `after ${length} bytes`).toMatchObject(expected(length, HANDSHAKE.length, bytes.length));
      expect(seen.length).toBeLessThanOrEqual(1);
    });
  }

  it("ends once at a server that upgrades", async () => {
    const closures = new Map<number, Closure[]>();
    const server = createHttpServer();
    server.on("upgrade", (request, socket, head) => {
      const seen: Closure[] = [];
      closures.set(request.socket.remotePort ?? 0, seen);
      upgrade(request, socket, head, { closeTimeout, handler: echo(seen) });
    });
    await cutAll(server, closures);
  });

  it("ends once at a WebSocketServer that asks for its messages", async () => {
    const closures = new Map<number, Closure[]>();
    const failures: unknown[] = [];
    const server = createHttpServer();
    const webSockets = new WebSocketServer({
      server,
      closeTimeout,
      async onConnection(connection, request) {
        const seen: Closure[] = [];
        closures.set(request.socket.remotePort ?? 0, seen);
        void connection.closed.then((closure) => seen.push(closure));
        try {
          for await (const message of connection) connection.send(message.opcode, message.data);
        } catch (error) {
          failures.push(error);
        }
      },
    });
    await cutAll(server, closures);
    expect(webSockets.size).toBe(0);
    expect(failures.every((error) => error instanceof ConnectionFailed)).toBe(true);
    expect(failures.length).toBe(bytes.length - HANDSHAKE.length);
  });
});

describe.each(CUTS)("a server that is cut off by %s at any byte", (how) => {
  it.each([true, false])("fails connect, or ends its connection once (with a handler: %s)", async (handled) => {
    const clients = new Map<number, Socket>();
    const onSocket = (message: unknown): void => {
      const { socket } = message as { socket: Socket };
      socket.on("connect", () => clients.set(socket.localPort ?? 0, socket));
    };
    subscribe("net.client.socket", onSocket);
    try {
      let whole = 0;
      let head = 0;
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
        socket.on("error", () => {});
        socket.once("data", (request) => {
          const [, length, key] = /^GET \/(\d+) [\s\S]*^Sec-WebSocket-Key: (.*)\r$/m.exec(request.toString()) ?? [];
          const answer = answerTo(key);
          const bytes = concat(answer, conversation());
          [head, whole] = [answer.length, bytes.length];
          const reader = async (): Promise<Socket> => clients.get(socket.remotePort ?? 0)!;
          void sendAndCut(socket, bytes.subarray(0, Number(length)), how, reader);
          socket.resume();
        });
      });
      const port = await listen(server);
      const longest = answerTo("").length + conversation().length;
      await sweep(longest, server, async (length) => {
        const seen: Closure[] = [];
        const uri = `ws://127.0.0.1:${port}/${length}`;
        const opened = await connect(uri, {
          closeTimeout,
          proxy: "",
          ...(handled ? { handler: echo(seen) } : {}),
        }).catch((error: unknown) => error);
        if (opened instanceof Error) {
          expect(opened).toBeInstanceOf(ConnectError);
          expect(opened).toMatchObject({ code: "CUT_OFF" });
        } else {
          const connection = opened as Awaited<ReturnType<typeof connect>>;
          if (!handled) {
            const loop = (async () => {
              for await (const message of connection) connection.send(message.opcode, message.data);
            })();
            if (length < whole) await expect(loop).rejects.toThrow(ConnectionFailed);
            else await loop;
          }
          const closure = await connection.closed;
          if (!handled) seen.push(closure);
        }
        expect(seen, `after ${length} bytes`).toMatchObject(expected(length, head, whole));
        expect(seen.length).toBeLessThanOrEqual(1);
      });
      expect(whole).toBe(longest);
    } finally {
      unsubscribe("net.client.socket", onSocket);
    }
  });
});

/** The head of the answer that opens the WebSocket. */
function answerTo(key: string): Uint8Array {
  const accept = acceptKey(key || "dGhlIHNhbXBsZSBub25jZQ==", (bytes) => createHash("sha1").update(bytes).digest());
  const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
  return Buffer.from([...lines, `Sec-WebSocket-Accept: ${accept}`, "\r\n"].join("\r\n"));
}
