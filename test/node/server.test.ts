import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
} from "node:http2";
import { get as getSecure } from "node:https";
import { type AddressInfo, connect as dial, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { type Closure, type NegotiableExtension, ReadyState } from "../../src/index.ts";
import {
  type CloseServerOptions,
  ConnectionFailed,
  connect,
  connectStream,
  type OpeningRequest,
  type SocketConnection,
  WebSocketServer,
  type WebSocketServerOptions,
} from "../../src/node/index.ts";
import { createCertificate, NO_TLS, NO_TLS_REASON } from "../certificate.ts";
import { clientFrame, HANDSHAKE, RawClient } from "../examples/raw-client.ts";
import { atEnd, listen, openSockets, thrownBy } from "../loopback.ts";
import { RawStream, sessionWith } from "./http2.ts";

const handler: WebSocketServerOptions["handler"] = {
  onMessage: (message, connection) => void connection.send(message.opcode, message.data),
};

/** A server of its own, listening until the test is over. */
async function start(options: WebSocketServerOptions = { handler }): Promise<[WebSocketServer, string, number]> {
  const webSockets = new WebSocketServer(options);
  const { server } = webSockets;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => webSockets.close({ timeout: 0 }));
  const { port } = server.address() as AddressInfo;
  return [webSockets, `ws://127.0.0.1:${port}/`, port];
}

/** What is rejected and nobody takes, while `run` does. The test's own listeners would have it fail. */
async function rejections(run: () => Promise<void>): Promise<unknown[]> {
  const rejected: unknown[] = [];
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", (error) => rejected.push(error));
  try {
    await run();
    // Node tells of them once the turn that rejected them is over.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  }
  return rejected;
}

async function answerTo(url: string): Promise<IncomingMessage> {
  const [response] = (await once(get(url), "response")) as [IncomingMessage];
  response.resume();
  return response;
}

describe("a server of its own", () => {
  it("opens WebSockets, and answers 426 to what is no handshake", async () => {
    const [webSockets, url] = await start();
    const connection = await connect(url);
    connection.sendText("안녕");
    expect((await connection[Symbol.asyncIterator]().next()).value?.text()).toBe("안녕");
    expect(webSockets.size).toBe(1);
    const { statusCode, headers } = await answerTo(url.replace("ws", "http"));
    expect([statusCode, headers.upgrade]).toEqual([426, "websocket"]);
    await connection.end();
    await expect.poll(() => webSockets.size).toBe(0);
  });

  it("refuses what is one too many with 503, and takes another when there is room", async () => {
    const [webSockets, url] = await start({ handler, maxConnections: 2 });
    const [first] = await Promise.all([connect(url), connect(url)]);
    await expect(connect(url)).rejects.toMatchObject({ code: "REFUSED", status: 503 });
    await first.end();
    await expect.poll(() => webSockets.size).toBe(1);
    await (await connect(url)).end();
  });

  it("asks check about each, and tells of those it opened before their first message", async () => {
    const seen: string[] = [];
    const [, url] = await start({
      handler: { onMessage: (message) => void seen.push(message.text()) },
      check: ({ url }) => (url === "/chat" ? undefined : { status: 404, reason: "There is nothing here." }),
      onConnection: (_, request) => void seen.push(request.url ?? ""),
    });
    await expect(connect(url)).rejects.toMatchObject({ status: 404 });
    const connection = await connect(`${url}chat`);
    connection.sendText("hello");
    await connection.end();
    expect(seen).toEqual(["/chat", "hello"]);
  });

  it("tells of a connection before the message that came with its handshake", async () => {
    const seen: unknown[] = [];
    const [webSockets, , port] = await start({
      handler: { onMessage: (message) => void seen.push(message.text(), webSockets.size) },
      onConnection: () => void seen.push("opened"),
    });
    const client = await RawClient.connect(port);
    client.socket.write(Buffer.concat([Buffer.from(HANDSHAKE), clientFrame(0x81, "hi")]));
    await expect.poll(() => seen).toEqual(["opened", "hi", 1]);
    client.socket.destroy();
  });

  it("gives connections whose messages are asked for when there is no handler", async () => {
    const [, url] = await start({
      freeChunks: true, // which what waits is not subject to
      async onConnection(connection) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        for await (const message of connection) connection.sendText(message.text().toUpperCase());
      },
    });
    const connection = await connect(url);
    connection.sendText("loud".repeat(500));
    expect((await connection[Symbol.asyncIterator]().next()).value?.text()).toBe("LOUD".repeat(500));
    expect(await connection.end()).toMatchObject({ clean: true });
  });

  it("names the option that is wrong when it is made", () => {
    expect(() => new WebSocketServer({ maxConnections: -1 })).toThrow(/^maxConnections must/);
    const freeChunks = "yes" as unknown as boolean;
    expect(() => new WebSocketServer({ handler, freeChunks })).toThrow(/^freeChunks must/);
    expect(() => new WebSocketServer({ closeTimeout: 0.5 })).toThrow(/^closeTimeout must/);
  });

  it.each([
    [{ port: 8080 }, "port is not an option: call server.listen"],
    [{ host: "::1" }, "host is not an option: call server.listen"],
    [{ onConection() {} }, "handler or onConnection must be given: nobody would take the messages"],
    [undefined, "options must be an object, not undefined"],
    [{ server: {} }, "server must be an http, https or http2 server, not an Object"],
    [{ server: null }, "server must be an http, https or http2 server, not null"],
    [{ onConnection: true }, "onConnection must be a function, not true"],
    [{ headers: { "Set-Cookie": "a\nb" } }, "headers: the value of Set-Cookie has forbidden characters"],
  ])("is not made with %j", (options, message) => {
    expect(() => new WebSocketServer(options as WebSocketServerOptions)).toThrow(new TypeError(message));
  });
});

describe("an existing server", () => {
  it("keeps its own requests, and is left as it was", async () => {
    const server = createServer((_, response) => response.end("page"));
    const webSockets = new WebSocketServer({ server, handler });
    const port = await listen(server);
    const connection = await connect(`ws://127.0.0.1:${port}/`);
    expect((await answerTo(`http://127.0.0.1:${port}/`)).statusCode).toBe(200);
    const [closure] = await Promise.all([connection.closed, webSockets.close()]);
    expect(closure).toMatchObject({ code: 1001, clean: true });
    expect((await answerTo(`http://127.0.0.1:${port}/`)).statusCode).toBe(200);
    expect([server.listenerCount("request"), server.listenerCount("upgrade")]).toEqual([1, 0]);
  });

  it("does not upgrade behind a request that it has not answered", async () => {
    const answers: (() => void)[] = [];
    const server = createServer((_, response) => void answers.push(() => response.end("late")));
    new WebSocketServer({ server, handler });
    const client = await RawClient.connect(await listen(server));
    client.socket.write(`GET / HTTP/1.1\r\nHost: x\r\n\r\n${HANDSHAKE}`);
    await client.until(() => client.ended);
    expect(client.received.toString()).not.toContain("101");
  });
});

describe("an existing http2 server", () => {
  /** Over TLS it takes HTTP/1.1 as well; here, cleartext, HTTP/2 alone. */
  async function startHttp2(options: WebSocketServerOptions = { handler }) {
    const server = createHttp2Server((_, response) => void response.end("page"));
    const webSockets = new WebSocketServer({ ...options, server });
    const port = await listen(server);
    const uri = `ws://127.0.0.1:${port}/`;
    return { server, webSockets, port, uri, session: sessionWith(port) };
  }

  it("opens WebSockets beside its own requests, and asks check and tells onConnection as over HTTP/1.1", async () => {
    const seen: unknown[] = [];
    const { webSockets, session, uri } = await startHttp2({
      handler,
      check: ({ url, headers }) => (url === "/chat" && headers.origin ? undefined : { status: 404, reason: "no" }),
      onConnection: (_, { url, httpVersion }) => void seen.push([url, httpVersion]),
    });
    await expect(connectStream(session, uri)).rejects.toMatchObject({ code: "REFUSED", status: 404 });
    const connection = await connectStream(session, `${uri}chat`, { origin: "http://a.example" });
    connection.sendText("안녕");
    expect((await connection[Symbol.asyncIterator]().next()).value?.text()).toBe("안녕");
    expect(webSockets.size).toBe(1);
    const page = session.request({ ":path": "/" }).setEncoding("utf8");
    expect((await once(page, "data"))[0]).toBe("page");
    expect(await connection.end()).toMatchObject({ clean: true });
    await expect.poll(() => webSockets.size).toBe(0);
    expect(seen).toEqual([["/chat", "2.0"]]);
  });

  it("refuses what is one too many with 503, and a tunnel with 501", async () => {
    const { session, uri } = await startHttp2({ handler, maxConnections: 1 });
    await connectStream(session, uri);
    await expect(connectStream(session, uri)).rejects.toMatchObject({ code: "REFUSED", status: 503 });
    const other = await startHttp2();
    const tunnel = other.session.request({ ":method": "CONNECT", ":authority": "x:1" });
    expect((await once(tunnel, "response"))[0][":status"]).toBe(501);
  });

  it("leaves alone what the server's own listener has answered", async () => {
    const server = createHttp2Server().on("stream", (stream) => stream.respond({ ":status": 418 }));
    const webSockets = new WebSocketServer({ server, handler });
    const port = await listen(server);
    const opening = connectStream(sessionWith(port), `ws://127.0.0.1:${port}/`);
    await expect(opening).rejects.toMatchObject({ code: "REFUSED", status: 418 });
    expect(webSockets.size).toBe(0);
  });

  it("says 1001 to each when it closes, gives up who does not answer, and is left as it was", async () => {
    const { server, webSockets, session, uri } = await startHttp2();
    const connection = await connectStream(session, uri);
    const silent = await RawStream.request(session);
    const begun = performance.now();
    await webSockets.close({ timeout: 50, reason: "restart" });
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(await connection.closed).toMatchObject({ code: 1001, reason: "restart", clean: true });
    await expect.poll(() => silent.stream.closed).toBe(true);
    await expect(connectStream(session, uri)).rejects.toMatchObject({ status: 405 });
    const counts = ["request", "upgrade", "connect"].map((event) => server.listenerCount(event));
    expect(counts).toEqual([1, 0, 0]);
  });

  it.skipIf(NO_TLS)(`serves HTTP/1.1, too, on the same port over TLS${NO_TLS_REASON}`, async () => {
    const certificate = createCertificate("DNS:localhost");
    const server = createSecureServer({ ...certificate, allowHTTP1: true }, (_, response) => void response.end("page"));
    const webSockets = new WebSocketServer({ server, handler });
    const uri = `wss://localhost:${await listen(server)}/`;
    const tls = { ca: certificate.cert };
    const session = connectHttp2(uri.replace("wss", "https"), tls);
    atEnd(() => session.destroy());
    const connections = [await connect(uri, { tls }), await connectStream(session, uri)];
    for (const connection of connections) {
      connection.sendText("hello");
      expect((await connection[Symbol.asyncIterator]().next()).value?.text()).toBe("hello");
    }
    expect(webSockets.size).toBe(2);
    // A tunnel over HTTP/1.1 is nothing that it knows, as before.
    const request = getSecure(uri.replace("wss", "https"), { method: "CONNECT", servername: "localhost", ...tls });
    await expect(once(request, "connect")).rejects.toMatchObject({ code: "ECONNRESET" });
    await webSockets.close();
    for (const { closed } of connections) expect(await closed).toMatchObject({ code: 1001 });
  });
});

describe("a caller's code that fails", () => {
  const fault = new Error("no database");
  const fail = (): never => {
    throw fault;
  };
  const wanted = "check is synchronous and must return { status, reason, headers? } or undefined, not ";
  const wrong: [name: string, check: () => unknown, message: string][] = [
    ["throws", fail, fault.message],
    ["returns 5", () => 5, `${wanted}5`],
    ["returns true", () => true, `${wanted}true`],
    ["returns null", () => null, `${wanted}null`],
    ["returns a string", () => "no", `${wanted}"no"`],
    ["returns no reason", () => ({ status: 401 }), "check: reason must be a string, not undefined"],
    ["returns no status", () => ({ reason: "no" }), "check: status must be an integer from 300 to 599, not undefined"],
    ["returns neither", () => ({ statusCode: 401 }), `${wanted}an Object`],
    ["returns a Promise", async () => undefined, `${wanted}a Promise`],
    [
      "returns a status that is none",
      () => ({ status: 200, reason: "ok" }),
      "status must be an integer from 300 to 599",
    ],
  ];

  it.each(wrong)("a check that %s is thrown, and its client is answered 500", async (_, check, message) => {
    const before = openSockets();
    const [webSockets, , port] = await start({ handler, check: check as () => undefined });
    const thrown = thrownBy(webSockets.server);
    const client = await RawClient.connect(port);
    client.socket.write(HANDSHAKE);
    await client.until(() => client.ended);
    expect(client.takeHead()).toMatch(/^HTTP\/1\.1 500 /);
    client.socket.resetAndDestroy();
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
    expect(thrown.map((error) => error.message)).toEqual([expect.stringContaining(message)]);
  });

  it.each(wrong)(
    "a check that %s is thrown, and its client is answered 500, over HTTP/2",
    async (_, check, message) => {
      const server = createHttp2Server();
      const thrown = thrownBy(server);
      const webSockets = new WebSocketServer({ server, handler, check: check as () => undefined });
      const port = await listen(server);
      const opening = connectStream(sessionWith(port), `ws://127.0.0.1:${port}/`);
      await expect(opening).rejects.toMatchObject({ code: "REFUSED", status: 500 });
      await webSockets.close({ timeout: 0 });
      expect(thrown.map((error) => error.message)).toEqual([expect.stringContaining(message)]);
    },
  );

  it("a check that ends the stream itself and throws is thrown as it is", async () => {
    const server = createHttp2Server();
    const thrown = thrownBy(server);
    const check = (request: OpeningRequest): never => {
      (request as Http2ServerRequest).stream.destroy();
      return fail();
    };
    new WebSocketServer({ server, handler, check });
    const port = await listen(server);
    await expect(connectStream(sessionWith(port), `ws://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: "CUT_OFF",
    });
    expect(thrown).toEqual([fault]);
  });

  it("an extension that throws leaves no socket behind", async () => {
    const before = openSockets();
    const extension: NegotiableExtension = { token: "x", offers: () => [], accept: fail, answer: fail };
    const [webSockets, url] = await start({ handler, extension });
    const thrown = thrownBy(webSockets.server);
    await expect(connect(url)).rejects.toMatchObject({ code: "CUT_OFF" });
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
    expect(thrown).toEqual([fault]);
  });

  it("an extension that throws leaves no stream behind", async () => {
    const extension: NegotiableExtension = { token: "x", offers: () => [], accept: fail, answer: fail };
    const server = createHttp2Server();
    const thrown = thrownBy(server);
    new WebSocketServer({ server, handler, extension });
    const port = await listen(server);
    const opening = connectStream(sessionWith(port), `ws://127.0.0.1:${port}/`);
    await expect(opening).rejects.toMatchObject({ code: "CUT_OFF" });
    expect(thrown).toEqual([fault]);
  });

  it("an onConnection that throws closes the connection with 1011", async () => {
    const [webSockets, url] = await start({ onConnection: fail });
    const thrown = thrownBy(webSockets.server);
    expect(await (await connect(url)).closed).toMatchObject({ code: 1011, clean: true });
    expect(thrown).toEqual([fault]);
    await expect.poll(() => webSockets.size).toBe(0);
  });

  it("a loop in onConnection that a peer's reset ends is no failure: closed tells of it", async () => {
    const closures: Closure[] = [];
    const [webSockets, url] = await start({
      async onConnection(connection) {
        void connection.closed.then((closure) => closures.push(closure));
        for await (const message of connection) connection.send(message.opcode, message.data);
      },
    });
    const rejected = await rejections(async () => {
      ((await connect(url)).socket as Socket).resetAndDestroy();
      await expect.poll(() => closures).toMatchObject([{ code: 1006, clean: false }]);
      await expect.poll(() => webSockets.size).toBe(0);
    });
    expect(rejected).toEqual([]);
  });

  it("an onConnection that rejects closes the connection with 1011, and its rejection goes on", async () => {
    const [webSockets, url] = await start({ onConnection: async () => fail() });
    const rejected = await rejections(async () => {
      expect(await (await connect(url)).closed).toMatchObject({ code: 1011, clean: true });
      await expect.poll(() => webSockets.size).toBe(0);
    });
    expect(rejected).toEqual([fault]);
  });

  it("an onConnection that rejects since another connection failed is no exception", async () => {
    const [, upstream] = await start({ onConnection: ({ socket }) => void (socket as Socket).resetAndDestroy() });
    const [, url] = await start({
      async onConnection() {
        for await (const _ of await connect(upstream));
      },
    });
    const rejected = await rejections(async () => {
      expect(await (await connect(url)).closed).toMatchObject({ code: 1011, clean: true });
    });
    expect(rejected).toEqual([expect.any(ConnectionFailed)]);
  });

  it("an onClose that throws does not have a connection count for ever, or close wait", async () => {
    const thrown: Error[][] = [];
    const [webSockets, url] = await start({
      handler: { onMessage() {}, onClose: fail },
      onConnection: ({ socket }) => void thrown.push(thrownBy(socket)),
    });
    const reset = async () => ((await connect(url)).socket as Socket).resetAndDestroy();
    await reset();
    await expect.poll(() => webSockets.size).toBe(0);
    await connect(url);
    const begun = performance.now();
    await webSockets.close({ timeout: 50 });
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(thrown.flat()).toContain(fault);
  });
});

describe("close", () => {
  it.each<[string, unknown, string]>([
    ["a reason that is too long", { reason: "x".repeat(124) }, "reason must be at most 123 bytes"],
    ["a reason that is no string", { reason: 5 }, "reason must be a string"],
    ["a timeout that is none", { timeout: -1 }, "timeout must be an integer"],
    ["options that are none", null, "options must be an object"],
  ])("rejects for %s, and has changed nothing", async (_, options, message) => {
    const [webSockets, url] = await start();
    await expect(webSockets.close(options as CloseServerOptions)).rejects.toThrow(message);
    const connection = await connect(url);
    await expect(webSockets.close(options as CloseServerOptions)).rejects.toThrow(message);
    await Promise.all([webSockets.close({ reason: "restart" }), connection.closed]);
    expect(await connection.closed).toMatchObject({ code: 1001, reason: "restart" });
  });

  it("takes a closeTimeout that is longer than a timer can be", async () => {
    const [webSockets, url] = await start({ handler, closeTimeout: 2 ** 40 });
    const connection = await connect(url);
    await webSockets.close();
    expect(await connection.closed).toMatchObject({ code: 1001, clean: true });
  });

  it("waits no longer than timeout for what somebody else has taken of the server", async () => {
    const [webSockets, , port] = await start();
    webSockets.server.on("connect", () => {});
    const client = await RawClient.connect(port);
    client.socket.write("CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const begun = performance.now();
    await webSockets.close({ timeout: 50 });
    expect(performance.now() - begun).toBeLessThan(2000);
    client.socket.destroy();
  });

  it("says 1001 to each, waits for them, and refuses new ones", async () => {
    const [webSockets, url, port] = await start();
    const connections = await Promise.all([connect(url), connect(url), connect(url)]);
    const idle = dial(port, "127.0.0.1").on("error", () => {});
    await once(idle, "connect");
    const slow = await RawClient.open(port);
    const begun = performance.now();
    const closed = webSockets.close({ reason: "restart" });
    for (const { closed } of connections) expect(await closed).toMatchObject({ code: 1001, reason: "restart" });
    await slow.takeFrames(1);
    expect(webSockets.close()).toBe(closed);
    await expect.poll(() => webSockets.size).toBe(1);
    await expect(connect(url)).rejects.toMatchObject({ code: "UNREACHABLE" });
    // A client that answers late is waited for.
    slow.socket.end(Buffer.from([0x88, 0x80, 0, 0, 0, 0]));
    await closed;
    expect(performance.now() - begun).toBeLessThan(4000);
    expect(webSockets.size).toBe(0);
  });

  it("gives up whoever has not closed in time, and what was refused and stays", async () => {
    const before = openSockets();
    const opened: SocketConnection[] = [];
    const [webSockets, , port] = await start({ handler, onConnection: (connection) => void opened.push(connection) });
    const silent = await RawClient.open(port);
    const refused = await RawClient.connect(port);
    refused.socket.write(HANDSHAKE.replace("Version: 13", "Version: 8"));
    await refused.until(() => refused.ended);
    const begun = performance.now();
    await webSockets.close({ timeout: 50 });
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(opened[0].readyState).toBe(ReadyState.Closed);
    expect(webSockets.size).toBe(0);
    await silent.until(() => silent.ended || silent.closed);
    for (const { socket } of [silent, refused]) socket.destroy();
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  });

  it("of none is done at once", async () => {
    const [webSockets] = await start();
    await webSockets.close();
    await new WebSocketServer({ handler }).close();
  });
});

it("a client that cuts its request at any byte leaves nothing behind", async () => {
  const [webSockets, url, port] = await start();
  const before = openSockets();
  for (let at = 0; at <= HANDSHAKE.length; at += 5) {
    const client = await RawClient.connect(port);
    client.socket.write(HANDSHAKE.slice(0, at), () => client.socket.resetAndDestroy());
    await client.until(() => client.closed);
  }
  await expect.poll(() => webSockets.size).toBe(0);
  await expect.poll(openSockets).toBeLessThanOrEqual(before);
  await (await connect(url)).end();
});
