// Every way that `connect` can fail, with servers that say exactly what a test wants.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Socket } from "node:net";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { acceptKey } from "../../src/handshake/index.ts";
import { CloseCode, Opcode, typescriptKernel } from "../../src/index.ts";
import { ConnectError, ConnectionFailed, type ConnectOptions, connect, upgrade } from "../../src/node/index.ts";
import { listen, openSockets } from "../loopback.ts";
import { concat, frame } from "../wire.ts";

const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest();

// What the environment says of proxies is not for these tests.
beforeEach(() => {
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"]) {
    vi.stubEnv(name, undefined);
  }
  return () => vi.unstubAllEnvs();
});

/** A server that has `serve` answer each request; `heads` are those. */
async function serve(answer: (socket: Socket, head: string) => unknown): Promise<{ url: string; heads: string[] }> {
  const heads: string[] = [];
  const server = createServer((socket) => {
    let head = "";
    socket.on("data", function onData(chunk) {
      head += chunk.toString("latin1");
      if (!head.endsWith("\r\n\r\n")) return;
      socket.off("data", onData);
      heads.push(head);
      answer(socket, head);
    });
  });
  return { url: `ws://127.0.0.1:${await listen(server)}/`, heads };
}

/** What opens the WebSocket that `head` asks for. */
function opened(head: string, ...lines: string[]): string {
  const key = /^Sec-WebSocket-Key: (.*)\r$/m.exec(head)?.[1] ?? "";
  const accept = `Sec-WebSocket-Accept: ${acceptKey(key, sha1)}`;
  const all = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", accept, ...lines];
  return `${all.join("\r\n")}\r\n\r\n`;
}

/** What `connect` fails with; afterwards, nothing more is open than before. */
async function failure(url: string, options?: ConnectOptions): Promise<ConnectError> {
  const before = openSockets();
  const error = await connect(url, options).then(
    () => expect.unreachable("it is open"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConnectError);
  await expect.poll(openSockets).toBeLessThanOrEqual(before);
  return error as ConnectError;
}

const text = (payload: string) => frame({ opcode: Opcode.Text, payload });

describe("a server that opens", () => {
  it("is told what was asked for, and what it answers is kept", async () => {
    const { url, heads } = await serve((socket, head) => socket.write(opened(head, "Sec-WebSocket-Protocol: soap")));
    const connection = await connect(`${url}chat?room=1`, {
      protocols: ["chat", "soap"],
      origin: "http://a.example",
      headers: { Cookie: "a=1" },
    });
    expect(connection.protocol).toBe("soap");
    expect(heads[0]).toMatch(/^GET \/chat\?room=1 HTTP\/1\.1\r\n/);
    for (const line of ["Origin: http://a.example", "Cookie: a=1", "Sec-WebSocket-Protocol: chat, soap"]) {
      expect(heads[0]).toContain(`\r\n${line}\r\n`);
    }
    connection.abort();
    expect(await connection.closed).toMatchObject({ code: CloseCode.Abnormal });
  });

  it("may send messages right behind its answer, and in the byte that ends it", async () => {
    const { url } = await serve(async (socket, head) => {
      const bytes = concat(Buffer.from(opened(head)), text("one"), text("two"));
      socket.setNoDelay();
      for (const byte of bytes) {
        socket.write(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      socket.write(concat(text("three"), frame({ opcode: Opcode.Close })));
      socket.end();
    });
    for (const handled of [true, false]) {
      const seen: string[] = [];
      const handler = { onMessage: (message: { text(): string }) => void seen.push(message.text()) };
      const connection = await connect(url, handled ? { handler } : {});
      if (!handled) for await (const message of connection) seen.push(message.text());
      expect(await connection.closed).toMatchObject({ code: CloseCode.NoStatusReceived, clean: true });
      expect(seen).toEqual(["one", "two", "three"]);
    }
  });

  it("is read into a buffer when a handler takes its messages: it is told when it kept one too long", async () => {
    const { url } = await serve((socket, head) => {
      socket.write(concat(Buffer.from(opened(head)), text("first")));
      socket.on("data", () => socket.write(text("second")));
    });
    for (const options of [{}, { kernel: typescriptKernel }]) {
      const kept: { text(): string }[] = [];
      const handler = { onMessage: (message: { text(): string }) => void kept.push(message) };
      const connection = await connect(url, { ...options, handler });
      await expect.poll(() => kept.length).toBe(1);
      connection.sendText("go on");
      await expect.poll(() => kept.length).toBe(2);
      expect(() => kept[0].text()).toThrow(TypeError);
      expect(kept[1].text()).toBe("second");
      connection.abort();
    }
  });

  it("gets back what a handler sends of a message, though the next is read over it", async () => {
    // A server of the library's has both ends of it: what comes back is what was sent.
    const server = createHttpServer();
    const back: string[] = [];
    const messages = Array.from(
      { length: 20 },
      (_, count) => `${count}`.padStart(3, "0") + "0123456789abcdef".repeat(3000),
    );
    server.on("upgrade", (request, socket, head) => {
      const connection = upgrade(request, socket, head, {
        handler: { onMessage: (message) => void back.push(message.text()) },
      });
      for (const message of messages) connection?.sendText(message);
    });
    const connection = await connect(`ws://127.0.0.1:${await listen(server)}/`, {
      handler: { onMessage: (message, to) => void to.send(message.opcode, message.data) },
    });
    await expect.poll(() => back.length).toBe(messages.length);
    expect(back.join() === messages.join()).toBe(true);
    await connection.end();
  });
});

describe("a server that does not open", () => {
  it.each([
    ["403 with a body", "HTTP/1.1 403 Forbidden\r\nX-Why: because\r\nContent-Length: 4\r\n\r\nbody", 403],
    ["a redirect", "HTTP/1.1 302 Found\r\nLocation: ws://b.example/\r\n\r\n", 302],
    ["101 without a key that fits", "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 101],
    ["no HTTP", "220 smtp.example ESMTP\r\n", 0],
    ["a head without end", `HTTP/1.1 101 X\r\n${"X-Long: y\r\n".repeat(3000)}`, 0],
  ])("says %s", async (_, answer, status) => {
    const { url } = await serve((socket) => socket.write(answer));
    const error = await failure(url);
    expect(error).toMatchObject({ code: "REFUSED", status, name: "ConnectError" });
    expect(error.reason).toMatch(/^[A-Z].*\.$/);
    // A status alone is not said in words as well.
    const what = "the server did not open a WebSocket";
    if (status === 403 || status === 302) expect(error.message).toBe(`${what}: ${status}`);
    else expect(error.message).toBe(`${what}: ${status === 0 ? "" : `${status}. `}${error.reason}`);
    if (status === 302) expect(error.headers).toEqual([["Location", "ws://b.example/"]]);
  });

  it("is not there", async () => {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const error = await failure(`ws://127.0.0.1:${port}/`);
    expect(error).toMatchObject({ code: "UNREACHABLE", cause: { code: "ECONNREFUSED" } });
    expect(error.message).toBe(`the server at 127.0.0.1:${port} could not be reached: ECONNREFUSED`);
    const proxied = await failure("ws://a.example/", { proxy: `http://127.0.0.1:${port}` });
    expect(proxied.message).toBe(`the proxy at 127.0.0.1:${port} could not be reached: ECONNREFUSED`);
    const secure = await failure(`wss://127.0.0.1:${port}/`);
    expect(secure.message).toBe(`the server at 127.0.0.1:${port} could not be reached: ECONNREFUSED`);
  });

  it("cuts the connection at any byte of its answer, by its end or by a reset", async () => {
    const { length } = opened("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    let left = 0;
    const { url } = await serve((socket, head) => {
      const at = left % length;
      const cut = left++ < length ? () => socket.end() : () => socket.resetAndDestroy();
      // What is reset before it was read is lost, which is as good.
      socket.write(opened(head).slice(0, at), cut);
    });
    const before = openSockets();
    for (let count = 0; count < 2 * length; count += 20) {
      const attempts = Array.from({ length: Math.min(20, 2 * length - count) }, () => connect(url));
      for (const result of await Promise.allSettled(attempts)) {
        expect(result).toMatchObject({ status: "rejected", reason: { code: "CUT_OFF" } });
      }
    }
    expect(left).toBe(2 * length);
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  });

  it("cuts it right behind its answer: the loop fails, and the connection has closed", async () => {
    const { url } = await serve((socket, head) => socket.end(opened(head)));
    const connection = await connect(url);
    await expect(connection[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(ConnectionFailed);
    expect(await connection.closed).toMatchObject({ code: 1006, clean: false });
  });
});

describe("openingTimeout", () => {
  it("is for a server that never answers, one that answers without end, and a proxy that never does", async () => {
    const silent = await serve(() => {});
    const slow = await serve((socket) => {
      const timer = setInterval(() => socket.write("HTTP/1.1 100 Continue\r\n\r\n"), 5);
      socket.on("close", () => clearInterval(timer));
    });
    const start = performance.now();
    expect((await failure(silent.url, { openingTimeout: 60 })).code).toBe("TIMED_OUT");
    expect((await failure(slow.url, { openingTimeout: 60 })).code).toBe("TIMED_OUT");
    const proxy = silent.url.replace("ws", "http");
    expect((await failure("ws://a.example/", { proxy, openingTimeout: 60 })).code).toBe("TIMED_OUT");
    expect((await failure(silent.url.replace("ws", "wss"), { openingTimeout: 60 })).code).toBe("TIMED_OUT");
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

it("openingTimeout may be longer than a timer can be", async () => {
  const { url } = await serve((socket, head) => setTimeout(() => socket.write(opened(head)), 10));
  (await connect(url, { openingTimeout: 2 ** 32 })).abort();
});

describe("signal", () => {
  it("gives an attempt up, before it and in it", async () => {
    const { url, heads } = await serve(() => {});
    const cause = new Error("enough");
    expect(await failure(url, { signal: AbortSignal.abort(cause) })).toMatchObject({ code: "ABORTED", cause });
    expect(heads).toEqual([]);
    const controller = new AbortController();
    const failed = failure(url, { signal: controller.signal });
    await expect.poll(() => heads.length).toBe(1);
    controller.abort(cause);
    expect(await failed).toMatchObject({ code: "ABORTED", cause });
  });

  it("aborts the connection once it is open, and is let go of when that is closed", async () => {
    const { url } = await serve((socket, head) => socket.write(opened(head)));
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, "removeEventListener");
    const connection = await connect(url, { signal: controller.signal });
    controller.abort();
    expect(await connection.closed).toMatchObject({ code: 1006 });
    expect(connection.aborted).toBe(true);
    expect(removed).toHaveBeenCalledTimes(2);
  });

  it("is not needed to end a connection that was paused", async () => {
    const { url } = await serve((socket, head) => {
      socket.write(opened(head));
      socket.on("data", () => socket.end(frame({ opcode: Opcode.Close })));
    });
    const connection = await connect(url, { handler: { onMessage() {} } });
    connection.pause();
    expect(await connection.end()).toMatchObject({ code: 1005, clean: true });
  });

  it("gives up an end that takes too long", async () => {
    const { url } = await serve((socket, head) => socket.write(opened(head)));
    const connection = await connect(url);
    expect(await connection.end({ signal: AbortSignal.timeout(30) })).toMatchObject({ code: 1006, clean: false });
  });
});

it("names the option that is wrong, and opens nothing", async () => {
  const before = openSockets();
  const wrong = <T>(options: T) => connect("ws://127.0.0.1:9/", options as ConnectOptions);
  await expect(connect(8080 as never)).rejects.toThrow(/^uri must be a string, not 8080$/);
  await expect(connect("http://127.0.0.1/")).rejects.toThrow(/^uri must/);
  await expect(wrong({ proxy: "socks5://127.0.0.1" })).rejects.toThrow(/^proxy must/);
  await expect(connect(new URL("ws://127.0.0.1:9/") as never)).rejects.toThrow(
    /^uri must be a string, not a URL: pass url.href$/,
  );
  await expect(wrong({ proxy: 5 })).rejects.toThrow(/^proxy must be a string/);
  for (const tls of [5, "x", null]) {
    await expect(wrong({ tls })).rejects.toThrow(/^tls must be an object, not /);
    await expect(wrong({ proxyTls: tls })).rejects.toThrow(/^proxyTls must be an object, not /);
  }
  await expect(wrong({ handler: {} })).rejects.toThrow(
    /^handler must have the method onMessage, or else onFragment; it has no/,
  );
  await expect(wrong({ protocols: ["a b"] })).rejects.toThrow(/^protocols must/);
  await expect(wrong({ readAhead: -1 })).rejects.toThrow(/^readAhead must/);
  await expect(wrong({ openingTimeout: "1" })).rejects.toThrow(/^openingTimeout must/);
  expect(openSockets()).toBe(before);
});

describe("without a handler", () => {
  it("a server that sends more than is asked for is not read until it is", async () => {
    const messages = 200;
    let written = 0;
    const { url } = await serve((socket, head) => {
      socket.write(opened(head));
      for (let count = 0; count < messages; count++) socket.write(text("x".repeat(60_000)), () => written++);
    });
    const connection = await connect(url);
    await expect.poll(() => connection.socket.isPaused()).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(written).toBeLessThan(messages);
    let seen = 0;
    for await (const message of connection) {
      expect(message.length).toBe(60_000);
      if (++seen === messages) break;
    }
    expect(written).toBe(messages);
    connection.abort();
  });

  it("a peer that is not read is not taken for silent", async () => {
    const { url } = await serve((socket, head) => {
      socket.write(concat(Buffer.from(opened(head)), text("x".repeat(200))));
    });
    const connection = await connect(url, { readAhead: 0, keepAliveInterval: 10, keepAliveTimeout: 10 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(connection.aborted).toBe(false);
    await connection[Symbol.asyncIterator]().next();
    expect(await connection.closed).toMatchObject({ code: 1006 });
    expect(connection.aborted).toBe(true);
  });

  it("an end is reached though messages wait that nobody asks for", async () => {
    const { url } = await serve((socket, head) => {
      socket.write(opened(head));
      for (let count = 0; count < 100; count++) socket.write(text("x".repeat(60_000)));
      socket.on("data", () => socket.end(frame({ opcode: Opcode.Close })));
    });
    const connection = await connect(url);
    await expect.poll(() => connection.socket.isPaused()).toBe(true);
    expect(await connection.end({ code: 4000, reason: "enough" })).toMatchObject({ code: 1005, clean: true });
  });

  it("messages are to keep, though more was read", async () => {
    const { url } = await serve((socket, head) => {
      socket.write(concat(Buffer.from(opened(head)), text("first")));
      socket.on("data", () => socket.end(concat(text("second"), frame({ opcode: Opcode.Close }))));
    });
    const connection = await connect(url);
    connection.sendText("go on");
    await connection.closed;
    const kept = [];
    for await (const message of connection) kept.push(message);
    expect(kept.map((message) => message.text())).toEqual(["first", "second"]);
  });

  it("there is a loop, and with one there is none", async () => {
    const { url } = await serve((socket, head) => socket.write(opened(head)));
    const connection = await connect(url, { handler: { onMessage() {} } });
    expect(() => connection[Symbol.asyncIterator]()).toThrow("the messages of this connection go to its handler");
    connection.abort();
  });
});

it("says what an error is about, and no numbers that mean nothing", async () => {
  const signal = AbortSignal.abort();
  await expect(connect("ws://127.0.0.1:1/", { proxy: "", signal })).rejects.toThrow(
    /^the attempt to connect was aborted$/,
  );
  await expect(connect("ws://127.0.0.1:1/", { signal: {} as AbortSignal })).rejects.toThrow(
    "signal must be an AbortSignal",
  );
  const peer = { who: "proxy", hostname: "::1", port: 443 } as const;
  expect(new ConnectError("TLS_FAILED", { peer }).message).toBe(
    "TLS could not be agreed on with the proxy at [::1]:443",
  );
  expect(new ConnectError("UNREACHABLE").message).toBe("the server could not be reached");
});
