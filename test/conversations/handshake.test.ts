// Opening handshakes with peers that know nothing of ours: `ws` both ways, Node's HTTP/1.1 as a proxy, Node's HTTP/2.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server, type IncomingHttpHeaders } from "node:http2";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import {
  checkExtendedConnect,
  checkExtendedConnectResponse,
  checkUpgrade,
  checkUpgradeResponse,
  extendedConnectRejection,
  extendedConnectRequest,
  extendedConnectResponse,
  HandshakeError,
  HeadParser,
  type NotOpened,
  type Opened,
  type RequestHead,
  rejection,
  selectProtocol,
  type Upgrade,
  type UpgradeRequestOptions,
  upgradeRequest,
  upgradeResponse,
} from "../../src/handshake/index.ts";
import { FrameEncoder, MessageDecoder } from "../../src/index.ts";
import { checkConnectResponse, connectRequest, proxyFor } from "../../src/proxy/index.ts";

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The port of `server`, listening on loopback until the test ends. */
async function listen(server: Server | HttpServer | ReturnType<typeof createHttp2Server>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => socket.destroy())));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  closing.push(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** Reads a head, one byte at a time so that every split is met, and puts back what follows. */
async function readHead<Kind extends "request" | "response">(socket: Socket, kind: Kind) {
  const parser = new HeadParser(kind);
  for (;;) {
    const chunk = (socket.read(1) as Buffer | null) ?? undefined;
    if (chunk === undefined) {
      if (socket.readableEnded) throw new Error("the connection ended inside a head");
      await Promise.race([once(socket, "readable"), once(socket, "end")]);
      continue;
    }
    const parsed = parser.push(chunk);
    if (parsed !== undefined) return parsed.head;
  }
}

/** A server of ours that echoes one message. `heads` is what it has read. */
async function serve(answer: (upgrade: Upgrade) => Uint8Array) {
  const heads: RequestHead[] = [];
  const server = createServer(async (socket) => {
    try {
      const head = await readHead(socket, "request");
      heads.push(head);
      const upgrade = checkUpgrade(head, { versions: [13, 8, 7] });
      socket.write(upgrade.ok ? answer(upgrade) : rejection(upgrade));
      if (upgrade.ok) echo(socket);
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error;
      socket.end(rejection(error));
    }
  });
  return { port: await listen(server), heads };
}

function echo(socket: Socket): void {
  const encoder = new FrameEncoder({ role: "server" });
  const decoder = new MessageDecoder({ role: "server" });
  socket.on("data", (chunk) => {
    decoder.decode(chunk, {
      onMessage: ({ opcode, data }) => socket.write(encoder.encode(opcode, data)),
      onPing: () => {},
      onPong: () => {},
      onClose: () => socket.end(encoder.close(1000)),
    });
  });
}

/** What a client of ours gets from a server, and its echo of "ping" once the WebSocket is open. */
async function open(socket: Socket, options: UpgradeRequestOptions): Promise<(Opened & { echo: string }) | NotOpened> {
  const request = upgradeRequest(options);
  socket.write(request.bytes);
  const result = checkUpgradeResponse(await readHead(socket, "response"), request, sha1);
  if (!result.ok) return result;
  socket.write(new FrameEncoder({ role: "client" }).text("ping"));
  const decoder = new MessageDecoder({ role: "client" });
  const echo = await new Promise<string>((resolve) => {
    socket.on("data", (chunk) => {
      decoder.decode(chunk, {
        onMessage: (message) => resolve(message.text()),
        onPing() {},
        onPong() {},
        onClose() {},
      });
    });
  });
  return { ...result, echo };
}

describe("a client of ws, our server", () => {
  it("opens, with a subprotocol and an extension", async () => {
    const { port, heads } = await serve((upgrade) => {
      expect(upgrade).toMatchObject({ version: 13, protocols: ["chat", "soap"], host: `127.0.0.1:${port}` });
      expect(upgrade.origin).toBe("http://a.example");
      expect(upgrade.extensions).toEqual([
        { token: "permessage-deflate", parameters: [["client_max_window_bits", undefined]] },
      ]);
      const protocol = selectProtocol(upgrade.protocols, ["soap"]);
      const extensions = [
        { token: "permessage-deflate", parameters: [["client_no_context_takeover", undefined]] },
      ] as const;
      return upgradeResponse(upgrade, { sha1, protocol, extensions, headers: { "Set-Cookie": ["a=1", "b=2"] } });
    });
    const peer = new WebSocket(`ws://127.0.0.1:${port}/a?b=c`, ["chat", "soap"], { origin: "http://a.example" });
    const [[response]] = await Promise.all([once(peer, "upgrade"), once(peer, "open")]);
    expect(response.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect([peer.protocol, peer.extensions]).toEqual(["soap", "permessage-deflate"]);
    expect(heads[0].target).toBe("/a?b=c");
    peer.close();
  });

  it.each([13, 8] as const)("speaks version %d and has its message echoed", async (version) => {
    const { port } = await serve((upgrade) => {
      expect(upgrade).toMatchObject({ version, origin: "http://a.example" });
      return upgradeResponse(upgrade, { sha1 });
    });
    const options = { protocolVersion: version, origin: "http://a.example", perMessageDeflate: false };
    const peer = new WebSocket(`ws://127.0.0.1:${port}`, options);
    await once(peer, "open");
    peer.send("hello");
    expect(String((await once(peer, "message"))[0])).toBe("hello");
    peer.close();
    expect((await once(peer, "close"))[0]).toBe(1000);
  });

  it.each([403, 404, 503])("is refused with %d", async (status) => {
    const { port } = await serve(() => rejection({ status, reason: "no" }));
    const peer = new WebSocket(`ws://127.0.0.1:${port}`);
    const [, response] = await once(peer, "unexpected-response");
    expect(response.statusCode).toBe(status);
    peer.on("error", () => {});
    peer.terminate();
  });
});

describe("our client, a server of ws", () => {
  async function wsServer(options: ConstructorParameters<typeof WebSocketServer>[0] = {}): Promise<number> {
    const http = createHttpServer();
    const server = new WebSocketServer({ server: http, ...options });
    server.on("connection", (peer, request) => {
      if (request.headers.authorization !== undefined) peer.send(request.headers.authorization);
      peer.on("message", (data, isBinary) => peer.send(data, { binary: isBinary, compress: false }));
    });
    return listen(http);
  }

  it.each([13, 8] as const)("opens with version %d and a subprotocol", async (version) => {
    const port = await wsServer({ handleProtocols: (protocols) => [...protocols][1] });
    const result = await open(await dial(port), { uri: `ws://127.0.0.1:${port}/`, version, protocols: ["a", "b"] });
    expect(result).toEqual({ ok: true, protocol: "b", extensions: [], echo: "ping" });
  });

  it("agrees on an extension, whose parameters come back", async () => {
    const port = await wsServer({ perMessageDeflate: { serverNoContextTakeover: true } });
    const extensions = [
      { token: "x-unknown", parameters: [["a", "b"]] },
      { token: "permessage-deflate", parameters: [["client_max_window_bits", undefined]] },
    ] as const;
    const result = await open(await dial(port), { uri: `ws://127.0.0.1:${port}/`, extensions });
    expect(result).toMatchObject({ ok: true, protocol: undefined, echo: "ping" });
    expect((result as Opened).extensions).toEqual([
      { token: "permessage-deflate", parameters: expect.arrayContaining([["server_no_context_takeover", undefined]]) },
    ]);
  });

  it("sends the credentials of the URI", async () => {
    const port = await wsServer();
    const result = await open(await dial(port), { uri: `ws://user:pass@127.0.0.1:${port}/` });
    expect(result).toMatchObject({ ok: true, echo: "Basic dXNlcjpwYXNz" });
  });

  it("hands over a 401 with its headers", async () => {
    const port = await wsServer({
      verifyClient: (_, done) => done(false, 401, "no", { "WWW-Authenticate": 'Basic realm="a"' }),
    });
    const result = await open(await dial(port), { uri: `ws://127.0.0.1:${port}/` });
    expect(result).toMatchObject({ ok: false, status: 401 });
    expect((result as NotOpened).headers).toContainEqual(["WWW-Authenticate", 'Basic realm="a"']);
  });

  it("hands over the answer to a version that ws does not speak", async () => {
    const port = await wsServer();
    const result = await open(await dial(port), { uri: `ws://127.0.0.1:${port}/`, version: 7 });
    expect(result).toMatchObject({ ok: false, status: 400 });
    expect((result as NotOpened).headers).toContainEqual(["Sec-WebSocket-Version", "13, 8"]);
  });

  it("goes through a proxy, which asks for credentials", async () => {
    const target = await wsServer();
    const proxy = createHttpServer().on("connect", (request, socket: Socket, head) => {
      socket.on("error", () => socket.destroy());
      if (request.headers["proxy-authorization"] !== "Basic dTpw") {
        return void socket.end('HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="a"\r\n\r\n');
      }
      const { hostname, port } = new URL(`ws://${request.url}`);
      const upstream = connect(Number(port), hostname, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        upstream.write(head);
        upstream.pipe(socket).pipe(upstream);
      });
      closing.push(() => upstream.destroy());
      upstream.on("error", () => socket.destroy());
    });
    const port = await listen(proxy);
    const uri = `ws://127.0.0.1:${target}/`;
    const through = async (credentials: string) => {
      const found = proxyFor(upgradeRequest({ uri }).uri, { HTTP_PROXY: `http://${credentials}127.0.0.1:${port}` });
      if (found === undefined) throw new Error("no proxy");
      const socket = await dial(found.port);
      socket.write(connectRequest({ host: "127.0.0.1", port: target, authorization: found.authorization }));
      return { socket, answer: checkConnectResponse(await readHead(socket, "response")) };
    };
    expect((await through("")).answer).toMatchObject({ ok: false, status: 407 });
    const { socket, answer } = await through("u:p@");
    expect(answer).toEqual({ ok: true });
    expect(await open(socket, { uri })).toMatchObject({ ok: true, echo: "ping" });
  });
});

describe("over Node's HTTP/2", () => {
  async function openStream(path: string, protocols: string[]) {
    const server = createHttp2Server({ settings: { enableConnectProtocol: true } });
    server.on("stream", (stream, headers) => {
      const connect = checkExtendedConnect(headers);
      if (!connect.ok) stream.respond(extendedConnectRejection(connect), { endStream: true });
      else if (connect.path !== "/chat") stream.respond(extendedConnectRejection({ status: 404 }), { endStream: true });
      else {
        const protocol = selectProtocol(connect.protocols, ["soap"]);
        stream.respond(extendedConnectResponse(connect, { protocol, headers: { "Set-Cookie": ["a", "b"] } }));
        stream.pipe(stream);
      }
    });
    const port = await listen(server);
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    closing.push(() => session.destroy());
    const [settings] = await once(session, "remoteSettings");
    expect(settings.enableConnectProtocol).toBe(true);
    const request = extendedConnectRequest({ uri: `ws://127.0.0.1:${port}${path}`, protocols });
    const stream = session.request(request.headers, { endStream: false });
    const [headers] = (await once(stream, "response")) as [IncomingHttpHeaders];
    return { stream, headers, result: checkExtendedConnectResponse(headers, request) };
  }

  it("a stream opens, and carries bytes both ways", async () => {
    const { stream, headers, result } = await openStream("/chat", ["chat", "soap"]);
    expect(result).toEqual({ ok: true, protocol: "soap", extensions: [] });
    expect(headers["set-cookie"]).toEqual(["a", "b"]);
    stream.write("bytes");
    expect(String((await once(stream, "data"))[0])).toBe("bytes");
  });

  it("a stream is refused", async () => {
    expect((await openStream("/other", [])).result).toMatchObject({ ok: false, status: 404 });
  });
});
