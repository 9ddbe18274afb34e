// Much to send on both sides at once: two ends that each wait for the other to read would wait for ever.

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Connection, ConnectionHandler } from "../../src/index.ts";
import { connect, WebSocketServer, type WebSocketServerOptions } from "../../src/node/index.ts";
import { accept, connect as connectStreams } from "../../src/web/streams.ts";
import { atEnd, listen } from "../loopback.ts";
import { pipes } from "../web/pipes.ts";

const MESSAGES = 20;
const LENGTH = 1_000_000;

const echo: ConnectionHandler = {
  onMessage: (message, connection) => void connection.send(message.opcode, message.data),
};

/** Each message is its own, so that a byte of another shows. */
const sent = Array.from({ length: MESSAGES }, (_, n) =>
  new Uint8Array(LENGTH).map((_, at) => (at * 31 + n * 7) & 0xff),
);
const digest = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("hex");
const expected = sent.map(digest);

async function start(options: WebSocketServerOptions): Promise<string> {
  const server = new WebSocketServer(options);
  atEnd(() => server.close({ timeout: 0 }));
  return `ws://127.0.0.1:${await listen(server.server)}/`;
}

/** What comes back of what is sent, all at once or whenever the connection has drained. */
async function conversation(
  open: (handler: ConnectionHandler) => Promise<Connection>,
  waits: boolean,
): Promise<readonly string[]> {
  const back: string[] = [];
  const client = await open({ onMessage: (message) => void back.push(digest(message.data)) });
  for (const bytes of sent) {
    if (waits) expect(await client.drained()).toBe(true);
    client.sendBinary(bytes.slice());
  }
  await expect.poll(() => back.length, { timeout: 20_000 }).toBe(MESSAGES);
  client.abort();
  return back;
}

describe.each([
  ["at once", false],
  ["as the connection drains", true],
] as const)("twenty megabytes, sent %s, are echoed whole", (_, waits) => {
  it.each([false, true])("over Node's sockets, freeChunks: %s", async (freeChunks) => {
    const url = await start({ handler: echo, freeChunks });
    expect(await conversation((handler) => connect(url, { handler }), waits)).toEqual(expected);
  });

  it("over streams", async () => {
    const [streams, others] = pipes(65_536);
    accept(others, { handler: echo });
    const open = (handler: ConnectionHandler) => connectStreams("ws://example.com/", streams, { handler });
    expect(await conversation(open, waits)).toEqual(expected);
  });
});

it("with freeChunks, long messages are sent on to others as they came", async () => {
  const all = new Set<Connection>();
  const handler: ConnectionHandler = {
    onMessage: (message) => {
      for (const other of all) other.send(message.opcode, message.data);
    },
  };
  const url = await start({ handler, freeChunks: true, onConnection: (connection) => void all.add(connection) });
  const lengths = Array.from({ length: 60 }, (_, n) => 8000 + n * 311);
  const received = await Promise.all(
    [0, 1, 2].map(async () => {
      const digests: string[] = [];
      const client = await connect(url, {
        handler: { onMessage: (message) => void digests.push(digest(message.data)) },
      });
      return { client, digests };
    }),
  );
  await expect.poll(() => all.size).toBe(3);
  for (const length of lengths) received[0].client.sendBinary(sent[1].slice(0, length));
  for (const { digests } of received) await expect.poll(() => digests.length).toBe(lengths.length);
  const whole = lengths.map((length) => digest(sent[1].subarray(0, length)));
  for (const { client, digests } of received) {
    expect(digests).toEqual(whole);
    client.abort();
  }
});
