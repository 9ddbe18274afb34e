// What a stranger may do to the server's edges: it must not answer wrongly.

import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningServer, startServer } from "../../examples/start-server.ts";
import { clientFrame, HANDSHAKE } from "./raw-client.ts";

let server: RunningServer;

beforeAll(async () => {
  server = await startServer({ port: 0, closeTimeout: 300 });
});

afterAll(() => server.stop());

/** All that the server says until it ends the connection. */
async function everythingSaidTo(text: string): Promise<string> {
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => {});
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  socket.write(text);
  await once(socket, "close");
  return received;
}

test("an upgrade right behind a request is not answered before it", async () => {
  const received = await everythingSaidTo(`GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n${HANDSHAKE}`);
  expect(received).not.toMatch(/^HTTP\/1\.1 101/);
});

test("an upgrade with a body is refused, so that no body is taken for frames", async () => {
  const frame = clientFrame(0x81, "hi").toString("latin1");
  const handshake = HANDSHAKE.replace("\r\n\r\n", `\r\nContent-Length: ${frame.length}\r\n\r\n`);
  expect(await everythingSaidTo(handshake + frame)).toMatch(/^HTTP\/1\.1 400 /);
});

test("the page is served to a request in absolute form, and a name too long is not found", async () => {
  expect(await everythingSaidTo("GET http://x/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toMatch(
    /^HTTP\/1\.1 200 /,
  );
  expect(
    await everythingSaidTo(`GET /${"a".repeat(300)}.css HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
  ).toMatch(/^HTTP\/1\.1 404 /);
});
