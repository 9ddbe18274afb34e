// Whole conversations with `ws`: each side's encoder read by the other's decoder, first byte for byte, then over a socket.

import { createRequire } from "node:module";
import { connect, type Socket } from "node:net";
import type { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { FrameEncoder, type Kernel, MessageDecoder, Opcode, type Role } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, pattern } from "../wire.ts";

/** What `ws` exports besides its types. */
interface WsInternals {
  readonly Receiver: new (options: { isServer: boolean; maxPayload?: number }) => Writable;
  readonly Sender: {
    frame(
      data: Buffer,
      options: { fin: boolean; opcode: number; mask: boolean; rsv1: boolean; readOnly: boolean },
    ): Buffer[];
  };
}

const require = createRequire(import.meta.url);
const { Receiver, Sender } = require("ws") as WsInternals;

const SIZES = [0, 1, 2, 7, 124, 125, 126, 127, 1000, 16_384, 65_535, 65_536, 65_537, 2 ** 20];
const SCRIPTS = [
  "",
  "plain ASCII",
  "café, naïve, Ærøskøbing",
  "다람쥐 헌 쳇바퀴에 타고파",
  "いろはにほへと ちりぬるを",
  "Ξεσκεπάζω τὴν ψυχοφθόρα βδελυγμία",
  "Съешь ещё этих мягких французских булок",
  "نص حكيم له سر قاطع",
  "דג סקרן שט בים",
  "👩‍👩‍👧‍👦 🏳️‍🌈 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
  "\ufeffwith a mark in front",
  "한".repeat(30_000),
];

const other = (role: Role): Role => (role === "client" ? "server" : "client");

/** What a `ws` receiver makes of a stream: one line an event. */
async function readByWs(role: Role, stream: Uint8Array, chunkSize: number): Promise<string[]> {
  const receiver = new Receiver({ isServer: role === "server" });
  const seen: string[] = [];
  receiver.on("message", (data: Buffer, binary: boolean) => {
    seen.push(binary ? `binary ${data.toString("base64")}` : `text ${data.toString()}`);
  });
  receiver.on("ping", (data: Buffer) => seen.push(`ping ${data}`));
  receiver.on("pong", (data: Buffer) => seen.push(`pong ${data}`));
  receiver.on("conclude", (code: number, reason: Buffer) => seen.push(`close ${code} ${reason}`));
  const failed = new Promise<never>((_, reject) => receiver.on("error", reject));
  const fed = (async () => {
    for (let at = 0; at < stream.length; at += chunkSize) {
      await new Promise<void>((resolve) =>
        receiver.write(Buffer.from(stream.slice(at, at + chunkSize)), () => resolve()),
      );
    }
  })();
  await Promise.race([fed, failed]);
  return seen;
}

/** The same of ours. */
function readByUs(role: Role, kernel: Kernel, stream: Uint8Array, chunkSize: number): string[] {
  const decoder = new MessageDecoder({ role, kernel });
  const seen: string[] = [];
  for (let at = 0; at < stream.length; at += chunkSize) {
    decoder.decode(stream.slice(at, at + chunkSize), {
      onMessage: (message) => {
        seen.push(
          message.type === "text" ? `text ${message.text()}` : `binary ${Buffer.from(message.data).toString("base64")}`,
        );
      },
      onPing: (payload) => seen.push(`ping ${Buffer.from(payload)}`),
      onPong: (payload) => seen.push(`pong ${Buffer.from(payload)}`),
      onClose: ({ code, reason }) => seen.push(`close ${code} ${reason}`),
    });
  }
  return seen;
}

/** Frames as `ws` makes them for the role. */
function wsFrame(role: Role, opcode: number, data: string | Uint8Array, fin = true): Uint8Array {
  const options = { fin, opcode, mask: role === "client", rsv1: false, readOnly: true };
  return concat(...Sender.frame(Buffer.from(data), options));
}

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("our %s", (role) => {
    const encoder = new FrameEncoder({ role, kernel });

    test.each(SIZES)("sends %d bytes to ws and reads them from it", async (size) => {
      const payload = pattern(size);
      const line = `binary ${Buffer.from(payload).toString("base64")}`;
      for (const chunkSize of [65_536, Math.max(1, Math.ceil(size / 3))]) {
        expect(await readByWs(other(role), encoder.binary(payload), chunkSize)).toEqual([line]);
        expect(readByUs(role, kernel, wsFrame(other(role), 0x2, payload), chunkSize)).toEqual([line]);
      }
      expect(await readByWs(other(role), concat(...encoder.parts(Opcode.Binary, payload)), 65_536)).toEqual([line]);
    });

    test.each(SCRIPTS)("sends text to ws and reads it from it (%#)", async (text) => {
      for (const chunkSize of [65_536, 7919, 11].filter((one) => one > 11 || text.length < 1000)) {
        expect(await readByWs(other(role), encoder.text(text), chunkSize)).toEqual([`text ${text}`]);
        expect(readByUs(role, kernel, wsFrame(other(role), 0x1, text), chunkSize)).toEqual([`text ${text}`]);
      }
    });

    test("sends every kind of frame in fragments, and reads the same", async () => {
      const text = "조각난 메시지 in fragments 🌍";
      const bytes = pattern(1000);
      const line = `binary ${Buffer.from(bytes).toString("base64")}`;
      const events = ["ping mid", "pong ", `text ${text}`, line, "text ", "close 1001 going 안녕"];
      const [first, ...rest] = encoder.fragments(Opcode.Text, text, 5);
      const ours = concat(
        first,
        encoder.ping("mid"),
        encoder.pong(),
        ...rest,
        ...encoder.fragments(Opcode.Binary, bytes, 333),
        encoder.text(""),
        encoder.close(1001, "going 안녕"),
      );
      const peer = other(role);
      const utf8 = new TextEncoder().encode(text);
      const theirs = concat(
        wsFrame(peer, 0x1, utf8.slice(0, 2), false),
        wsFrame(peer, 0x9, "mid"),
        wsFrame(peer, 0x0, utf8.slice(2, 4), false),
        wsFrame(peer, 0xa, ""),
        wsFrame(peer, 0x0, utf8.slice(4)),
        wsFrame(peer, 0x2, bytes.slice(0, 999), false),
        wsFrame(peer, 0x0, bytes.slice(999)),
        wsFrame(peer, 0x1, ""),
        wsFrame(peer, 0x8, concat(Uint8Array.of(0x03, 0xe9), new TextEncoder().encode("going 안녕"))),
      );
      for (const chunkSize of [1, 2, 3, 64, 65_536]) {
        expect(await readByWs(peer, ours, chunkSize)).toEqual(events);
        expect(readByUs(role, kernel, theirs, chunkSize)).toEqual(events);
      }
    });
  });

  describe("over a loopback socket", () => {
    let server: WebSocketServer;
    let socket: Socket;

    beforeEach(async () => {
      server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
      await new Promise((resolve) => server.once("listening", resolve));
      server.on("connection", (peer) => {
        peer.on("message", (data, binary) => {
          if (!binary && String(data) === "close me") peer.close(3000, "as you wish");
          else if (!binary && String(data) === "ping me") peer.ping("from ws");
          else peer.send(data as Buffer, { binary });
        });
        peer.on("pong", (data) => peer.send(`pong ${data}`));
      });
    });

    afterEach(async () => {
      socket.destroy();
      for (const peer of server.clients) peer.terminate();
      await new Promise((resolve) => server.close(resolve));
    });

    /** A client with no more than our codec, after an upgrade request written by hand (§4.1). */
    async function openClient(): Promise<{ send(bytes: Uint8Array): void; next(): Promise<string> }> {
      const { port } = server.address() as { port: number };
      socket = connect({ host: "127.0.0.1", port, noDelay: true });
      socket.write(
        `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n\r\n",
      );
      const decoder = new MessageDecoder({ role: "client", kernel });
      const encoder = new FrameEncoder({ role: "client", kernel });
      const seen: string[] = [];
      const waiting: ((line: string) => void)[] = [];
      const give = (line: string): void => {
        const waiter = waiting.shift();
        if (waiter === undefined) seen.push(line);
        else waiter(line);
      };
      let response: Buffer | undefined = Buffer.alloc(0);
      socket.on("data", (chunk) => {
        let bytes: Buffer = chunk;
        if (response !== undefined) {
          response = Buffer.concat([response, chunk]);
          const end = response.indexOf("\r\n\r\n");
          if (end < 0) return;
          give(response.toString("latin1", 0, end));
          bytes = response.subarray(end + 4);
          response = undefined;
        }
        decoder.decode(bytes, {
          onMessage: (message) => {
            give(
              message.type === "text"
                ? `text ${message.text()}`
                : `binary ${Buffer.from(message.data).toString("base64")}`,
            );
          },
          onPing: (payload) => socket.write(encoder.pong(payload)),
          onPong: (payload) => give(`pong ${Buffer.from(payload)}`),
          onClose: ({ code, reason }) => {
            give(`close ${code} ${reason}`);
            socket.write(encoder.close(code));
          },
        });
      });
      socket.on("end", () => give("end"));
      const next = () =>
        new Promise<string>((resolve) => {
          const line = seen.shift();
          if (line === undefined) waiting.push(resolve);
          else resolve(line);
        });
      const status = await next();
      expect(status).toMatch(/^HTTP\/1\.1 101 /);
      // §4.2.2's accept value for this key.
      expect(status).toContain("HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
      return { send: (bytes) => socket.write(bytes), next };
    }

    test("a ws server echoes every size and script, whole and in fragments", async () => {
      const client = await openClient();
      const encoder = new FrameEncoder({ role: "client", kernel });
      for (const size of SIZES) {
        const line = `binary ${Buffer.from(pattern(size)).toString("base64")}`;
        client.send(encoder.binary(pattern(size)));
        expect(await client.next()).toBe(line);
        for (const part of encoder.fragments(Opcode.Binary, pattern(size), Math.max(1, Math.ceil(size / 4)))) {
          client.send(part);
          client.send(encoder.ping(`${size}`));
        }
        const parts = Math.max(1, Math.ceil(size / Math.max(1, Math.ceil(size / 4))));
        const lines: string[] = [];
        for (let n = 0; n < parts + 1; n++) lines.push(await client.next());
        expect(lines.sort()).toEqual([line, ...Array(parts).fill(`pong ${size}`)].sort());
      }
      for (const text of SCRIPTS) {
        client.send(encoder.text(text));
        expect(await client.next()).toBe(`text ${text}`);
      }
    });

    test("many messages in one write come back in order", async () => {
      const client = await openClient();
      const encoder = new FrameEncoder({ role: "client", kernel });
      const texts = Array.from({ length: 2000 }, (_, n) => `메시지 ${n}`);
      client.send(concat(...texts.map((text) => encoder.text(text))));
      for (const text of texts) expect(await client.next()).toBe(`text ${text}`);
    });

    test("a ping of the server is answered, and its close too", async () => {
      const client = await openClient();
      const encoder = new FrameEncoder({ role: "client", kernel });
      client.send(encoder.text("ping me"));
      expect(await client.next()).toBe("text pong from ws");
      client.send(encoder.text("close me"));
      expect(await client.next()).toBe("close 3000 as you wish");
      expect(await client.next()).toBe("end");
    });

    test("our close is answered with the same code", async () => {
      const client = await openClient();
      const encoder = new FrameEncoder({ role: "client", kernel });
      client.send(encoder.close(4001, "끝"));
      expect(await client.next()).toMatch(/^close 4001 /);
      expect(await client.next()).toBe("end");
    });
  });
});
