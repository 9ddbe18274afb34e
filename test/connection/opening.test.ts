import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  ClientOpening,
  type ClientOpeningOptions,
  Connection,
  ReadyState,
  ServerOpening,
  type ServerOpeningOptions,
} from "../../src/index.ts";
import { converse, Endpoint } from "./endpoint.ts";

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

function client(options: Partial<ClientOpeningOptions> = {}): Endpoint {
  return new Endpoint("client", {}, new ClientOpening({ uri: "ws://example.com/chat", sha1, ...options }));
}

function server(options: Partial<ServerOpeningOptions> = {}): Endpoint {
  return new Endpoint("server", {}, new ServerOpening({ sha1, ...options }));
}

describe("the opening handshake", () => {
  test.each([1, 2, 3, 7, 100, Number.MAX_SAFE_INTEGER])("opens both ends, %i bytes at a time", (size) => {
    const [a, b] = [client({ protocols: ["chat", "superchat"] }), server({ protocols: ["superchat"] })];
    expect([a.connection.readyState, b.connection.readyState]).toStrictEqual([0, 0]);
    expect(a.connection.sendText("too early")).toBe(false);
    converse(a, b, size);
    expect([a.seen, b.seen]).toStrictEqual([["open"], ["open"]]);
    expect([a.connection.protocol, b.connection.protocol]).toStrictEqual(["superchat", "superchat"]);
    a.connection.sendText("Hello");
    b.connection.sendText("Hi");
    converse(a, b, size);
    expect([a.seen.at(-1), b.seen.at(-1)]).toStrictEqual(["text Hi", "text Hello"]);
  });

  test("what follows in its packet is the first frames", () => {
    const [a, b] = [client(), server()];
    b.onOpened = () => b.connection.sendText("welcome");
    b.connection.receive(a.take());
    a.connection.receive(b.take());
    expect(a.seen).toStrictEqual(["open", "text welcome"]);
  });

  test("passes over what a server says before its answer", () => {
    const [a, b] = [client(), server()];
    b.connection.receive(a.take());
    a.connection.receive(Buffer.from("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"));
    expect(a.seen).toStrictEqual([]);
    a.connection.receive(b.take());
    expect(a.seen).toStrictEqual(["open"]);
  });

  test("is given up when the server's own check throws, which is its caller's to hear of", () => {
    const fault = new Error("no database");
    const [a, b] = [
      client(),
      server({
        check() {
          throw fault;
        },
      }),
    ];
    const request = a.take();
    expect(() => b.connection.receive(request)).toThrow(fault);
    expect(b.connection.aborted).toBe(true);
    expect(b.seen).toStrictEqual(['close 1006 "" unclean']);
    b.connection.receive(request);
    expect(b.take().length).toBe(0);
  });

  test.each<[how: string, act: (connection: Connection) => void]>([
    ["closes", (connection) => connection.close()],
    ["aborts", (connection) => connection.abort()],
  ])("is given up when the server's own check %s the connection, whatever it finds: nothing is answered", (_, act) => {
    for (const refusal of [undefined, { status: 401, reason: "Who are you?" }]) {
      const b: Endpoint = server({
        check() {
          act(b.connection);
          return refusal;
        },
      });
      b.connection.receive(client().take());
      expect([b.connection.readyState, b.connection.aborted]).toStrictEqual([ReadyState.Closed, true]);
      expect(b.seen).toStrictEqual(['close 1006 "" unclean']);
      expect(b.take().length).toBe(0);
      expect(b.connection.nextDeadline()).toBeUndefined();
    }
  });

  test("may be refused by what the server's own check finds; the client is told all of it", () => {
    const refusal = { status: 401, headers: { "WWW-Authenticate": "Basic" }, reason: "Who are you?" };
    const [a, b] = [client(), server({ check: ({ origin }) => (origin === undefined ? refusal : undefined) })];
    expect(converse(a, b)).toBe("server");
    expect(b.seen).toStrictEqual(['close 1006 "" unclean']);
    expect(b.closures[0].refused).toMatchObject({ status: 401, reason: "Who are you?" });
    const { refused } = a.closures[0];
    expect(refused?.status).toBe(401);
    expect(refused?.headers).toContainEqual(["WWW-Authenticate", "Basic"]);
    const accepted = client({ origin: "https://example.com" });
    converse(accepted, server({ check: ({ origin }) => (origin === undefined ? refusal : undefined) }));
    expect(accepted.seen).toStrictEqual(["open"]);
  });

  test.each([
    ["HTTP/1.1 200 OK\r\n\r\n", 200],
    ["HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", 302],
    ["HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 101],
    ["no HTTP at all\r\n", 0],
  ])("of a client fails at %j, and its output ends", (answer, status) => {
    const a = client();
    a.take();
    a.connection.receive(Buffer.from(answer));
    expect(a.connection.readyState).toBe(ReadyState.Closing);
    expect(a.connection.finished).toBe(true);
    a.connection.receiveEof();
    expect(a.closures[0]).toMatchObject({ code: 1006, clean: false, refused: { status } });
  });

  test.each([
    ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "426"],
    ["POST / HTTP/1.1\r\nHost: x\r\n\r\n", "405"],
    ["GET / HTTP/1.1\nHost: x\n\n", "400"],
    [`GET / HTTP/1.1\r\nX: ${"y".repeat(20_000)}`, "431"],
  ])("of a server answers %j with %s, and nothing after", (request, status) => {
    const b = server();
    b.connection.receive(Buffer.from(request));
    expect(b.take().toString("latin1")).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(b.connection.finished).toBe(true);
    b.connection.receive(Buffer.from("GET / HTTP/1.1\r\n"));
    expect(b.connection.takeBytes()).toBeUndefined();
  });

  test("that ends in its middle is an end without a Close, at every byte", () => {
    const request = client().take();
    for (let length = 0; length < request.length; length++) {
      const b = server();
      b.connection.receive(request.subarray(0, length));
      b.connection.receiveEof();
      expect(b.seen).toStrictEqual(['close 1006 "" unclean']);
      expect(b.connection.takeBytes()).toBeUndefined();
    }
  });

  test("that takes too long is given up", () => {
    for (const endpoint of [client(), server()]) {
      endpoint.take();
      expect(endpoint.connection.nextDeadline()).toBe(10_000);
      endpoint.expire();
      expect(endpoint.connection.aborted).toBe(true);
      expect(endpoint.seen).toStrictEqual(['close 1006 "" unclean']);
    }
  });

  test("is aborted by a close before its end", () => {
    const a = client();
    a.connection.close();
    expect(a.take().length).toBe(0);
    expect(a.connection.aborted).toBe(true);
    expect(a.seen).toStrictEqual(['close 1006 "" unclean']);
  });

  test("without a handler is an event", () => {
    const opening = new ClientOpening({ uri: "ws://example.com/", sha1 });
    expect(opening.uri.hostname).toBe("example.com");
    const connection = new Connection({ role: "client" }, undefined, opening);
    const b = server();
    b.connection.receive(connection.takeBytes()!);
    connection.receive(b.take());
    expect(connection.takeEvents()).toStrictEqual([{ type: "open" }]);
  });

  test("whose handler throws is open to nobody: the peer is told 1011", () => {
    const [a, b] = [client(), server()];
    b.onOpened = () => {
      throw new Error("mine");
    };
    expect(() => b.connection.receive(a.take())).toThrow("mine");
    a.connection.receive(b.take());
    expect(b.connection.finished).toBe(true);
    b.connection.receiveEof();
    a.connection.receiveEof();
    expect(a.seen).toStrictEqual(["open", 'close 1011 "" clean']);
  });

  test("is that of the connection's own role, or what was agreed on", () => {
    const openings = { client: new ClientOpening({ uri: "ws://x/", sha1 }), server: new ServerOpening({ sha1 }) };
    const make = (role: "client" | "server", start: unknown) => () => new Endpoint(role, {}, start as ServerOpening);
    expect(make("server", openings.client)).toThrow(new TypeError("start must be the opening of a server"));
    expect(make("client", openings.server)).toThrow(new TypeError("start must be the opening of a client"));
    for (const start of [null, 5, "x"]) expect(make("client", start)).toThrow(/^start must be an object, not /);
  });

  test("needs sha1, and an extension that is one", () => {
    expect(() => new ClientOpening({ uri: "ws://x/" } as never)).toThrow("sha1 must be a function");
    const extension = { encode() {} } as never;
    expect(() => new ClientOpening({ uri: "ws://x/", sha1, extension })).toThrow(
      "extension must be a NegotiableExtension",
    );
    expect(() => new ServerOpening({} as never)).toThrow("sha1 must be a function");
  });
});
