// Our adapter for Node with peers that know nothing of it: `ws` as the server, with and without compression and TLS, and
// curl with our server. Node's own client is among the tests of the examples.

import { execFile } from "node:child_process";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocketServer as WsServer, type WebSocket as WsWebSocket } from "ws";
import { permessageDeflate } from "../../src/extension/index.ts";
import { zlibBackend } from "../../src/extension/zlib.ts";
import { Opcode } from "../../src/index.ts";
import { connect, upgrade } from "../../src/node/index.ts";
import { createCertificate, NO_TLS, NO_TLS_REASON } from "../certificate.ts";
import { whereIs } from "../installed.ts";
import { listen, openSockets } from "../loopback.ts";
import { line, PAYLOADS, wanted } from "./payloads.ts";

beforeEach(() => {
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"]) vi.stubEnv(name, undefined);
});
afterEach(() => vi.unstubAllEnvs());

describe.each([false, true])("a server of ws, permessage-deflate: %s", (perMessageDeflate) => {
  describe.each([false, true])("TLS: %s", (secure) => {
    it.skipIf(secure && NO_TLS)(
      `echoes to a handler and to a loop, and both ends close${secure ? NO_TLS_REASON : ""}`,
      async () => {
        const certificate = secure ? createCertificate("IP:127.0.0.1") : undefined;
        const server = certificate === undefined ? createHttpServer() : createHttpsServer(certificate);
        const theirs = new WsServer({ server, perMessageDeflate });
        const closed: number[] = [];
        theirs.on("connection", (peer: WsWebSocket) => {
          peer.on("message", (data, binary) => peer.send(data as Buffer, { binary }));
          peer.on("close", (code) => closed.push(code));
        });
        const url = `${secure ? "wss" : "ws"}://127.0.0.1:${await listen(server)}/`;
        const before = openSockets();
        for (const handled of [true, false]) {
          const seen: string[] = [];
          const connection = await connect(url, {
            ...(handled ? { handler: { onMessage: (message) => void seen.push(line(message)) } } : {}),
            extension: permessageDeflate({ backend: zlibBackend, threshold: 10 }),
            tls: { ca: certificate?.cert },
          });
          expect(connection.extension !== undefined).toBe(perMessageDeflate);
          for (const payload of PAYLOADS) {
            connection.send(typeof payload === "string" ? Opcode.Text : Opcode.Binary, payload);
          }
          if (handled) await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(PAYLOADS.length);
          else for await (const message of connection) if (seen.push(line(message)) === PAYLOADS.length) break;
          expect(seen.map((one, at) => one === wanted[at])).toEqual(PAYLOADS.map(() => true));
          expect(await connection.end({ code: 4001 })).toMatchObject({ code: 4001, clean: true });
        }
        await expect.poll(() => closed).toEqual([4001, 4001]);
        await expect.poll(openSockets).toBeLessThanOrEqual(before);
        theirs.close();
      },
    );
  });
});

it("a server of ws that refuses says with which status", async () => {
  const server = createHttpServer();
  new WsServer({ server, verifyClient: (_, done) => done(false, 401, "Who?", { "WWW-Authenticate": "Basic" }) });
  const error = await connect(`ws://127.0.0.1:${await listen(server)}/`).catch((reason) => reason);
  expect(error).toMatchObject({ code: "REFUSED", status: 401 });
  expect(error.headers).toContainEqual(["WWW-Authenticate", "Basic"]);
});

const CURL = whereIs("curl");

describe.skipIf(CURL.skipped)(`curl${CURL.reason}`, () => {
  const REQUEST = [
    ...["--silent", "--include", "--no-buffer", "--http1.1", "--max-time", "10", "--noproxy", "*"],
    ...["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw=="].flatMap((one) => [
      "-H",
      one,
    ]),
  ];

  it("is shown the handshake that the RFC describes", async () => {
    const server = createHttpServer();
    server.on("upgrade", (request, socket, head) => {
      upgrade(request, socket, head, { handler: { onMessage() {} }, protocols: ["chat"] })?.close(1001);
      // curl does not answer a Close: it has all that it is to see.
      setTimeout(() => socket.destroy(), 200);
    });
    const url = `http://127.0.0.1:${await listen(server)}/`;
    const more = ["-H", "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Protocol: soap, chat"];
    // It may take the end behind a 101 for a failure of its own: what it has printed counts.
    const stdout = await promisify(execFile)(CURL.path, [...REQUEST, ...more, url], { encoding: "latin1" }).then(
      (done) => done.stdout,
      (failed: { stdout: string }) => failed.stdout,
    );
    const [head, rest] = stdout.split("\r\n\r\n");
    expect(head.split("\r\n")).toEqual([
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=",
      "Sec-WebSocket-Protocol: chat",
    ]);
    expect(rest).toBe("\x88\x02\x03\xe9");
  });

  it("is told which version there is", async () => {
    const server = createHttpServer();
    server.on("upgrade", (request, socket, head) => upgrade(request, socket, head, {}));
    const url = `http://127.0.0.1:${await listen(server)}/`;
    const { stdout } = await promisify(execFile)(CURL.path, [...REQUEST, "-H", "Sec-WebSocket-Version: 9", url]);
    expect(stdout).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
    expect(stdout).toMatch(/\r\nSec-WebSocket-Version: 13\r\n/);
  });
});
