// Conversations with `ws` over loopback, permessage-deflate on at both ends: our codec as the client and as the server,
// after a handshake written by hand, with every combination of parameters that `ws` can be given.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type PerMessageDeflateOptions, WebSocket, WebSocketServer } from "ws";
import { permessageDeflate } from "../../src/extension/index.ts";
import { acceptKey } from "../../src/handshake/index.ts";
import { type Extension, FrameEncoder, MessageDecoder, Opcode, type Role } from "../../src/index.ts";
import { element, line, noise, onBothBackends, prose } from "../extension/backends.ts";

const KEY = "x3JJHMbDL1EzLkh9GBhXDw==";
const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest();

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Our end of a connection: what it reads, one line an event, and whether each message came compressed. */
class End {
  readonly #socket: Socket;
  readonly #encoder: FrameEncoder;
  readonly #extension: Extension;
  readonly #seen: string[] = [];
  #wake: () => void = () => {};

  constructor(role: Role, socket: Socket, extension: Extension, head: Uint8Array) {
    this.#socket = socket;
    this.#extension = extension;
    this.#encoder = new FrameEncoder({ role });
    const decoder = new MessageDecoder({ role, extension });
    const see = (event: string) => {
      this.#seen.push(event);
      this.#wake();
    };
    const read = (chunk: Uint8Array) =>
      decoder.decode(chunk, {
        onMessage: ({ type, data }) => see(`${type} ${Buffer.from(data).toString("base64")}`),
        onPing: (payload) => socket.write(this.#encoder.pong(payload)),
        onPong: (payload) => see(`pong ${Buffer.from(payload)}`),
        onClose: ({ code }) => socket.end(this.#encoder.close(code)),
      });
    socket.on("data", read);
    socket.on("error", () => {});
    if (head.length > 0) read(head);
  }

  /** Sends a message in as many fragments as there are payloads, with a ping between. Returns how many bytes it took. */
  send(opcode: typeof Opcode.Text | typeof Opcode.Binary, ...payloads: readonly Uint8Array[]): number {
    let length = 0;
    for (const [n, part] of payloads.entries()) {
      const fin = n === payloads.length - 1;
      const { payload, rsv } = this.#extension.encode(part, fin);
      const bytes = this.#encoder.encode(n === 0 ? opcode : Opcode.Continuation, payload, { fin, rsv });
      length += bytes.length;
      this.#socket.write(bytes);
      if (!fin) this.#socket.write(this.#encoder.ping(`${n}`));
    }
    return length;
  }

  async next(): Promise<string> {
    while (this.#seen.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#seen.shift() ?? expect.unreachable();
  }
}

/** What a `ws` at the other end does: it sends back what it gets, and in fragments when it is asked to. */
function echo(peer: WebSocket): void {
  peer.on("error", () => {});
  peer.on("message", (data: Buffer, binary) => {
    if (binary || !data.toString().startsWith("in fragments")) {
      peer.send(data, { binary });
      return;
    }
    for (let at = 0; at < data.length; at += 1000) {
      peer.send(data.subarray(at, at + 1000), { binary, fin: at + 1000 >= data.length });
    }
  });
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** The lines of a request or response, and what follows it. */
async function readHead(socket: Socket): Promise<[lines: string[], rest: Buffer]> {
  let bytes = Buffer.alloc(0);
  while (!bytes.includes("\r\n\r\n")) bytes = Buffer.concat([bytes, (await once(socket, "data"))[0]]);
  const end = bytes.indexOf("\r\n\r\n");
  return [bytes.toString("latin1", 0, end).split("\r\n"), bytes.subarray(end + 4)];
}

function headerOf(lines: readonly string[], name: string): string {
  const found = lines.find((header) => header.toLowerCase().startsWith(`${name}: `));
  return found?.slice(name.length + 2) ?? expect.unreachable(`no ${name}`);
}

type Negotiable = ReturnType<typeof permessageDeflate>;

/** Our client of a `ws` server. */
async function toWsServer(ours: Negotiable, theirs: PerMessageDeflateOptions): Promise<[End, string]> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: theirs });
  closing.push(() => {
    for (const peer of server.clients) peer.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  server.on("connection", echo);
  await once(server, "listening");
  const socket = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, noDelay: true });
  closing.push(() => socket.destroy());
  socket.write(
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
      `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Extensions: ${ours.offers().map(line).join(", ")}\r\n\r\n`,
  );
  const [lines, head] = await readHead(socket);
  const answer = headerOf(lines, "sec-websocket-extensions");
  const accepted = ours.accept(element(answer));
  if (!accepted.ok) return expect.unreachable(accepted.reason);
  return [new End("client", socket, accepted.extension, head), answer];
}

/** Our server of a `ws` client. */
async function toWsClient(ours: Negotiable, theirs: PerMessageDeflateOptions): Promise<[End, string]> {
  const server = createServer();
  closing.push(() => server.close());
  const port = await listen(server);
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: theirs });
  closing.push(() => client.terminate());
  echo(client);
  const [socket] = (await once(server, "connection")) as [Socket];
  closing.push(() => socket.destroy());
  const [lines, head] = await readHead(socket);
  const answered = ours.answer(headerOf(lines, "sec-websocket-extensions").split(",").map(element));
  if (answered === undefined) return expect.unreachable("declined");
  const answer = line(answered.answer);
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${acceptKey(headerOf(lines, "sec-websocket-key"), sha1)}\r\n` +
      `Sec-WebSocket-Extensions: ${answer}\r\n\r\n`,
  );
  const end = new End("server", socket, answered.extension, head);
  await once(client, "open");
  return [end, answer];
}

const FLAGS = [false, true];
const combinations = FLAGS.flatMap((serverNoContextTakeover) =>
  FLAGS.flatMap((clientNoContextTakeover) =>
    [9, 12, 15].flatMap((serverMaxWindowBits) =>
      [9, 12, 15].map((clientMaxWindowBits) => ({
        serverNoContextTakeover,
        clientNoContextTakeover,
        serverMaxWindowBits,
        clientMaxWindowBits,
      })),
    ),
  ),
);

const TEXT = new TextEncoder().encode("다람쥐 헌 쳇바퀴에 타고파 🌍 ".repeat(300));
const MESSAGES = [prose(1), prose(200), prose(200), prose(70_000), TEXT, noise(3000), prose(200), new Uint8Array(0)];

async function converse(end: End): Promise<void> {
  for (const message of MESSAGES) {
    end.send(Opcode.Binary, message);
    expect(await end.next()).toBe(`binary ${Buffer.from(message).toString("base64")}`);
  }
  end.send(Opcode.Text, TEXT);
  expect(await end.next()).toBe(`text ${Buffer.from(TEXT).toString("base64")}`);
  end.send(Opcode.Binary, prose(5000), new Uint8Array(0), noise(100), new Uint8Array(0));
  for (const n of [0, 1, 2]) expect(await end.next()).toBe(`pong ${n}`);
  expect(await end.next()).toBe(`binary ${Buffer.concat([prose(5000), noise(100)]).toString("base64")}`);
  const fragmented = Buffer.concat([Buffer.from("in fragments "), prose(4500)]);
  end.send(Opcode.Text, fragmented);
  expect(await end.next()).toBe(`text ${fragmented.toString("base64")}`);
}

onBothBackends((backend) => {
  describe.each([
    ["our client and a ws server", toWsServer],
    ["our server and a ws client", toWsClient],
  ])("%s", (_, open) => {
    test.each(combinations)("ws asks for %j", async (options) => {
      const [end, answer] = await open(permessageDeflate({ backend, threshold: 0 }), { threshold: 0, ...options });
      if (options.serverNoContextTakeover) expect(answer).toContain("server_no_context_takeover");
      if (options.serverMaxWindowBits < 15) {
        expect(answer).toContain(`server_max_window_bits=${options.serverMaxWindowBits}`);
      }
      await converse(end);
    });

    test.each(combinations)("we ask for %j", async (options) => {
      const [end, answer] = await open(permessageDeflate({ backend, threshold: 0, ...options }), { threshold: 0 });
      if (options.serverNoContextTakeover) expect(answer).toContain("server_no_context_takeover");
      if (options.clientMaxWindowBits < 15) {
        expect(answer).toContain(`client_max_window_bits=${options.clientMaxWindowBits}`);
      }
      await converse(end);
    });

    test("messages do take less bytes, and those after the first still less", async () => {
      const [end] = await open(permessageDeflate({ backend, threshold: 0 }), { threshold: 0 });
      const sizes = [1, 2].map(() => end.send(Opcode.Binary, prose(2000)));
      expect(sizes[0]).toBeLessThan(1000);
      expect(sizes[1]).toBeLessThan(100);
      for (const _ of sizes) await end.next();
    });
  });

  test("a ws server that has us compress with 8 bits is sent what we have as it is, and read", async () => {
    const [end, answer] = await toWsServer(permessageDeflate({ backend, threshold: 0 }), {
      threshold: 0,
      clientMaxWindowBits: 8,
    });
    expect(answer).toContain("client_max_window_bits=8");
    await converse(end);
    expect(end.send(Opcode.Binary, prose(2000))).toBeGreaterThan(2000);
  });
});
