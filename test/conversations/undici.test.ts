// Our server with undici's client, which is Node's own WebSocket: it always offers permessage-deflate.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { WebSocket } from "undici";
import { describe, expect, it } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { zlibBackend } from "../../src/extension/zlib.ts";
import { type Closure, type ConnectionHandler, Opcode } from "../../src/index.ts";
import { type SocketConnection, type UpgradeOptions, upgrade } from "../../src/node/index.ts";
import { listen, openSockets } from "../loopback.ts";

const { Text, Binary, Continuation } = Opcode;

const PAYLOADS: readonly (string | Buffer)[] = [
  "",
  "a",
  "다람쥐 헌 쳇바퀴에 타고파. ".repeat(3000),
  '{"key": "value"}'.repeat(500),
  ...[0, 1, 125, 126, 65_535, 65_536].map((length) => randomBytes(length)),
  Buffer.alloc(2 ** 20, "wsimd "),
];

/** Both ends of one connection. `closed` is what our handler was told; what the client has received is in `received`. */
class Pair {
  readonly client: WebSocket;
  readonly server: SocketConnection;
  readonly received: (string | Buffer)[] = [];
  readonly closed: Promise<Closure>;

  private constructor(client: WebSocket, server: SocketConnection) {
    this.client = client;
    this.server = server;
    this.closed = server.closed;
    client.binaryType = "arraybuffer";
    client.addEventListener("message", ({ data }) => {
      this.received.push(typeof data === "string" ? data : Buffer.from(data));
    });
  }

  static async open(
    options: UpgradeOptions = { handler: { onMessage() {} } },
    protocols: string[] = [],
  ): Promise<Pair> {
    const http = createServer();
    const upgraded = new Promise<SocketConnection>((resolve) => {
      http.on("upgrade", (request, socket, head) => resolve(upgrade(request, socket, head, options)!));
    });
    const client = new WebSocket(`ws://127.0.0.1:${await listen(http)}/`, protocols);
    const [server] = await Promise.all([upgraded, once(client, "open")]);
    return new Pair(client, server);
  }

  /** What the client sees of the end. */
  async end(): Promise<readonly [code: number, reason: string, wasClean: boolean]> {
    const [{ code, reason, wasClean }] = await once(this.client, "close");
    return [code, reason, wasClean];
  }
}

const deflate = permessageDeflate({ backend: zlibBackend, threshold: 10 });

describe.each([
  ["without compression", undefined],
  ["compressed", deflate],
])("messages %s", (_, extension) => {
  const echo: ConnectionHandler = {
    onMessage: (message, connection) => void connection.send(message.opcode, message.data),
  };

  it("come back as they were sent, text and binary", async () => {
    const pair = await Pair.open({ extension, handler: echo });
    expect(pair.client.extensions).toMatch(extension === undefined ? /^$/ : /^permessage-deflate\b/);
    for (const payload of PAYLOADS) pair.client.send(payload);
    await expect.poll(() => pair.received.length, { timeout: 10_000 }).toBe(PAYLOADS.length);
    for (const [at, payload] of PAYLOADS.entries()) {
      const received = pair.received[at];
      const same = typeof payload === "string" ? received === payload : payload.equals(received as Buffer);
      expect(same, `message ${at}`).toBe(true);
    }
    pair.client.close(1000);
    expect(await pair.end()).toEqual([1000, "", true]);
  });

  it("arrive in one piece when we send them in fragments, with Pings between", async () => {
    const pongs: string[] = [];
    const handler: ConnectionHandler = {
      onMessage() {},
      onPong: (payload) => void pongs.push(new TextDecoder().decode(payload)),
    };
    const pair = await Pair.open({ extension, handler });
    const text = Buffer.from("다람쥐 헌 쳇바퀴에 타고파. ".repeat(2000));
    const binary = randomBytes(70_000);
    for (const [opcode, whole, piece] of [
      [Text, text, 9999],
      [Binary, binary, 30_000],
    ] as const) {
      for (let at = 0; at < whole.length; at += piece) {
        const fin = at + piece >= whole.length;
        pair.server.send(at === 0 ? opcode : Continuation, whole.subarray(at, at + piece), { fin });
        if (!fin) pair.server.ping(Buffer.from(`${opcode} ${at}`));
      }
      // A fragment may also be empty.
      pair.server.send(opcode, "", { fin: false });
      pair.server.send(Continuation, "");
    }
    await expect.poll(() => pair.received.length).toBe(4);
    expect(pair.received[0] === text.toString()).toBe(true);
    expect(pair.received[1]).toBe("");
    expect(binary.equals(pair.received[2] as Buffer)).toBe(true);
    expect(pair.received[3]).toEqual(Buffer.alloc(0));
    // Of Pings that came together, a peer may answer the newest alone.
    await expect.poll(() => pongs.at(-1)).toBe(`${Binary} 30000`);
    pair.server.close(1000);
    expect(await pair.end()).toEqual([1000, "", true]);
  });
});

describe("the closing handshake", () => {
  it.each([
    [[], 1005, ""],
    [[1000, "done"], 1000, "done"],
    [[3000], 3000, ""],
    [[4999, "다 됐다"], 4999, "다 됐다"],
  ])("is begun by the client with %j", async (args, code, reason) => {
    const pair = await Pair.open();
    pair.client.close(...(args as [number, string]));
    expect(await pair.closed).toMatchObject({ code, reason, clean: true });
  });

  it.each([
    [1000, ""],
    [1001, "away"],
    [1003, ""],
    [1007, ""],
    [1008, "policy"],
    [1009, ""],
    [1011, "이유"],
    [1012, ""],
    [1013, ""],
    [1014, ""],
    [3000, "r".repeat(123)],
    [4999, ""],
  ])("is begun by us with %i %j", async (code, reason) => {
    const pair = await Pair.open();
    pair.server.close(code, reason);
    expect(await pair.end()).toEqual([code, reason, true]);
    expect(await pair.closed).toMatchObject({ code, clean: true });
  });

  it("is begun by us without a code", async () => {
    const pair = await Pair.open();
    pair.server.close(1005);
    expect(await pair.end()).toEqual([1005, "", true]);
    expect(await pair.closed).toMatchObject({ clean: true });
  });

  it("does not take place when we give the connection up", async () => {
    const before = openSockets();
    const pair = await Pair.open();
    pair.server.abort();
    expect(await pair.end()).toEqual([1006, "", false]);
    expect(await pair.closed).toMatchObject({ code: 1006, clean: false });
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  });
});

it("a message over our limit is refused with 1009", async () => {
  const pair = await Pair.open({ handler: { onMessage() {} }, maxMessageLength: 1000 });
  pair.client.send(new Uint8Array(1001));
  expect((await pair.end())[0]).toBe(1009);
  expect(await pair.closed).toMatchObject({ error: { code: "FRAME_TOO_LONG" } });
});

it("the subprotocol is the one we chose", async () => {
  const pair = await Pair.open({ handler: { onMessage() {} }, protocols: ["soap"] }, ["chat", "soap"]);
  expect([pair.client.protocol, pair.server.protocol]).toEqual(["soap", "soap"]);
  pair.client.close();
  expect(await pair.closed).toMatchObject({ clean: true });
});
