// Every way that `connectStream` can fail, with servers that say exactly what a test wants.

import { once } from "node:events";
import { constants, createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { zlibBackend } from "../../src/extension/zlib.ts";
import { Opcode } from "../../src/index.ts";
import { ConnectError, type ConnectStreamOptions, connectStream } from "../../src/node/index.ts";
import { listen } from "../loopback.ts";
import { frame } from "../wire.ts";
import { serveStreams, sessionWith } from "./http2.ts";

/** What `connectStream` fails with; the session stays, without a stream or a listener of ours. */
async function failure(port: number, options?: ConnectStreamOptions): Promise<ConnectError> {
  const session = sessionWith(port);
  const listeners = (): number =>
    session.eventNames().reduce((sum, name) => sum + session.listenerCount(name as string), 0);
  await once(session, "connect");
  const before = listeners();
  const error = await connectStream(session, `ws://127.0.0.1:${port}/`, options).then(
    () => expect.unreachable("it is open"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConnectError);
  expect(listeners()).toBeLessThanOrEqual(before);
  return error as ConnectError;
}

const serve = (answer: (stream: ServerHttp2Stream) => void) =>
  serveStreams((stream) => answer(stream.on("error", () => {})));

describe("connectStream fails", () => {
  it("with UNSUPPORTED where the server's settings do not say that it may ask", async () => {
    const port = await listen(createHttp2Server());
    expect(await failure(port)).toMatchObject({ code: "UNSUPPORTED", status: 0 });
    const session = sessionWith(port);
    await once(session, "localSettings");
    const late = connectStream(session, `ws://127.0.0.1:${port}/`);
    await expect(late).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  it("with REFUSED, the status, the headers and a reason", async () => {
    const { port } = await serve((stream) => stream.respond({ ":status": 401, "www-authenticate": "Basic" }));
    expect(await failure(port)).toMatchObject({
      code: "REFUSED",
      status: 401,
      headers: expect.arrayContaining([["www-authenticate", "Basic"]]),
      reason: "The server did not open a WebSocket.",
    });
  });

  it.each([
    ["sec-websocket-protocol", "other"],
    ["sec-websocket-extensions", "x-other"],
    ["sec-websocket-extensions", "permessage-deflate; server_max_window_bits=99"],
    ["sec-websocket-extensions", "permessage-deflate, permessage-deflate"],
  ])("with REFUSED by an answer that is against the rules, and resets the stream: %s: %s", async (name, value) => {
    let code: number | undefined;
    const { port } = await serve((stream) => {
      stream.respond({ ":status": 200, [name]: value });
      stream.on("close", () => {
        code = stream.rstCode;
      });
    });
    const extension = permessageDeflate({ backend: zlibBackend });
    const { code: failed, status, headers } = await failure(port, { extension, protocols: ["chat"] });
    expect([failed, status]).toEqual(["REFUSED", 200]);
    expect(headers.map(([name]) => name).sort()).toEqual(["date", name]);
    await expect.poll(() => code).toBe(constants.NGHTTP2_CANCEL);
  });

  it("with CUT_OFF when the stream or the session ends without an answer", async () => {
    for (const code of [constants.NGHTTP2_CANCEL, constants.NGHTTP2_REFUSED_STREAM, constants.NGHTTP2_NO_ERROR]) {
      const { port } = await serve((stream) => stream.close(code));
      expect(await failure(port)).toMatchObject({ code: "CUT_OFF" });
    }
    const { port } = await serve(({ session }) => session?.destroy());
    expect(await failure(port)).toMatchObject({ code: "CUT_OFF" });
  });

  it("with CUT_OFF or UNREACHABLE where there is no session", async () => {
    const port = await listen(createServer((socket) => void socket.destroy()));
    const session = sessionWith(port);
    await expect(connectStream(session, `ws://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: "CUT_OFF" });
    await expect(connectStream(session, `ws://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: "UNREACHABLE" });
  });

  it("with UNREACHABLE by a session that is closed while it waits for the settings", async () => {
    const { port, uri } = await serve(() => {});
    const session = sessionWith(port);
    // It stays until this stream ends.
    await connectStream(session, uri, { openingTimeout: 50 }).catch(() => {});
    const open = session.request({ ":path": "/" });
    const late = connectStream(session, uri);
    session.close();
    await expect(late).rejects.toMatchObject({ code: "UNREACHABLE" });
    open.destroy();
  });

  it("not at once where openingTimeout is longer than a timer can be", async () => {
    const { port } = await serve((stream) => {
      setTimeout(() => stream.respond({ ":status": 403 }), 20);
    });
    expect(await failure(port, { openingTimeout: 2 ** 32 })).toMatchObject({ code: "REFUSED" });
  });

  it("with TIMED_OUT or ABORTED while it waits, and resets the stream", async () => {
    const codes: number[] = [];
    const { port } = await serve((stream) => {
      stream.on("close", () => codes.push(stream.rstCode));
    });
    expect(await failure(port, { openingTimeout: 50 })).toMatchObject({ code: "TIMED_OUT" });
    expect(await failure(port, { signal: AbortSignal.timeout(50) })).toMatchObject({
      code: "ABORTED",
      cause: { name: "TimeoutError" },
    });
    expect(await failure(port, { signal: AbortSignal.abort("why") })).toMatchObject({ code: "ABORTED", cause: "why" });
    await expect.poll(() => codes).toEqual([constants.NGHTTP2_CANCEL, constants.NGHTTP2_CANCEL]);
    // A server that never says its settings.
    const silent = await listen(createServer((socket) => void socket.resume()));
    const opening = connectStream(sessionWith(silent), `ws://127.0.0.1:${silent}/`, { openingTimeout: 50 });
    await expect(opening).rejects.toMatchObject({ code: "TIMED_OUT" });
  });

  it("by the caller's fault with the name of what is wrong", async () => {
    const { port, uri } = await serve(() => {});
    const session = sessionWith(port);
    await expect(connectStream(session, "http://x/")).rejects.toThrow(TypeError);
    const signal = {} as AbortSignal;
    await expect(connectStream(session, uri, { signal })).rejects.toThrow(/^signal must/);
    const extension = {} as ConnectStreamOptions["extension"];
    await expect(connectStream(session, uri, { extension })).rejects.toThrow(/^extension must/);
    await expect(connectStream(session, uri, { openingTimeout: -1 })).rejects.toThrow(/^openingTimeout must/);
  });
});

describe("connectStream", () => {
  it("waits for the session and its settings, and asks for what it is told to", async () => {
    let asked: unknown;
    const { port } = await serveStreams((stream, headers) => {
      asked = headers;
      stream.respond({ ":status": 200, "sec-websocket-protocol": "soap" });
    });
    const session = sessionWith(port);
    const connection = await connectStream(session, `ws://user:pass@127.0.0.1:${port}/a?b`, {
      protocols: ["chat", "soap"],
      origin: "http://a.example",
      headers: { Cookie: "c=d" },
    });
    expect(connection.protocol).toBe("soap");
    expect(asked).toMatchObject({
      ":protocol": "websocket",
      ":path": "/a?b",
      ":scheme": "http",
      ":authority": `127.0.0.1:${port}`,
      origin: "http://a.example",
      cookie: "c=d",
      authorization: "Basic dXNlcjpwYXNz",
      "sec-websocket-protocol": "chat, soap",
    });
    connection.abort();
    expect(await connection.closed).toMatchObject({ code: 1006 });
    expect(session.destroyed).toBe(false);
  });

  it("reads what comes with the answer", async () => {
    const { port, uri } = await serve((stream) => {
      stream.respond({ ":status": 200 });
      stream.end(frame({ opcode: Opcode.Text, payload: "hello" }));
    });
    const connection = await connectStream(sessionWith(port), uri);
    const messages: string[] = [];
    await expect(async () => {
      for await (const message of connection) messages.push(message.text());
    }).rejects.toMatchObject({ name: "ConnectionFailed" });
    expect(messages).toEqual(["hello"]);
    expect(await connection.closed).toMatchObject({ code: 1006 });
  });

  it("gives the connection up when the signal is aborted later", async () => {
    const { port, uri } = await serve((stream) => stream.respond({ ":status": 200 }));
    const controller = new AbortController();
    const connection = await connectStream(sessionWith(port), uri, { signal: controller.signal });
    controller.abort();
    expect(await connection.closed).toMatchObject({ code: 1006 });
  });
});
