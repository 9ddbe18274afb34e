// Messages of any size over real sockets: sent from a source, and taken as they come.

import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { permessageDeflate } from "../../src/extension/index.ts";
import { zlibBackend } from "../../src/extension/zlib.ts";
import { type Fragment, type FragmentConnectionHandler, Opcode } from "../../src/index.ts";
import {
  type ConnectOptions,
  connect,
  type SocketConnection,
  WebSocketServer,
  type WebSocketServerOptions,
} from "../../src/node/index.ts";
import { atEnd } from "../loopback.ts";
import { pattern } from "../wire.ts";

const PIECE = 65_536;
const PIECES = 512; // 32 MiB

/** A server that sends a message to each of its clients, and how that ended. */
async function serve(
  send: (connection: SocketConnection) => Promise<unknown>,
  options: Partial<WebSocketServerOptions> = {},
): Promise<{ url: string; sent: Promise<unknown> }> {
  let settle: (outcome: Promise<unknown>) => void;
  const sent = new Promise<unknown>((resolve) => {
    settle = (outcome) => resolve(outcome.catch((error: Error) => error.message));
  });
  const webSockets = new WebSocketServer({
    handler: { onMessage: () => {} },
    ...options,
    onConnection: (connection) => settle(send(connection)),
  });
  webSockets.server.listen(0, "127.0.0.1");
  await once(webSockets.server, "listening");
  atEnd(() => webSockets.close({ timeout: 0 }));
  return { url: `ws://127.0.0.1:${(webSockets.server.address() as AddressInfo).port}/`, sent };
}

/** A long message, none of which is twice in memory; `returned` tells whether its source was told that no more is wanted. */
class Long {
  readonly hash: Hash = createHash("sha1");
  yielded = 0;
  returned = false;

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (; this.yielded < PIECES; this.yielded++) {
        const piece = pattern(PIECE);
        piece[0] = this.yielded;
        this.hash.update(piece);
        yield piece;
      }
    } finally {
      this.returned = this.yielded < PIECES;
    }
  }
}

/** Takes a message as it comes. */
class Taker implements FragmentConnectionHandler {
  readonly hash: Hash = createHash("sha1");
  bytes = 0;
  ended = 0;
  retained = 0;
  onNext: (fragment: Fragment, connection: SocketConnection) => void = () => {};

  onFragment(fragment: Fragment, connection: unknown): void {
    this.bytes += fragment.data.length;
    this.hash.update(fragment.data);
    if (fragment.last) this.ended++;
    this.retained = Math.max(this.retained, (connection as SocketConnection).retained);
    this.onNext(fragment, connection as SocketConnection);
  }
}

const open = (url: string, options: ConnectOptions): Promise<SocketConnection> =>
  connect(url, { proxy: "", ...options });

describe("a long message", () => {
  it.each([
    ["as it is", false],
    ["compressed", true],
  ])("comes %s, and a peer that reads slowly lets its source wait: memory is bounded", async (_, compressed) => {
    const long = new Long();
    const most = { waiting: 0, inSocket: 0 };
    const extension = compressed ? permessageDeflate({ backend: zlibBackend }) : undefined;
    let server: SocketConnection | undefined;
    const { url, sent } = await serve(
      (connection) => {
        server = connection;
        async function* watched(): AsyncGenerator<Uint8Array> {
          for await (const piece of long) {
            most.waiting = Math.max(most.waiting, connection.bufferedAmount);
            most.inSocket = Math.max(most.inSocket, connection.socket.writableLength);
            yield piece;
          }
        }
        return connection.sendStream(Opcode.Binary, watched());
      },
      { extension },
    );
    const taker = new Taker();
    const client = await open(url, { handler: taker, extension });
    client.pause();
    if (!compressed) {
      // Until the system takes no more, and the source waits.
      await expect.poll(() => server?.congested && server.socket.writableNeedDrain).toBe(true);
      expect(long.yielded).toBeLessThan(PIECES);
    }
    client.resume();
    expect(await sent).toBe(true);
    await expect.poll(() => taker.ended, { timeout: 20_000 }).toBe(1);
    expect([long.yielded, long.returned]).toStrictEqual([PIECES, false]);
    expect(taker.bytes).toBe(PIECES * PIECE);
    expect(taker.hash.digest("hex")).toBe(long.hash.digest("hex"));
    expect(taker.retained).toBe(0);
    expect(most.waiting).toBeLessThanOrEqual(65_536 + PIECE + 100);
    expect(most.inSocket).toBeLessThanOrEqual(2 * (65_536 + PIECE));
    expect(await client.end()).toMatchObject({ clean: true, code: 1000 });
  });

  it("is one message to ws", async () => {
    const { url, sent } = await serve((connection) =>
      connection.sendStream(Opcode.Text, [
        "다람",
        Buffer.from("쥐 헌 쳇바퀴에").subarray(0, 5),
        Buffer.from("쥐 헌 쳇바퀴에").subarray(5),
      ]),
    );
    const socket = new WebSocket(url);
    const [data, binary] = (await once(socket, "message")) as [Buffer, boolean];
    expect([data.toString(), binary]).toStrictEqual(["다람쥐 헌 쳇바퀴에", false]);
    expect(await sent).toBe(true);
    socket.close();
    await once(socket, "close");
  });

  it("ends when the peer closes half way, cleanly, and its source is told", async () => {
    const long = new Long();
    const { url, sent } = await serve((connection) => connection.sendStream(Opcode.Binary, long));
    const taker = new Taker();
    taker.onNext = (_, connection) => connection.close(1000, "enough");
    const client = await open(url, { handler: taker });
    expect(await sent).toBe(false);
    await expect.poll(() => long.returned).toBe(true);
    expect(await client.closed).toMatchObject({ clean: true, code: 1000 });
    expect(taker.ended).toBe(0);
  });

  it("ends when the peer is gone half way", async () => {
    const long = new Long();
    const { url, sent } = await serve((connection) => connection.sendStream(Opcode.Binary, long));
    const taker = new Taker();
    taker.onNext = (_, connection) => connection.abort();
    const client = await open(url, { handler: taker });
    expect(await sent).toBe(false);
    await expect.poll(() => long.returned).toBe(true);
    expect(await client.closed).toMatchObject({ clean: false, code: 1006 });
  });

  it("that is aborted ends the connection with 1011, and is not taken for whole", async () => {
    const long = new Long();
    const controller = new AbortController();
    const { url, sent } = await serve((connection) => connection.sendStream(Opcode.Binary, long, controller));
    const taker = new Taker();
    taker.onNext = ({ first }) => {
      if (first) controller.abort(new Error("changed my mind"));
    };
    const client = await open(url, { handler: taker });
    expect(await sent).toBe("changed my mind");
    await expect.poll(() => long.returned).toBe(true);
    expect(await client.closed).toMatchObject({ clean: true, code: 1011 });
    expect(taker.ended).toBe(0);
  });
});
