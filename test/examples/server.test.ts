import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { defaultKernel } from "wsimd";
import { type RunningServer, startServer } from "../../examples/start-server.ts";
import { closePayload, RawClient } from "./raw-client.ts";

let server: RunningServer;

beforeAll(async () => {
  server = await startServer({ port: 0 });
});

afterAll(() => server.stop());

const MIB = 2 ** 20;
const SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, MIB, 16 * MIB];

/** One line for each script: two, three and four bytes a character, both directions. */
const SCRIPTS: readonly (readonly [name: string, line: string])[] = [
  ["ASCII", "The quick brown fox jumps over the lazy dog. "],
  ["Latin", "Où êtes-vous, Zoë? Smörgåsbord für Müßiggänger. "],
  ["Korean", "다람쥐 헌 쳇바퀴에 타고파. "],
  ["Arabic", "نص حكيم له سر قاطع وذو شأن عظيم. "],
  ["emoji", "👩‍👩‍👧‍👦 🇰🇷 🐙 🏴󠁧󠁢󠁳󠁣󠁴󠁿 "],
];

async function connect(path = "/"): Promise<WebSocket> {
  const socket = new WebSocket(server.url.replace("http", "ws").replace(/\/$/, path), { perMessageDeflate: false });
  await once(socket, "open");
  return socket;
}

/** Sends a message and waits for one. */
async function echo(socket: WebSocket, data: string | Buffer): Promise<{ data: Buffer; binary: boolean }> {
  const answer = once(socket, "message");
  socket.send(data);
  const [bytes, binary] = (await answer) as [Buffer, boolean];
  return { data: bytes, binary };
}

async function close(socket: WebSocket, code?: number, reason?: string): Promise<{ code: number; reason: string }> {
  const closed = once(socket, "close");
  socket.close(code, reason);
  const [answered, words] = (await closed) as [number, Buffer];
  return { code: answered, reason: words.toString() };
}

it("runs on the WASM kernel", () => {
  expect(defaultKernel()).toMatchObject({ kernel: { name: "wasm-simd" }, fallbackReason: undefined });
});

describe("with ws as the client", () => {
  it.each(SIZES)("echoes a binary message of %d bytes", async (size) => {
    const socket = await connect();
    const message = randomBytes(size);
    const { data, binary } = await echo(socket, message);
    expect(binary).toBe(true);
    expect(data.equals(message)).toBe(true);
    expect(await close(socket, 1000)).toEqual({ code: 1000, reason: "" });
  });

  it.each(SIZES)("echoes a text of %d bytes", async (size) => {
    const socket = await connect();
    const message = "wsimd ".repeat(Math.ceil(size / 6)).slice(0, size);
    const { data, binary } = await echo(socket, message);
    expect(binary).toBe(false);
    expect(data.toString() === message).toBe(true);
    await close(socket);
  });

  it.each(SCRIPTS)("echoes %s, short and long", async (_, line) => {
    const socket = await connect();
    for (const message of [line, line.repeat(50), line.repeat(5000)]) {
      const { data, binary } = await echo(socket, message);
      expect(binary).toBe(false);
      expect(data.toString() === message).toBe(true);
    }
    await close(socket);
  });

  it("echoes messages in fragments cut inside characters, with pings between them, as whole messages", async () => {
    const socket = await connect();
    const text = SCRIPTS.map(([, line]) => line).join("");
    const bytes = Buffer.from(text);
    const pongs: string[] = [];
    socket.on("pong", (payload: Buffer) => pongs.push(payload.toString()));
    const answers: [Buffer, boolean][] = [];
    socket.on("message", (data: Buffer, binary: boolean) => answers.push([data, binary]));
    for (const binary of [false, true]) {
      for (let at = 0; at < bytes.length; at += 7) {
        socket.send(bytes.subarray(at, at + 7), { binary, fin: at + 7 >= bytes.length });
        if (at % 35 === 0) socket.ping(`${binary} ${at}`);
      }
    }
    await expect.poll(() => answers.length).toBe(2);
    expect(answers.map(([data, binary]) => [data.toString(), binary])).toEqual([
      [text, false],
      [text, true],
    ]);
    // §5.5.3: of Pings that came together, only the last is answered; of those before a message's answer, that one at least.
    const last = 35 * Math.floor((bytes.length - 1) / 35);
    expect(pongs).toContain(`false ${last}`);
    expect(pongs.at(-1)).toBe(`true ${last}`);
    await close(socket);
  });

  it("keeps the order of many messages of every size sent at once", async () => {
    const socket = await connect();
    const messages = Array.from({ length: 600 }, (_, at) => randomBytes((at * at * 7) % 40_000));
    const answers: Buffer[] = [];
    socket.on("message", (data: Buffer) => answers.push(data));
    for (const message of messages) socket.send(message);
    await expect.poll(() => answers.length, { timeout: 10_000 }).toBe(messages.length);
    expect(answers.every((answer, at) => answer.equals(messages[at]))).toBe(true);
    await close(socket);
  });

  it.each([0, 1, 125])("answers a ping of %d bytes with its payload", async (size) => {
    const socket = await connect();
    const payload = randomBytes(size);
    const pong = once(socket, "pong");
    socket.ping(payload);
    const [answer] = (await pong) as [Buffer];
    expect(answer.equals(payload)).toBe(true);
    await close(socket);
  });

  it("passes over a pong that nobody asked for", async () => {
    const socket = await connect();
    socket.pong("unsolicited");
    expect((await echo(socket, "still here")).data.toString()).toBe("still here");
    await close(socket);
  });

  it.each<[number, string]>([
    [1000, "done"],
    [1001, "going away"],
    [3000, ""],
    [4999, "이유 in UTF-8"],
    [1000, "r".repeat(123)],
  ])("echoes the close code %d (%j) and ends the connection", async (code, reason) => {
    const socket = await connect();
    expect(await close(socket, code, reason)).toEqual({ code, reason: "" });
    await expect.poll(() => server.connections()).toBe(0);
  });

  it("answers a Close without a code with one without a code", async () => {
    // §7.1.5: 1005 is what an endpoint says to its user when there was no code.
    expect(await close(await connect())).toEqual({ code: 1005, reason: "" });
  });

  it.each(["/", "/echo", "/any/path?with=query"])("opens at %s", async (path) => {
    const socket = await connect(path);
    expect((await echo(socket, path)).data.toString()).toBe(path);
    await close(socket);
  });

  it("speaks no subprotocol and no extension, though both are offered", async () => {
    const socket = new WebSocket(server.url.replace("http", "ws"), { perMessageDeflate: true });
    await once(socket, "open");
    expect(socket.extensions).toBe("");
    expect((await echo(socket, "a".repeat(5000))).data.length).toBe(5000);
    await close(socket);
  });

  it("refuses a message of more than 16 MiB with 1009, before it has come", async () => {
    const socket = await connect();
    const closed = once(socket, "close");
    socket.on("error", () => {});
    socket.send(Buffer.alloc(16 * MIB + 1));
    const [code, reason] = (await closed) as [number, Buffer];
    expect(code).toBe(1009);
    expect(reason.toString()).toMatch(/longer than is allowed/);
  });

  it("holds many connections at once", async () => {
    const sockets = await Promise.all(Array.from({ length: 50 }, () => connect()));
    expect(server.connections()).toBe(50);
    const answers = await Promise.all(sockets.map((socket, at) => echo(socket, `socket ${at}`)));
    expect(answers.map(({ data }) => data.toString())).toEqual(sockets.map((_, at) => `socket ${at}`));
    await Promise.all(sockets.map((socket) => close(socket)));
    await expect.poll(() => server.connections()).toBe(0);
  });
});

it("reads no further while the peer does not read, and goes on when it does", async () => {
  const socket = await connect();
  const sent = 96;
  let received = 0;
  socket.on("message", () => received++);
  socket.pause();
  for (let at = 0; at < sent; at++) socket.send(Buffer.alloc(MIB, at));
  await new Promise((resolve) => setTimeout(resolve, 400));
  // Two sockets' buffers hold a few MiB at most: the rest waits in the client, and not in the server's memory.
  expect(socket.bufferedAmount).toBeGreaterThan(40 * MIB);
  socket.resume();
  await expect.poll(() => received, { timeout: 20_000 }).toBe(sent);
  await close(socket);
});

it("says 1001 to every connection when it stops, and waits no longer than the timeout for one that does not answer", async () => {
  const stopping = await startServer({ port: 0, closeTimeout: 150 });
  const polite = new WebSocket(stopping.url.replace("http", "ws"));
  await once(polite, "open");
  const silent = await RawClient.open(stopping.port);
  const closed = once(polite, "close");
  await stopping.stop();
  const [code, reason] = (await closed) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([1001, "the server stops"]);
  expect(silent.frames()).toEqual([{ first: 0x88, payload: closePayload(1001, "the server stops") }]);
  expect(stopping.connections()).toBe(0);
  silent.socket.destroy();
});
