// docs/guides/hono-crossws.md: Hono and crossws on UpgradeServer, and on `ws`, which shows that what is asked here is what they
// give themselves.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createAdaptorServer, upgradeWebSocket, type WebSocketServerLike } from "@hono/node-server";
import crossws, { type NodeOptions } from "crossws/adapters/node";
import { Hono } from "hono";
import { WebSocket as UndiciWebSocket } from "undici";
import { describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { UpgradeServer } from "../../examples/guides/upgrade-server.ts";
import { PAYLOADS } from "../conversations/payloads.ts";
import { listen } from "../loopback.ts";
import { clientFrame, closePayload, HANDSHAKE, RawClient } from "./raw-client.ts";

/** What a framework's handlers were told. */
interface Told {
  readonly errors: unknown[];
  /** What `send` gave, and each "drain". */
  readonly waiting: unknown[];
  readonly closes: { readonly code: number | undefined; readonly reason: string | undefined }[];
}

const MIB = 2 ** 20;

type Start = (server: UpgradeServer | WebSocketServer, told: Told) => Server;

/** Echoes, adds a header to its answers, and closes with 4001 when it is asked to. */
const startHono: Start = (server, told) => {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header("X-Added", "yes");
  });
  app.get(
    "/raw",
    upgradeWebSocket(() => ({
      onMessage({ data }, socket) {
        if (data === "close") socket.close(4001, "asked to");
        else if (data === "protocol") socket.send(socket.protocol ?? "");
        else socket.send(data as string | ArrayBuffer);
      },
      onClose: ({ code, reason }) => void told.closes.push({ code, reason }),
      onError: (event) => void told.errors.push((event as ErrorEvent).error),
    })),
  );
  return createAdaptorServer({ fetch: app.fetch, websocket: { server: server as WebSocketServerLike } }) as Server;
};

const startCrossws: Start = (server, told) => {
  const adapter = crossws({
    wss: server as unknown as NonNullable<NodeOptions["wss"]>,
    handleProtocols: (protocols) => protocols.has("chat") && "chat",
    hooks: {
      upgrade: () => ({ headers: { "X-Added": "yes" } }),
      message(peer, message) {
        if (message.rawData === "close") peer.close(4001, "asked to");
        else if (message.rawData === "ping") peer.ping(Buffer.from("are you there"));
        else if (message.rawData === "terminate") peer.terminate();
        else if (message.rawData === "flood") told.waiting.push(peer.send(Buffer.alloc(MIB)));
        else peer.send(message.rawData);
      },
      drain: () => void told.waiting.push("drain"),
      pong: (peer, payload) => void peer.send(payload),
      close: (_, { code, reason }) => void told.closes.push({ code, reason }),
      error: (_, error) => void told.errors.push(error),
    },
  });
  return createServer().on("upgrade", adapter.handleUpgrade);
};

async function serve(start: Start, server: UpgradeServer | WebSocketServer): Promise<Told & { readonly port: number }> {
  const told: Told = { errors: [], waiting: [], closes: [] };
  return { ...told, port: await listen(start(server, told)) };
}

async function open(port: number, protocols: string[] = []): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/raw`, protocols);
  await once(client, "open");
  return client;
}

const servers: readonly (readonly [string, () => UpgradeServer | WebSocketServer])[] = [
  ["UpgradeServer", () => new UpgradeServer()],
  ["ws", () => new WebSocketServer({ noServer: true })],
];

const frameworks: readonly (readonly [string, Start])[] = [
  ["Hono", startHono],
  ["crossws", startCrossws],
];

describe.each(frameworks.flatMap(([name, start]) => servers.map(([on, make]) => [name, on, start, make] as const)))(
  "%s on %s",
  (_name, on, start, make) => {
    test("echoes texts and bytes of any length, in order", async () => {
      const { port } = await serve(start, make());
      const client = await open(port);
      const received: (string | Buffer)[] = [];
      client.on("message", (data: Buffer, isBinary) => received.push(isBinary ? data : data.toString()));
      const messages = [...PAYLOADS, ...Array.from({ length: 500 }, (_message, at) => `number ${at}`)];
      for (const message of messages) client.send(message);
      await expect.poll(() => received.length).toBe(messages.length);
      expect(received).toEqual(messages);
      client.terminate();
    });

    test("speaks with undici's WebSocket", async () => {
      const { port } = await serve(start, make());
      const client = new UndiciWebSocket(`ws://127.0.0.1:${port}/raw`);
      const text = await new Promise((resolve) => {
        client.addEventListener("open", () => client.send("안녕"));
        client.addEventListener("message", ({ data }) => resolve(data));
      });
      expect(text).toBe("안녕");
      const closed = new Promise((resolve) => client.addEventListener("close", ({ wasClean }) => resolve(wasClean)));
      client.close(1000);
      expect(await closed).toBe(true);
    });

    test("sends the headers that the framework adds", async () => {
      const { port } = await serve(start, make());
      const client = await RawClient.connect(port);
      client.socket.write(HANDSHAKE);
      await client.until(() => client.received.includes("\r\n\r\n"));
      expect(client.takeHead()).toMatch(/^HTTP\/1\.1 101 [\s\S]*\r\nx-added: yes\r\n/i);
      client.socket.destroy();
    });

    test("closes when the handler says so", async () => {
      const { port, closes } = await serve(start, make());
      const client = await open(port);
      client.send("close");
      const [code, reason] = await once(client, "close");
      expect({ code, reason: String(reason) }).toEqual({ code: 4001, reason: "asked to" });
      await expect.poll(() => closes.length).toBe(1);
      expect(closes[0].code).toBe(4001);
    });

    test("tells the handler of a client's Close", async () => {
      const { port, closes, errors } = await serve(start, make());
      const client = await open(port);
      client.close(4002, "enough");
      await expect.poll(() => closes).toEqual([{ code: 4002, reason: "enough" }]);
      expect(errors).toEqual([]);
    });

    test("tells the handler of a client that is killed", async () => {
      const { port, closes, errors } = await serve(start, make());
      const client = await RawClient.open(port);
      client.socket.resetAndDestroy();
      await expect.poll(() => closes).toEqual([{ code: 1006, reason: "" }]);
      // `ws` makes an error of the reset, too.
      if (on === "UpgradeServer") expect(errors).toEqual([]);
    });

    test.each([
      ["a frame that is not masked", Buffer.from([0x81, 0x01, 0x32]), 1002],
      ["a text that is no UTF-8", clientFrame(0x81, Buffer.from([0xc3, 0x28])), 1007],
    ])("closes on %s, and the handler is told", async (_title, bytes, code) => {
      const { port, closes, errors } = await serve(start, make());
      const client = await RawClient.open(port);
      client.socket.write(bytes);
      const [close] = await client.takeFrames(1);
      expect({ first: close.first, code: close.payload.readUInt16BE() }).toEqual({ first: 0x88, code });
      await client.until(() => client.ended);
      client.socket.end();
      await expect.poll(() => errors.length).toBe(1);
      if (on === "UpgradeServer") expect(String(errors[0])).toMatch(/ProtocolError: .* RFC 6455/);
      await expect.poll(() => closes.map((one) => one.code)).toEqual([1006]);
    });
  },
);

describe("Hono", () => {
  test("answers by itself where it has no WebSocket", async () => {
    const { port } = await serve(startHono, new UpgradeServer());
    const client = await RawClient.connect(port);
    client.socket.write(HANDSHAKE.replace("/raw", "/elsewhere"));
    await client.until(() => client.ended);
    expect(client.takeHead()).toMatch(/^HTTP\/1\.1 404 /);
    client.socket.end();
  });

  test("agrees on the subprotocol of the server's options", async () => {
    const { port } = await serve(startHono, new UpgradeServer({ protocols: ["chat"] }));
    const client = await open(port, ["talk", "chat"]);
    expect(client.protocol).toBe("chat");
    client.send("protocol");
    expect(String((await once(client, "message"))[0])).toBe("chat");
    client.terminate();
  });
});

describe("crossws", () => {
  test("chooses the subprotocol itself", async () => {
    const { port } = await serve(startCrossws, new UpgradeServer());
    const client = await open(port, ["talk", "chat"]);
    expect(client.protocol).toBe("chat");
    client.terminate();
  });

  test("pings, and is told of the Pong", async () => {
    const { port } = await serve(startCrossws, new UpgradeServer());
    const client = await open(port);
    client.send("ping");
    expect(String((await once(client, "message"))[0])).toBe("are you there");
    client.terminate();
  });

  test("is told what waits, and when nothing does any more", async () => {
    const { port, waiting } = await serve(startCrossws, new UpgradeServer());
    const client = await open(port);
    client.send("flood");
    await expect.poll(() => waiting).toEqual([MIB + 10, "drain"]);
    client.terminate();
  });

  test("terminates without a Close", async () => {
    const { port } = await serve(startCrossws, new UpgradeServer());
    const client = await open(port);
    client.send("terminate");
    expect((await once(client, "close"))[0]).toBe(1006);
  });
});

test("UpgradeServer closes what is open with 1001", async () => {
  const server = new UpgradeServer();
  const { port } = await serve(startHono, server);
  const client = await open(port);
  server.close();
  expect((await once(client, "close"))[0]).toBe(1001);
});

test("UpgradeServer reads no more of a client that does not read its echoes", async () => {
  const server = new UpgradeServer();
  const told: Told = { errors: [], waiting: [], closes: [] };
  const http = startHono(server, told);
  const accepted = once(http, "connection");
  const client = await RawClient.open(await listen(http));
  const [socket] = await accepted;
  client.socket.removeAllListeners("data").pause();
  const message = clientFrame(0x82, Buffer.alloc(65_536));
  while (!socket.isPaused()) {
    client.socket.write(message);
    await new Promise((resolve) => setImmediate(resolve));
  }
  let length = 0;
  client.socket.on("data", (chunk) => {
    length += chunk.length;
  });
  client.socket.write(Buffer.concat([clientFrame(0x81, "close"), clientFrame(0x88, closePayload(4001))]));
  client.socket.resume();
  await client.until(() => client.ended);
  expect(length % 65_546).toBe(2 + 2 + "asked to".length); // whole echoes, and the Close
  client.socket.end();
});
