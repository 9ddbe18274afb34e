// The WHATWG's WebSocket, ours and undici's, which is Node's own: what the standard says is asserted of both, so that no
// assertion is of our reading alone.

import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { createServer, type Socket } from "node:net";
import { WebSocket as Undici } from "undici";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocketServer as WsServer, type WebSocket as WsWebSocket } from "ws";
import { acceptKey } from "../../src/handshake/index.ts";
import { WebSocket as Ours, WebSocketServer } from "../../src/node/index.ts";
import { atEnd, listen, openSockets } from "../loopback.ts";
import { frame } from "../wire.ts";

type Class = typeof globalThis.WebSocket;
const CLASSES: readonly [name: string, WebSocket: Class][] = [
  ["wsimd", Ours],
  ["undici", Undici as unknown as Class],
];

const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest();

// What the environment says of proxies is not for these tests.
beforeEach(() => {
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"]) {
    vi.stubEnv(name, undefined);
  }
  return () => vi.unstubAllEnvs();
});

/** A server of `ws`, with each connection handed to `serve`. */
async function ws(
  serve: (peer: WsWebSocket, request: IncomingMessage) => void = () => {},
  options: ConstructorParameters<typeof WsServer>[0] = {},
): Promise<string> {
  const server = createHttpServer();
  const theirs = new WsServer({ server, ...options });
  theirs.on("connection", (peer, request) =>
    serve(
      peer.on("error", () => {}),
      request,
    ),
  );
  return `ws://127.0.0.1:${await listen(server)}`;
}

/** A server that opens the WebSocket with its own hands, and leaves the rest to `serve`. */
async function bare(serve: (socket: Socket) => void, ...lines: string[]): Promise<string> {
  const server = createServer((socket) => {
    socket.once("data", (head) => {
      const key = /^Sec-WebSocket-Key: (.*)\r$/im.exec(head.toString("latin1"))?.[1] ?? "";
      const answer = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
      socket.write(`${[...answer, `Sec-WebSocket-Accept: ${acceptKey(key, sha1)}`, ...lines].join("\r\n")}\r\n\r\n`);
      serve(socket);
    });
  });
  return `ws://127.0.0.1:${await listen(server)}`;
}

/** Everything that happens to `socket`, with its state at that time, until it is closed. */
function record(socket: WebSocket): { events: string[]; closed: Promise<CloseEvent> } {
  const events: string[] = [];
  for (const type of ["open", "message", "error"]) {
    socket.addEventListener(type, (event) => {
      const data = event.type === "message" ? ` ${String((event as MessageEvent).data)}` : "";
      events.push(`${event.type}${data} ${socket.readyState}`);
    });
  }
  const closed = new Promise<CloseEvent>((resolve) => {
    socket.addEventListener("close", (event) => {
      const { code, reason, wasClean } = event;
      events.push(`close ${code} ${JSON.stringify(reason)} ${wasClean ? "clean" : "unclean"} ${socket.readyState}`);
      resolve(event);
    });
  });
  return { events, closed };
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return expect.unreachable("nothing was thrown");
}

describe.each(CLASSES)("the WebSocket of %s", (name, WebSocket) => {
  const ours = name === "wsimd";
  /** For what undici 7 does otherwise than the standard says. The day it does as it says, these tests tell. */
  const standard = ours ? it : it.fails;

  async function open(url: string, protocols?: string | string[]): Promise<WebSocket> {
    const socket = new WebSocket(url, protocols);
    atEnd(() => socket.close());
    await once(socket, "open");
    return socket;
  }

  describe("is made", () => {
    it("connecting, with everything as it is at first", async () => {
      const url = await ws();
      const socket = new WebSocket(url);
      expect(socket).toBeInstanceOf(EventTarget);
      expect(Object.prototype.toString.call(socket)).toBe("[object WebSocket]");
      expect(socket.url).toBe(`${url}/`);
      const { readyState, protocol, extensions, binaryType, bufferedAmount } = socket;
      expect({ readyState, protocol, extensions, binaryType, bufferedAmount }).toEqual({
        readyState: 0,
        protocol: "",
        extensions: "",
        binaryType: "blob",
        bufferedAmount: 0,
      });
      expect([socket.onopen, socket.onmessage, socket.onerror, socket.onclose]).toEqual([null, null, null, null]);
      const { closed } = record(socket);
      socket.close();
      await closed;
    });

    it("with its constants, on the class and on each object, not to be changed", () => {
      const names = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"] as const;
      for (const target of [WebSocket, WebSocket.prototype]) {
        expect(names.map((one) => target[one])).toEqual([0, 1, 2, 3]);
        expect(Reflect.set(target, "OPEN", 5)).toBe(false);
        expect(target.OPEN).toBe(1);
      }
    });

    it("as Web IDL has it: name, lengths, members that are enumerated", () => {
      expect([WebSocket.name, WebSocket.length]).toEqual(["WebSocket", 1]);
      expect([WebSocket.prototype.send.length, WebSocket.prototype.close.length]).toEqual([1, 0]);
      const members: string[] = [];
      for (const member in WebSocket.prototype) members.push(member);
      const wanted = ["url", "readyState", "bufferedAmount", "onopen", "onerror", "onclose", "extensions", "protocol"];
      wanted.push("close", "onmessage", "binaryType", "send", "CONNECTING", "OPEN", "CLOSING", "CLOSED");
      expect(members).toEqual(expect.arrayContaining(wanted));
      expect(() => WebSocket.prototype.readyState).toThrow(TypeError);
    });

    it.each([
      ["http://127.0.0.1:1/a?b=c", "ws://127.0.0.1:1/a?b=c"],
      ["https://localhost:1/", "wss://localhost:1/"],
      ["WS://LOCALHOST:1", "ws://localhost:1/"],
      ["ws://localhost:80/", "ws://localhost/"],
      ["wss://localhost:443/", "wss://localhost/"],
      ["ws://127.0.0.1:1/a b?c d%20", "ws://127.0.0.1:1/a%20b?c%20d%20"],
      ["ws://127.0.0.1:1/\ud800", "ws://127.0.0.1:1/%EF%BF%BD"],
    ])("for the URL %s as %s", async (given, url) => {
      for (const one of [given, new URL(given)]) {
        const socket = new WebSocket(one);
        expect(socket.url).toBe(url);
        const { closed } = record(socket);
        socket.close();
        await closed;
      }
    });

    it.each([
      "ws://a/#",
      "ws://a/#b",
      "http://a/#b",
      "ftp://a/",
      "mailto:a@b.c",
      "about:blank",
      "ws://",
      "ws://a:99999/",
      "",
    ])("not for the URL %j, which is a SyntaxError", (url) => {
      const error = thrownBy(() => new WebSocket(url)) as DOMException;
      expect(error).toBeInstanceOf(DOMException);
      expect(error.name).toBe("SyntaxError");
    });

    it("not without a URL, nor for one that is no string", () => {
      expect(() => new (WebSocket as unknown as new () => WebSocket)()).toThrow(TypeError);
      expect(() => new WebSocket(Symbol("ws://a/") as unknown as string)).toThrow(TypeError);
      expect(() => (WebSocket as unknown as (url: string) => void)("ws://a/")).toThrow(TypeError);
    });

    it.each([
      ["", "empty"],
      ["a b", "with a space"],
      ["a,b", "with a separator"],
      ["caf\u00e9", "beyond ASCII"],
      [["a", ""], "empty, in a list"],
      [["chat", "soap", "chat"], "named twice"],
      [["chat", "Chat"], "named twice, in other letters"],
    ])("not with the subprotocol %j: %s", (protocols, _) => {
      const error = thrownBy(() => new WebSocket("ws://127.0.0.1:1/", protocols)) as DOMException;
      expect(error).toBeInstanceOf(DOMException);
      expect(error.name).toBe("SyntaxError");
    });
  });

  describe("opens", () => {
    it("with the subprotocol that the server chose, and tells so in a task", async () => {
      const url = await ws(() => {}, { handleProtocols: (offered) => [...offered].at(-1) ?? false });
      for (const [given, chosen] of [[["chat", "soap"], "soap"] as const, ["chat", "chat"] as const]) {
        const socket = new WebSocket(url, given as string | string[]);
        const opened = new Promise((resolve) => socket.addEventListener("open", resolve));
        expect(socket.readyState).toBe(0);
        await opened;
        expect([socket.readyState, socket.protocol, socket.extensions]).toEqual([1, chosen, ""]);
        const { closed } = record(socket);
        socket.close();
        await closed;
        expect(socket.protocol).toBe(chosen);
      }
    });

    it("not when the server speaks none of the subprotocols, or one that was not offered", async () => {
      for (const lines of [[], ["Sec-WebSocket-Protocol: soap"], ["Sec-WebSocket-Protocol: "]]) {
        const url = await bare(() => {}, ...lines);
        const { events, closed } = record(new WebSocket(url, ["chat"]));
        await closed;
        expect(events).toEqual(["error 3", 'close 1006 "" unclean 3']);
      }
    });

    it.each([
      ["refuses with 401", "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"],
      ["redirects", "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"],
      [
        "answers with a wrong accept",
        "HTTP/1.1 101 A\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: A\r\n\r\n",
      ],
      ["is no HTTP server", "220 smtp.example ESMTP\r\n\r\n"],
      ["says nothing and leaves", ""],
    ])("not when the server %s: error, then close with 1006", async (_, answer) => {
      const server = createServer((socket) => socket.once("data", () => socket.end(answer)));
      const { events, closed } = record(new WebSocket(`ws://127.0.0.1:${await listen(server)}/`));
      await closed;
      expect(events).toEqual(["error 3", 'close 1006 "" unclean 3']);
    });

    it("not when nobody listens", async () => {
      const server = createServer();
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as { port: number };
      await new Promise((resolve) => server.close(resolve));
      const { events, closed } = record(new WebSocket(`ws://127.0.0.1:${port}/`));
      await closed;
      expect(events).toEqual(["error 3", 'close 1006 "" unclean 3']);
    });

    standard("not when it is closed before, in any of its ways, and leaves nothing open", async () => {
      const silent = createServer(() => {});
      const port = await listen(silent);
      const before = openSockets();
      for (const args of [[], [1000], [3000, "reason"]] as [number?, string?][]) {
        for (const late of [false, true]) {
          const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
          const { events, closed } = record(socket);
          if (late) await once(silent, "connection");
          socket.close(...args);
          expect(socket.readyState).toBe(2);
          socket.close();
          expect(events).toEqual([]);
          await closed;
          expect(events).toEqual(["error 3", 'close 1006 "" unclean 3']);
        }
      }
      await expect.poll(openSockets).toBeLessThanOrEqual(before);
    });
  });

  describe("sends", () => {
    const sendAll = (socket: WebSocket, given: readonly unknown[]): void => {
      for (const one of given) socket.send(one as string);
    };
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

    /** What a server is sent by `send`, until it closes. */
    async function sent(send: (socket: WebSocket) => void): Promise<string[]> {
      const seen: string[] = [];
      const url = await ws((peer) => {
        peer.on("message", (data, binary) =>
          seen.push(`${binary ? "binary" : "text"} ${(data as Buffer).toString(binary ? "hex" : "utf8")}`),
        );
      });
      const socket = await open(url);
      const { closed } = record(socket);
      send(socket);
      socket.close();
      await closed;
      return seen;
    }

    it("strings, and what is none of its types as a string", async () => {
      const given = ["", "text", "다람쥐 🐿", 5, null, undefined, { toString: () => "an object" }, [1, 2]];
      expect(await sent((socket) => sendAll(socket, given))).toEqual(
        ["", "text", "다람쥐 🐿", "5", "null", "undefined", "an object", "1,2"].map((one) => `text ${one}`),
      );
    });

    it("a lone surrogate as U+FFFD", async () => {
      expect(await sent((socket) => socket.send("a\ud800b\udc00c"))).toEqual(["text a\ufffdb\ufffdc"]);
    });

    it("buffers, and of a view its part", async () => {
      const given = [
        bytes.buffer,
        bytes.subarray(2, 4),
        new DataView(bytes.buffer, 4, 3),
        new Uint16Array(bytes.buffer, 2, 1),
      ];
      expect(await sent((socket) => sendAll(socket, given))).toEqual([
        "binary 0102030405060708",
        "binary 0304",
        "binary 050607",
        "binary 0304",
      ]);
    });

    standard("what the bytes are when it is called", async () => {
      const long = new Uint8Array(20_000).fill(1);
      const seen = await sent((socket) => {
        socket.send(long);
        long.fill(2);
        socket.send(new Blob(["b"]));
        socket.send(long);
        long.fill(3);
      });
      expect(seen).toEqual([`binary ${"01".repeat(20_000)}`, "binary 62", `binary ${"02".repeat(20_000)}`]);
    });

    standard("Blobs in the order of the calls, and the Close behind them", async () => {
      const seen = await sent((socket) => {
        socket.send("1");
        socket.send(new Blob([new Uint8Array(300_000)]));
        socket.send("2");
        socket.send(new Blob(["x"]));
        socket.send(new Blob([]));
        socket.send(Uint8Array.of(3));
      });
      expect(seen).toEqual(["text 1", `binary ${"00".repeat(300_000)}`, "text 2", "binary 78", "binary ", "binary 03"]);
    });

    it("not before it is open: InvalidStateError, and nothing is counted", async () => {
      const socket = new WebSocket(await ws());
      const error = thrownBy(() => socket.send("early")) as DOMException;
      expect(error).toBeInstanceOf(DOMException);
      expect(error.name).toBe("InvalidStateError");
      expect(socket.bufferedAmount).toBe(0);
      const { closed } = record(socket);
      socket.close();
      await closed;
    });

    it("not nothing, nor what cannot be a string: TypeError", async () => {
      const socket = await open(await ws());
      expect(() => (socket.send as () => void)()).toThrow(TypeError);
      expect(() => socket.send(Symbol("no") as unknown as string)).toThrow(TypeError);
      expect(socket.bufferedAmount).toBe(0);
    });
  });

  describe("counts with bufferedAmount", () => {
    it("the bytes that were sent in this task, and no frames", async () => {
      const socket = await open(await ws());
      socket.send("다람쥐");
      expect(socket.bufferedAmount).toBe(9);
      socket.send(new Uint8Array(70_000));
      expect(socket.bufferedAmount).toBe(70_009);
      socket.send(new Blob(["four"]));
      expect(socket.bufferedAmount).toBe(70_013);
      await expect.poll(() => socket.bufferedAmount).toBe(0);
    });

    standard("what is sent after it was closed, and no more less", async () => {
      const socket = await open(await ws());
      const { closed } = record(socket);
      socket.close();
      socket.send("12345");
      expect(socket.bufferedAmount).toBe(5);
      await closed;
      expect(socket.bufferedAmount).toBe(5);
      socket.send(new Uint8Array(10));
      socket.send(new Blob(["123"]));
      expect(socket.bufferedAmount).toBe(18);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(socket.bufferedAmount).toBe(18);
    });
  });

  describe("is sent messages", () => {
    const binary = randomBytes(70_000);

    it("text and binary, as a Blob unless it wants an ArrayBuffer", async () => {
      const url = await ws((peer) => {
        peer.on("message", () => {
          peer.send("text 🐿");
          peer.send(binary);
        });
      });
      const socket = await open(url);
      const events: MessageEvent[] = [];
      socket.addEventListener("message", (event) => events.push(event));
      socket.send("go");
      await expect.poll(() => events.length).toBe(2);
      (socket as { binaryType: string }).binaryType = "nodebuffer";
      expect(socket.binaryType).toBe("blob");
      socket.binaryType = "arraybuffer";
      expect(socket.binaryType).toBe("arraybuffer");
      socket.send("go");
      await expect.poll(() => events.length).toBe(4);
      expect([events[0].data, events[2].data]).toEqual(["text 🐿", "text 🐿"]);
      expect(events[1].data).toBeInstanceOf(Blob);
      expect(Buffer.from(await events[1].data.arrayBuffer()).equals(binary)).toBe(true);
      expect(events[3].data).toBeInstanceOf(ArrayBuffer);
      expect(Buffer.from(events[3].data).equals(binary)).toBe(true);
      for (const event of events) {
        expect(event.constructor.name).toBe("MessageEvent");
        expect(event.origin).toBe(url);
      }
    });

    it("right behind the handshake, after it is open", async () => {
      const url = await bare((socket) => {
        socket.write(frame({ opcode: 1, payload: "one" }));
        socket.end(
          Buffer.concat([frame({ opcode: 1, payload: "two" }), frame({ opcode: 8, payload: Buffer.from([3, 232]) })]),
        );
      });
      const { events, closed } = record(new WebSocket(url));
      await closed;
      expect(events).toEqual(["open 1", "message one 1", "message two 1", 'close 1000 "" clean 3']);
    });

    it("not once close was called", async () => {
      const url = await ws((peer) => {
        peer.on("message", () => peer.send("late"));
      });
      const socket = await open(url);
      const { events, closed } = record(socket);
      socket.send("go");
      socket.close();
      await closed;
      expect(events).toEqual(['close 1005 "" clean 3']);
    });
  });

  describe("closes", () => {
    it.each([
      [[], 1005, ""],
      [[undefined, undefined], 1005, ""],
      [[1000], 1000, ""],
      [[1000, ""], 1000, ""],
      [[3000, "a reason"], 3000, "a reason"],
      [[4999, "\ud800"], 4999, "\ufffd"],
      [[1000.4], 1000, ""],
      [["3001", 5], 3001, "5"],
      [[4000, "é".repeat(61)], 4000, "é".repeat(61)],
    ])("with %j, as the server is told", async (args, code, reason) => {
      const told: unknown[] = [];
      const url = await ws((peer) => void peer.on("close", (theirs, text) => told.push(theirs, text.toString())));
      const socket = await open(url);
      const { events, closed } = record(socket);
      socket.close(...(args as [number, string]));
      expect(socket.readyState).toBe(2);
      socket.close(1000);
      await closed;
      await expect.poll(() => told).toEqual([code, reason]);
      expect(events.length).toBe(1);
      expect(events[0]).toMatch(new RegExp(`^close ${code} .* clean 3$`));
    });

    it.each([0, 999, 1001, 1005, 1006, 1015, 2999, 5000, 65_536 + 1000, NaN, null, "reason", -1, Infinity])(
      "not with the code %s: InvalidAccessError",
      async (code) => {
        const socket = await open(await ws());
        const error = thrownBy(() => socket.close(code as number)) as DOMException;
        expect(error).toBeInstanceOf(DOMException);
        expect(error.name).toBe("InvalidAccessError");
        expect(socket.readyState).toBe(1);
      },
    );

    it("not with a reason of more than 123 bytes: SyntaxError", async () => {
      const socket = await open(await ws());
      for (const reason of ["a".repeat(124), "é".repeat(62)]) {
        const error = thrownBy(() => socket.close(1000, reason)) as DOMException;
        expect(error).toBeInstanceOf(DOMException);
        expect(error.name).toBe("SyntaxError");
      }
      expect(socket.readyState).toBe(1);
    });

    it.each([
      [[1000], 'close 1000 "" clean 3'],
      [[1001, "away"], 'close 1001 "away" clean 3'],
      [[1011], 'close 1011 "" clean 3'],
      [[3000, "이유"], 'close 3000 "이유" clean 3'],
      [[], 'close 1005 "" clean 3'],
    ])("when the server does, with %j", async (args, wanted) => {
      const url = await ws((peer) => peer.close(...(args as [number, string])));
      const { events, closed } = record(new WebSocket(url));
      expect(await closed).toMatchObject({ type: "close" });
      expect(events).toEqual(["open 1", wanted]);
    });

    it("with 1006 and an error when the server leaves without a Close", async () => {
      for (const leave of ["terminate", "end"]) {
        const url = await bare((socket) => {
          setImmediate(() => (leave === "end" ? socket.end() : socket.resetAndDestroy()));
        });
        const { events, closed } = record(new WebSocket(url));
        await closed;
        expect(events).toEqual(["open 1", "error 3", 'close 1006 "" unclean 3']);
      }
    });

    it("with 1006 and an error when the server answers a Close by leaving", async () => {
      const socket = await open(await bare((peer) => void peer.once("data", () => peer.end())));
      const { events, closed } = record(socket);
      socket.close(1000);
      await closed;
      expect(events).toEqual(["error 3", 'close 1006 "" unclean 3']);
    });

    it("with 1006 and an error when the server breaks a rule", async () => {
      const violations = [
        frame({ opcode: 3 }),
        frame({ opcode: 1, key: [1, 2, 3, 4], payload: "masked" }),
        frame({ opcode: 8, payload: Uint8Array.of(3, 237) }),
        frame({ opcode: 9, fin: false }),
      ];
      for (const violation of violations) {
        const url = await bare((socket) => {
          socket.write(violation);
          socket.on("data", () => {}).on("end", () => socket.end());
          if (ours) socket.once("data", () => socket.end());
        });
        const { events, closed } = record(new WebSocket(url));
        await closed;
        expect(events.slice(-2)).toEqual(["error 3", expect.stringMatching(/^close 10\d\d .* unclean 3$/)]);
      }
    });
  });

  describe("tells", () => {
    standard("handlers in the order they were first set, each in turn, once", async () => {
      const url = await ws((peer) => void peer.on("message", (data) => peer.send(data as Buffer, { binary: false })));
      const socket = await open(url);
      const calls: string[] = [];
      socket.onmessage = () => calls.push("never");
      socket.addEventListener("message", () => calls.push("listener"));
      socket.onmessage = function (event) {
        calls.push(`handler ${this === socket} ${event.data}`);
      };
      socket.send("a");
      await expect.poll(() => calls).toEqual(["handler true a", "listener"]);
      socket.onmessage = null;
      expect(socket.onmessage).toBe(null);
      socket.send("b");
      await expect.poll(() => calls.slice(2)).toEqual(["listener"]);
      (socket as { onmessage: unknown }).onmessage = "no function";
      expect(socket.onmessage).toBe(null);
    });

    it("everything, though a listener throws", async () => {
      const url = await ws((peer) => {
        peer.send("one");
        peer.send("two");
        peer.close(1000);
      });
      const reported: unknown[] = [];
      const listeners = process.listeners("uncaughtException");
      process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => reported.push(error));
      atEnd(() => {
        process.removeAllListeners("uncaughtException");
        for (const listener of listeners) process.on("uncaughtException", listener);
      });
      const socket = new WebSocket(url);
      for (const type of ["open", "message", "close"]) {
        socket.addEventListener(type, () => {
          throw new Error(type);
        });
      }
      const { events, closed } = record(socket);
      await closed;
      expect(events).toEqual(["open 1", "message one 1", "message two 1", 'close 1000 "" clean 3']);
      await expect
        .poll(() => reported.map(String))
        .toEqual(["open", "message", "message", "close"].map((one) => `Error: ${one}`));
    });
  });

  it("talks with this library's server, and both end cleanly", async () => {
    const server = new WebSocketServer({
      protocols: ["echo"],
      handler: { onMessage: (message, connection) => void connection.send(message.opcode, message.data) },
    });
    const url = `ws://127.0.0.1:${await listen(server.server)}/`;
    const socket = await open(url, "echo");
    const { events, closed } = record(socket);
    socket.send("a");
    await expect.poll(() => events).toEqual(["message a 1"]);
    await server.close({ reason: "restart" });
    await closed;
    expect(events[1]).toBe('close 1001 "restart" clean 3');
  });
});
