// The README's first programs, as processes of their own: the client talks to both servers, and those survive what a stranger
// may do to them.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { listen } from "../loopback.ts";
import { runExample, startListening } from "./example-process.ts";

describe.each([
  ["first-websocket-server", 8089],
  ["first-server", 8081],
  ["loop-server", 8090],
  ["tcp-server", 8082],
  ["streams-server", 8083],
])("%s", (name, PORT) => {
  let server: ChildProcess;

  beforeAll(async () => {
    server = await startListening(name, PORT);
  });

  afterAll(() => {
    server.kill();
  });

  async function echo(text: string): Promise<string> {
    const client = new WebSocket(`ws://127.0.0.1:${PORT}/`);
    await once(client, "open");
    client.send(text);
    const [data] = await once(client, "message");
    client.close();
    await once(client, "close");
    return String(data);
  }

  test("the client hears its messages back, and ends", async () => {
    const { code, stdout } = await runExample("first-client", `ws://127.0.0.1:${PORT}/`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "many frames,\none write\n" });
  });

  test("the server echoes another client", async () => {
    expect(await echo("한국어")).toBe("한국어");
  });

  test("a refused handshake that is reset, and a killed connection, leave the server up", async () => {
    const refused = connect(PORT, "127.0.0.1");
    refused.on("error", () => {});
    const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    refused.write(`${request}Sec-WebSocket-Version: 8\r\n\r\n`);
    await once(refused, "data");
    refused.resetAndDestroy();

    const killed = connect(PORT, "127.0.0.1");
    killed.on("error", () => {});
    // The handshake and the first half of a frame in one packet.
    killed.write(`${request}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x85`);
    await once(killed, "data");
    killed.resetAndDestroy();

    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(server.exitCode).toBeNull();
    expect(await echo("still here")).toBe("still here");
  });

  test("a frame in one packet with the handshake is answered", async () => {
    const socket = connect(PORT, "127.0.0.1");
    const handshake =
      "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    // FIN, text; masked, 2 bytes; key 0; "hi"
    socket.write(Buffer.from(`${handshake}\x81\x82\x00\x00\x00\x00hi`, "latin1"));
    let received = "";
    for await (const chunk of socket) {
      received += chunk.toString("latin1");
      if (received.endsWith("hi")) break;
    }
    expect(received).toMatch(/^HTTP\/1\.1 101 /);
    expect(received.endsWith("\r\n\r\n\x81\x02hi")).toBe(true);
  });
});

describe("first-websocket-server", () => {
  const URL = "ws://127.0.0.1:8089/";
  let server: ChildProcess;

  beforeAll(async () => {
    server = await startListening("first-websocket-server", 8089);
  });

  afterAll(() => {
    server.kill();
  });

  test("tells everybody what one of them says", async () => {
    const clients = [new WebSocket(URL), new WebSocket(URL), new WebSocket(URL, { origin: "http://127.0.0.1:8080" })];
    await Promise.all(clients.map((client) => once(client, "open")));
    const heard = clients.map((client) => once(client, "message"));
    clients[0].send("to all");
    expect((await Promise.all(heard)).map(([data]) => String(data))).toEqual(["to all", "to all", "to all"]);
    for (const client of clients) client.terminate();
  });

  test("takes no page of another site", async () => {
    const client = new WebSocket(URL, { origin: "https://example.com" });
    const [error] = await once(client, "error");
    expect(error.message).toBe("Unexpected server response: 403");
  });
});

describe("first-client says what is wrong", () => {
  test("where nobody listens", async () => {
    const { code, stderr } = await runExample("first-client", "ws://127.0.0.1:1/");
    expect(code).toBe(1);
    expect(stderr).toContain("ECONNREFUSED");
  });

  test("of TLS, which it does not speak", async () => {
    const { code, stderr } = await runExample("first-client", "wss://127.0.0.1:1/");
    expect(code).toBe(1);
    expect(stderr).toContain("this example speaks no TLS");
  });

  test("of an answer that opens nothing", async () => {
    const server = createServer((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 501 Not Implemented\r\n\r\n"));
    });
    const { code, stderr } = await runExample("first-client", `ws://127.0.0.1:${await listen(server)}/`);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "501: The server did not open a WebSocket.\n" });
  });
});
