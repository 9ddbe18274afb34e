// The server's side from its first byte on, with streams that are cut wherever they can be.

import { describe, expect, it, vi } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { pakoBackend } from "../../src/extension/pako.ts";
import { type ConnectionHandler, Opcode, ReadyState } from "../../src/index.ts";
import { type AcceptOptions, accept, connect } from "../../src/web/streams.ts";
import { SWEEP_STEP, swept } from "../sweep.ts";
import { everySplit } from "../vectors.ts";
import { concat, frame, KEY } from "../wire.ts";
import { Peer, pipes, settled } from "./pipes.ts";

const REQUEST =
  "GET /chat HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
  "Sec-WebSocket-Protocol: soap, chat\r\nOrigin: http://a.example\r\n\r\n";
const HANDSHAKE = Buffer.from(REQUEST);
const CONVERSATION = concat(
  frame({ opcode: Opcode.Text, payload: "첫", key: KEY }),
  frame({ opcode: Opcode.Binary, payload: "one ", fin: false, key: KEY }),
  frame({ opcode: Opcode.Ping, payload: "?", key: KEY }),
  frame({ opcode: Opcode.Continuation, payload: "message", key: KEY }),
  frame({ opcode: Opcode.Close, payload: Uint8Array.of(0x0f, 0xa1), key: KEY }),
);
const WHOLE = concat(HANDSHAKE, CONVERSATION);

interface Seen {
  readonly lines: string[];
  readonly handler: ConnectionHandler;
}

function seen(): Seen {
  const lines: string[] = [];
  return {
    lines,
    handler: {
      onOpen: (connection) => void lines.push(`open ${connection.protocol}`),
      onMessage: (message) => void lines.push(`${message.type} ${Buffer.from(message.data)}`),
      onPing: (payload) => void lines.push(`ping ${Buffer.from(payload)}`),
      onClose: ({ code, clean }) => void lines.push(`close ${code} ${clean}`),
    },
  };
}

const ALL = ["open chat", "text 첫", "ping ?", "binary one message", "close 4001 true"];
const OPTIONS: AcceptOptions = { protocols: ["chat"] };

describe("a handshake and a conversation", () => {
  it.each([
    ["whole", [WHOLE]],
    ["byte by byte", [...WHOLE].map((byte) => Uint8Array.of(byte))],
    ["with empty chunks between", [...WHOLE].flatMap((byte) => [Uint8Array.of(), Uint8Array.of(byte)])],
  ])("come %s", async (_, chunks) => {
    const { lines, handler } = seen();
    const peer = new Peer();
    const connection = accept(peer.streams, { ...OPTIONS, handler });
    for (const chunk of chunks) peer.say(chunk);
    peer.end();
    expect(await connection.closed).toMatchObject({ code: 4001, clean: true });
    expect(lines).toEqual(ALL);
    expect(peer.out).toMatch(/^HTTP\/1\.1 101 .*\r\nSec-WebSocket-Protocol: chat\r\n/s);
    expect(peer.out.replace("\x8a\x01?", "").endsWith("\r\n\r\n\x88\x02\x0f\xa1")).toBe(true);
  });

  it("come split in two anywhere", async () => {
    for (const at of swept(everySplit(WHOLE.length))) {
      const { lines, handler } = seen();
      const peer = new Peer();
      const connection = accept(peer.streams, { ...OPTIONS, handler });
      peer.say(WHOLE.subarray(0, at));
      await settled();
      peer.say(WHOLE.subarray(at));
      peer.end();
      await connection.closed;
      expect(lines, `split at ${at}`).toEqual(ALL);
    }
  });

  it.each(["end", "error"])("are cut by an %s after any byte: one onClose, with the right code", async (how) => {
    // Until all of the Close has come, the connection was not closed (§7.1.5).
    for (let at = 0; at <= WHOLE.length; at += SWEEP_STEP) {
      const { lines, handler } = seen();
      const peer = new Peer();
      const connection = accept(peer.streams, { ...OPTIONS, handler });
      peer.say(WHOLE.subarray(0, at));
      await settled();
      how === "end" ? peer.end() : peer.failReadable(new Error("reset"));
      const { code } = await connection.closed;
      const right = at === WHOLE.length ? 4001 : 1006;
      expect(code, `cut at ${at}`).toBe(right);
      expect(
        lines.filter((line) => line.startsWith("close")),
        `cut at ${at}`,
      ).toEqual([`close ${right} ${right === 4001}`]);
      expect(connection.readyState).toBe(ReadyState.Closed);
      await settled();
      expect(peer.ended.at(0), `cut at ${at}`).toBe(how === "end" || at === WHOLE.length ? "close" : "abort");
    }
  });
});

describe("a request that is refused", () => {
  it("is answered, and the writable closed; the closure says why", async () => {
    const peer = new Peer();
    const onClose = vi.fn();
    const connection = accept(peer.streams, {
      handler: { onMessage() {}, onClose },
      check: (_, head) => (head.target === "/chat" ? { status: 403, headers: {}, reason: "Not you." } : undefined),
    });
    peer.say(HANDSHAKE);
    await settled();
    expect(peer.out).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(peer.ended).toEqual(["close"]);
    peer.end();
    expect(await connection.closed).toMatchObject({ code: 1006, refused: { status: 403, reason: "Not you." } });
    expect(onClose).toHaveBeenCalledOnce();
  });

  it("may be no HTTP at all, and ends a loop", async () => {
    const peer = new Peer();
    const connection = accept(peer.streams);
    const next = connection[Symbol.asyncIterator]().next();
    peer.say(Buffer.from("EHLO a.example\r\n\r\n"));
    peer.end();
    await expect(next).rejects.toThrow("without its closing handshake");
    expect(peer.out).toMatch(/^HTTP\/1\.1 400 /);
  });
});

it("a client that says nothing is given up after openingTimeout", async () => {
  const peer = new Peer();
  const connection = accept(peer.streams, { openingTimeout: 20 });
  expect(await connection.closed).toMatchObject({ code: 1006 });
  expect(peer.ended.sort()).toEqual(["abort", "cancel"]);
});

it("permessage-deflate goes through streams, cut oddly", async () => {
  const [here, there] = pipes(13);
  const extension = permessageDeflate({ backend: pakoBackend, threshold: 10 });
  const server = accept(there, {
    extension,
    handler: { onMessage: (message, connection) => void connection.send(message.opcode, message.data) },
  });
  const client = await connect("ws://a.example/", here, { extension });
  expect(client.extension).toBeDefined();
  const payloads = ["short", "deflate me ".repeat(5000), "deflate me ".repeat(5000)];
  for (const payload of payloads) client.sendText(payload);
  for (const payload of payloads) {
    const { value } = await client[Symbol.asyncIterator]().next();
    expect(value?.text() === payload).toBe(true);
  }
  expect(await client.end()).toMatchObject({ code: 1000, clean: true });
  expect(await server.closed).toMatchObject({ code: 1000, clean: true });
});

it("names the option that is wrong, and leaves the streams alone", () => {
  const { streams } = new Peer();
  expect(() => accept(streams, { readAhead: -1 })).toThrow(/^readAhead must/);
  expect(() => accept(streams, { handler: {} as ConnectionHandler })).toThrow(/^handler must/);
  expect(() => accept({} as typeof streams)).toThrow(/^readable must/);
  expect([streams.readable.locked, streams.writable.locked]).toEqual([false, false]);
});
