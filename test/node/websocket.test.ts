// The ready class over real sockets: what only its options can do. The rest of it is among the tests of src/web.

import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocketServer as WsServer } from "ws";
import { permessageDeflate } from "../../src/extension/index.ts";
import { pakoBackend } from "../../src/extension/pako.ts";
import { upgrade, WebSocket } from "../../src/node/index.ts";
import { createCertificate, NO_TLS, NO_TLS_REASON } from "../certificate.ts";
import { listen } from "../loopback.ts";

// What the environment says of proxies is not for these tests.
beforeEach(() => {
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"]) {
    vi.stubEnv(name, undefined);
  }
  return () => vi.unstubAllEnvs();
});

type Happened = { event: Event; message: string; error: { code?: string; status?: number } };

/** The first event of a type, which must come. */
function first<E = Event>(socket: globalThis.WebSocket, type: string): Promise<E> {
  return new Promise((resolve) => socket.addEventListener(type, (event) => resolve(event as E), { once: true }));
}

/** A server that echoes. */
async function echo(perMessageDeflate = false): Promise<string> {
  const server = createHttpServer();
  const theirs = new WsServer({ server, perMessageDeflate });
  theirs.on("connection", (peer, request) => {
    peer.on("message", (data, binary) => peer.send(data as Buffer, { binary }));
    if (request.headers.cookie !== undefined) peer.send(request.headers.cookie);
  });
  return `127.0.0.1:${await listen(server)}`;
}

it("takes connect's options, and a base for relative URLs", async () => {
  const socket = new WebSocket("/path", { base: `http://${await echo()}/page`, headers: { Cookie: "a=1" } });
  expect((await first<MessageEvent>(socket, "message")).data).toBe("a=1");
  socket.close();
  expect((await first<CloseEvent>(socket, "close")).wasClean).toBe(true);
});

it("compresses where both ends want it, and extensions says so", async () => {
  const host = await echo(true);
  for (const extension of [permessageDeflate({ backend: pakoBackend, threshold: 0 }), undefined]) {
    const socket = new WebSocket(`ws://${host}/`, { extension });
    expect(socket.extensions).toBe("");
    await first(socket, "open");
    expect(socket.extensions).toMatch(extension === undefined ? /^$/ : /^permessage-deflate\b/);
    for (const text of ["a", "다람쥐".repeat(10_000), ""]) {
      socket.send(text);
      expect(socket.bufferedAmount).toBe(Buffer.byteLength(text));
      expect((await first<MessageEvent>(socket, "message")).data === text).toBe(true);
      expect(socket.bufferedAmount).toBe(0);
    }
    socket.close();
    await first(socket, "close");
  }
});

it.skipIf(NO_TLS)(`speaks TLS, also where the URL says https${NO_TLS_REASON}`, async () => {
  const certificate = createCertificate("IP:127.0.0.1");
  const server = createHttpsServer(certificate);
  new WsServer({ server }).on("connection", (peer) => peer.send("secret"));
  const url = `https://127.0.0.1:${await listen(server)}/`;
  const socket = new WebSocket(url, { tls: { ca: certificate.cert } });
  expect(socket.url).toBe(url.replace("https", "wss"));
  const event = await first<MessageEvent>(socket, "message");
  expect([event.data, event.origin]).toEqual(["secret", url.replace("https", "wss").slice(0, -1)]);
  socket.close();
  await first(socket, "close");
  const untrusted = await first<Happened>(new WebSocket(url), "error");
  expect(untrusted.error).toMatchObject({ name: "ConnectError", code: "TLS_FAILED" });
});

describe("the error event says", () => {
  it("why the server refused", async () => {
    const server = createHttpServer();
    new WsServer({ server, verifyClient: (_, done) => done(false, 401, "Who?") });
    const { message, error } = await first<Happened>(new WebSocket(`ws://127.0.0.1:${await listen(server)}/`), "error");
    expect(error).toMatchObject({ name: "ConnectError", code: "REFUSED", status: 401 });
    expect(message).toMatch(/401/);
  });

  it("which option is wrong", async () => {
    const url = `ws://${await echo()}/`;
    for (const [name, value] of [
      ["openingTimeout", -1],
      ["extension", null],
      ["extension", {}],
      ["extension", "permessage-deflate"],
      ["headers", 5],
    ] as const) {
      const wrong = { [name]: value } as object;
      const { message, error } = await first<Happened>(new WebSocket(url, wrong), "error");
      expect(error).toBeInstanceOf(name === "openingTimeout" ? RangeError : TypeError);
      expect(message).toMatch(new RegExp(`^${name} must`));
    }
  });

  it("that the peer did not answer a Close in time", async () => {
    const server = createHttpServer();
    server.on("upgrade", (request, socket, head) => {
      const connection = upgrade(request, socket, head, {});
      connection?.sendText("open");
      connection?.pause();
      socket.pause();
    });
    const socket = new WebSocket(`ws://127.0.0.1:${await listen(server)}/`, { closeTimeout: 50 });
    await first(socket, "message");
    const closed = first<CloseEvent>(socket, "close");
    socket.close(1000);
    const { message } = await first<Happened>(socket, "error");
    expect(message).toMatch(/without its closing handshake/);
    expect(await closed).toMatchObject({ code: 1006, wasClean: false });
  });
});

it("counts what a peer that does not read has not taken, and less as it reads on", async () => {
  const server = createHttpServer();
  const peers: NonNullable<ReturnType<typeof upgrade>>[] = [];
  server.on("upgrade", (request, socket, head) => {
    const peer = upgrade(request, socket, head, { handler: { onMessage() {} } });
    peer?.pause();
    if (peer !== undefined) peers.push(peer);
  });
  const socket = new WebSocket(`ws://127.0.0.1:${await listen(server)}/`);
  await first(socket, "open");
  const MESSAGE = 100_000;
  let sent = 0;
  // Until the system's buffers are full.
  while (socket.bufferedAmount < 20 * MESSAGE) {
    for (let count = 0; count < 20; count++) socket.send(new Uint8Array(MESSAGE));
    sent += 20;
    await new Promise(setImmediate);
  }
  const amount = socket.bufferedAmount;
  expect(amount % MESSAGE).toBe(0);
  expect(amount).toBeLessThanOrEqual(sent * MESSAGE);
  await new Promise(setImmediate);
  expect(socket.bufferedAmount).toBe(amount);
  const seen = new Set<number>();
  peers[0].resume();
  await expect
    .poll(
      () => {
        seen.add(socket.bufferedAmount);
        return socket.bufferedAmount;
      },
      { interval: 1, timeout: 10_000 },
    )
    .toBe(0);
  expect([...seen].every((one) => one % MESSAGE === 0)).toBe(true);
  socket.close();
  expect((await first<CloseEvent>(socket, "close")).wasClean).toBe(true);
});
