// The server's side of RFC 8441 over real HTTP/2: what it opens, what it refuses, and what it leaves behind.

import { once } from "node:events";
import { connect, constants, createSecureServer, createServer, type OutgoingHttpHeaders } from "node:http2";
import { describe, expect, it } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { zlibBackend } from "../../src/extension/zlib.ts";
import { Opcode } from "../../src/index.ts";
import { acceptStream, connectStream, refuseStream, type UpgradeOptions } from "../../src/node/index.ts";
import { createCertificate, NO_TLS, NO_TLS_REASON } from "../certificate.ts";
import { atEnd, listen, openSockets } from "../loopback.ts";
import { frame, KEY } from "../wire.ts";
import { RawStream, serveStreams, sessionWith } from "./http2.ts";

const handler: UpgradeOptions["handler"] = {
  onMessage: (message, connection) => void connection.send(message.opcode, message.data),
};

async function request(headers: OutgoingHttpHeaders, options: UpgradeOptions = { handler }): Promise<RawStream> {
  const { port } = await serveStreams((stream, headers) => void acceptStream(stream, headers, options));
  return RawStream.request(sessionWith(port), headers);
}

describe("what is opened", () => {
  it("is answered with 200, the subprotocol, the extension and the headers", async () => {
    const { headers } = await request(
      { "sec-websocket-protocol": "chat, soap", "sec-websocket-extensions": "permessage-deflate" },
      {
        handler,
        protocols: ["soap"],
        extension: permessageDeflate({ backend: zlibBackend }),
        headers: { "Set-Cookie": ["a=1", "b=2"] },
      },
    );
    expect(headers).toMatchObject({
      ":status": 200,
      "sec-websocket-protocol": "soap",
      "sec-websocket-extensions": "permessage-deflate",
      "set-cookie": ["a=1", "b=2"],
    });
  });

  it("reads what comes with the request, before it is answered", async () => {
    const { port } = await serveStreams((stream, headers) => void acceptStream(stream, headers, { handler }));
    const session = sessionWith(port);
    const { stream } = await RawStream.request(session);
    stream.destroy();
    const early = session.request(
      {
        ":method": "CONNECT",
        ":protocol": "websocket",
        ":scheme": "http",
        ":authority": "x",
        ":path": "/",
        "sec-websocket-version": "13",
      },
      { endStream: false },
    );
    early.write(frame({ opcode: Opcode.Text, payload: "early", key: KEY }));
    const [data] = await once(early, "data");
    expect(data.toString("latin1")).toBe("\x81\x05early");
  });
});

describe("what is refused", () => {
  it.each<[string, OutgoingHttpHeaders, number]>([
    ["another version", { "sec-websocket-version": "8" }, 400],
    ["another protocol", { ":protocol": "connect-udp" }, 501],
    ["a list of subprotocols that is none", { "sec-websocket-protocol": "a b" }, 400],
    ["another scheme", { ":scheme": "ftp" }, 400],
  ])("is %s, with its status and one sentence, and the stream is over", async (_, headers, status) => {
    const client = await request(headers);
    expect(client.headers[":status"]).toBe(status);
    await expect.poll(() => client.stream.closed).toBe(true);
    expect(client.received.toString()).toMatch(/^[A-Z].*\.\n$/);
    expect(client.stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it("is what the caller says, with its headers", async () => {
    const { port } = await serveStreams((stream) =>
      refuseStream(stream, { status: 401, reason: "Who are you?", headers: { "WWW-Authenticate": "Basic" } }),
    );
    const client = await RawStream.request(sessionWith(port));
    expect(client.headers).toMatchObject({ ":status": 401, "www-authenticate": "Basic" });
    await expect.poll(() => client.received.toString()).toBe("Who are you?\n");
  });

  it("does not stay when the client takes no answer in", async () => {
    let streams = 0;
    const { port } = await serveStreams((stream) => {
      streams++;
      stream.on("close", () => streams--);
      refuseStream(stream, { status: 403, reason: "no" }, 50);
    });
    // A window of no bytes: the answer's head arrives, its body cannot.
    const session = sessionWith(port, { settings: { initialWindowSize: 0 } });
    const client = await RawStream.request(session);
    expect(client.headers[":status"]).toBe(403);
    await expect.poll(() => streams).toBe(0);
    expect(client.received.length).toBe(0);
  });

  it("is nothing where the client is gone already", async () => {
    const answers: unknown[] = [];
    const { port } = await serveStreams((stream, headers) => {
      stream.destroy();
      answers.push(acceptStream(stream, headers, { handler }));
    });
    void RawStream.request(sessionWith(port)); // which gets no answer
    await expect.poll(() => answers.length).toBe(1);
    expect(answers).toEqual([undefined]);
  });

  it("is no reason of the caller's that could end a line, or a status that is none", async () => {
    const faults: unknown[] = [];
    const { port } = await serveStreams((stream) => {
      for (const refusal of [{ status: 200 }, { status: 403, headers: { "X-A": "a\r\nb" } }]) {
        try {
          refuseStream(stream, { reason: "no", ...refusal });
        } catch (error) {
          faults.push(error);
        }
      }
      stream.respond({ ":status": 500 }, { endStream: true });
    });
    expect((await RawStream.request(sessionWith(port))).headers[":status"]).toBe(500);
    expect(faults).toEqual([expect.any(RangeError), expect.any(TypeError)]);
  });
});

it("names the option that is wrong", async () => {
  const fault = await new Promise((resolve) => {
    void serveStreams((stream, headers) => {
      try {
        acceptStream(stream, headers, { handler, closeTimeout: -1 });
      } catch (error) {
        stream.respond({ ":status": 500 }, { endStream: true });
        resolve(error);
      }
    }).then(({ port }) => RawStream.request(sessionWith(port)));
  });
  expect(fault).toMatchObject({ name: "RangeError", message: expect.stringMatching(/^closeTimeout must/) });
});

// With a "request" listener Node answers CONNECT itself, unless somebody listens to it.
it("serves beside requests of HTTP/2, by the event connect", async () => {
  const server = createServer(
    { settings: { enableConnectProtocol: true } },
    (_, response) => void response.end("page"),
  );
  server.on("connect", ({ stream, headers }) => void acceptStream(stream, headers, { handler }));
  const port = await listen(server);
  const session = sessionWith(port);
  const connection = await connectStream(session, `ws://127.0.0.1:${port}/`);
  connection.sendText("hello");
  expect((await connection[Symbol.asyncIterator]().next()).value?.text()).toBe("hello");
  const page = session.request({ ":path": "/" }).setEncoding("utf8");
  expect((await once(page, "data"))[0]).toBe("page");
  expect(await connection.end()).toMatchObject({ clean: true });
});

it.skipIf(NO_TLS)(
  `echoes over TLS, many connections on one session, and leaves nothing open${NO_TLS_REASON}`,
  async () => {
    const before = openSockets();
    const certificate = createCertificate("DNS:localhost");
    const server = createSecureServer({ ...certificate, settings: { enableConnectProtocol: true } });
    server.on("stream", (stream, headers) => void acceptStream(stream, headers, { handler }));
    const port = await listen(server);
    const session = connect(`https://localhost:${port}`, { ca: certificate.cert });
    atEnd(() => session.destroy());
    const uri = `wss://localhost:${port}/chat`;
    const connections = await Promise.all(Array.from({ length: 20 }, () => connectStream(session, uri)));
    await Promise.all(
      connections.map(async (connection, index) => {
        const message = `${index}: 안녕 `.repeat(20_000);
        connection.sendText(message);
        expect((await connection[Symbol.asyncIterator]().next()).value?.text()).toBe(message);
        expect(await connection.end({ code: 4000 + index })).toMatchObject({ code: 4000 + index, clean: true });
      }),
    );
    session.close();
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  },
);
