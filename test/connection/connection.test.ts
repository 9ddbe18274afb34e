import { describe, expect, test } from "vitest";
import {
  Connection,
  ConnectionSettings,
  defaultKernel,
  FrameEncoder,
  Opcode,
  PreparedMessage,
  ReadyState,
  type Role,
} from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { frame, KEY } from "../wire.ts";
import { converse, Endpoint } from "./endpoint.ts";

const roles: readonly Role[] = ["client", "server"];

onBothKernels((kernel) => {
  test.each([1, 2, 3, 7, 1000, Number.MAX_SAFE_INTEGER])("exchange messages, %i bytes at a time", (size) => {
    const client = new Endpoint("client", { kernel });
    const server = new Endpoint("server", { kernel });
    const long = Uint8Array.from({ length: 20_000 }, (_, index) => index);
    client.connection.sendText("안녕");
    client.connection.sendBinary(long);
    server.connection.sendText(new TextEncoder().encode("¡Hola!"));
    server.connection.sendBinary(long);
    converse(client, server, size);
    const hex = Buffer.from(long).toString("hex");
    expect(server.seen).toStrictEqual(["text 안녕", `binary ${hex}`]);
    expect(client.seen).toStrictEqual(["text ¡Hola!", `binary ${hex}`]);
  });
});

describe("what is sent", () => {
  test("in one turn leaves as one write", () => {
    const { connection, ...server } = endpoint("server");
    for (const text of ["a", "b", "c"]) connection.sendText(text);
    connection.ping(Uint8Array.of(1));
    expect(connection.bufferedAmount).toBe(12);
    expect(server.pieces().map(hexOf)).toStrictEqual(["810161" + "810162" + "810163" + "890101"]);
    expect(connection.bufferedAmount).toBe(0);
    expect(connection.takeBytes()).toBeUndefined();
  });

  test("keeps its order when long payloads, which are not copied, come between short ones", () => {
    const { connection, pieces } = endpoint("server");
    const long = new Uint8Array(10_000).fill(7);
    connection.sendText("a");
    connection.sendBinary(long);
    connection.sendText("b");
    const sent = pieces();
    expect(sent.map((piece) => piece.length)).toStrictEqual([3, 4, 10_000, 3]);
    expect(sent[2]).toBe(long);
  });

  test("is masked by a client, and leaves the caller's bytes as they are", () => {
    const { connection, pieces } = endpoint("client");
    const long = new Uint8Array(10_000).fill(7);
    connection.sendBinary(long);
    const sent = Buffer.concat(pieces());
    expect(sent[1] & 0x80).toBe(0x80);
    expect(long.every((byte) => byte === 7)).toBe(true);
  });

  test("is copied when it lies in a receive buffer, which the next read overwrites", () => {
    const { connection, take } = endpoint("server");
    const buffer = defaultKernel().kernel.acquireReceiveBuffer();
    const long = buffer.received(10_000).fill(7);
    connection.sendBinary(long);
    buffer.received(10_000).fill(9);
    expect(
      take()
        .subarray(4)
        .every((byte) => byte === 7),
    ).toBe(true);
    buffer.release();
  });

  test("to thousands in one turn takes little memory, and keeps less", () => {
    const settings = new ConnectionSettings({ role: "server" });
    const connections = Array.from({ length: 3000 }, () => new Connection(settings));
    const { arrayBuffers } = process.memoryUsage();
    for (const connection of connections) connection.sendText("news");
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(3000 * 2048 + 16 * 65_536);
    for (const connection of connections) expect(hexOf(connection.takeBytes()!)).toBe("81046e657773");
  });

  test("may have been encoded once for many", () => {
    const prepared = new PreparedMessage(Opcode.Text, "news");
    const servers = [endpoint("server"), endpoint("server")];
    for (const { connection } of servers) expect(connection.sendPrepared(prepared)).toBe(true);
    const [first, second] = servers.map(({ pieces }) => pieces());
    expect(first.map(hexOf)).toStrictEqual(["81046e657773"]);
    expect(second[0]).toBe(first[0]);
    const [{ connection, pieces }] = servers;
    connection.sendText("a");
    connection.sendPrepared(prepared);
    expect(pieces().map(hexOf)).toStrictEqual([`810161${hexOf(first[0])}`]);
  });

  test("and was prepared is masked anew for each client", () => {
    const prepared = new PreparedMessage(Opcode.Text, "news");
    const [a, b] = [endpoint("client"), endpoint("client")].map(({ connection, take }) => {
      connection.sendPrepared(prepared);
      return take();
    });
    expect(a.subarray(2, 6)).not.toStrictEqual(b.subarray(2, 6));
  });

  test("in fragments lets control frames through and no other message", () => {
    const { connection, take } = endpoint("server");
    connection.send(Opcode.Text, "a", { fin: false });
    expect(() => connection.sendText("x")).toThrow("only its continuation can follow");
    expect(() => connection.sendPrepared(new PreparedMessage(Opcode.Text, "x"))).toThrow("only its continuation");
    connection.ping(Uint8Array.of(1));
    connection.pong();
    connection.send(Opcode.Continuation, "b", { fin: false });
    connection.send(Opcode.Continuation, "c");
    connection.sendText("d");
    expect(hexOf(take())).toBe("010161" + "890101" + "8a00" + "000162" + "800163" + "810164");
  });

  test("is refused where it cannot stand", () => {
    const { connection } = endpoint("server");
    expect(() => connection.send(Opcode.Continuation, "b")).toThrow("there is no message to continue");
    expect(() => connection.send(Opcode.Close as never, "")).toThrow(
      "opcode must be Continuation (0), Text (1) or Binary (2), not 8",
    );
    expect(() => new PreparedMessage(Opcode.Ping as never, "")).toThrow("opcode must be Text (1) or Binary (2), not 9");
    expect(() => connection.sendPrepared({} as never)).toThrow("message must be a PreparedMessage");
    expect(() => connection.sendText(5 as never)).toThrow(TypeError);
    expect(() => connection.ping(new Uint8Array(126))).toThrow(RangeError);
    expect(connection.bufferedAmount).toBe(0);
  });

  test("congests the connection past the high-water mark, until it is taken", () => {
    const { connection, seen, pieces } = endpoint("server", { highWaterMark: 10 });
    connection.sendText("12345678");
    expect(connection.congested).toBe(false);
    connection.sendText("9");
    expect(connection.congested).toBe(true);
    connection.takeBytes();
    expect(seen).toStrictEqual([]);
    pieces();
    expect(connection.congested).toBe(false);
    expect(seen).toStrictEqual(["drain"]);
  });
});

describe("Ping and Pong", () => {
  test("only the newest of many Pings is answered", () => {
    const { connection, seen, take } = endpoint("server");
    const pings = [1, 2, 3].map((byte) => frame({ opcode: Opcode.Ping, payload: Uint8Array.of(byte), key: KEY }));
    connection.receive(Buffer.concat(pings));
    expect(seen).toStrictEqual(["ping 01", "ping 02", "ping 03"]);
    expect(connection.bufferedAmount).toBe(3);
    expect(hexOf(take())).toBe("8a0103");
    expect(connection.takeBytes()).toBeUndefined();
  });

  test("an answer goes out before what is sent after the Ping came", () => {
    const server = endpoint("server");
    server.endpoint.onNext = (message) => server.connection.sendText(message.text());
    const ping = (byte: number) => frame({ opcode: Opcode.Ping, payload: Uint8Array.of(byte), key: KEY });
    const text = frame({ opcode: Opcode.Text, payload: "a", key: KEY });
    server.connection.receive(Buffer.concat([ping(1), ping(2), text, ping(3)]));
    expect(hexOf(server.take())).toBe("8a0102" + "810161" + "8a0103");
  });

  test("the round trip is measured, and each Ping has a payload of its own", () => {
    const client = endpoint("client");
    const server = endpoint("server");
    client.connection.ping();
    client.endpoint.now = 5;
    client.connection.ping();
    client.endpoint.now = 25;
    server.connection.receive(client.take());
    client.connection.receive(server.take());
    expect(client.seen).toStrictEqual(["pong 00000001 20 ms"]);
    // The first one, which was passed over, is no longer waited for.
    client.connection.receive(frame({ opcode: Opcode.Pong, payload: Uint8Array.of(0, 0, 0, 0) }));
    expect(client.seen[1]).toBe("pong 00000000 unsolicited");
  });

  test("a Pong nobody asked for is delivered as such", () => {
    const client = endpoint("client");
    const server = endpoint("server");
    server.connection.pong(Uint8Array.of(9));
    client.connection.receive(server.take());
    expect(client.seen).toStrictEqual(["pong 09 unsolicited"]);
  });
});

describe("the closing handshake", () => {
  test.each(roles)("begun by the %s is answered with the same code; the server ends first", (role) => {
    const client = endpoint("client");
    const server = endpoint("server");
    const [closing, other] = role === "client" ? [client, server] : [server, client];
    closing.connection.close(3001, "bye");
    expect(closing.connection.readyState).toBe(ReadyState.Closing);
    expect(converse(client.endpoint, server.endpoint)).toBe("server");
    expect(other.seen).toStrictEqual(['close 3001 "bye" clean']);
    expect(closing.seen).toStrictEqual(['close 3001 "" clean']);
    for (const { connection } of [client, server]) {
      expect(connection.readyState).toBe(ReadyState.Closed);
      expect(connection.nextDeadline()).toBeUndefined();
      expect(connection.aborted).toBe(false);
    }
  });

  test("both sides may begin it at once", () => {
    const client = endpoint("client");
    const server = endpoint("server");
    client.connection.close(1000);
    server.connection.close(1001);
    expect(converse(client.endpoint, server.endpoint)).toBe("server");
    expect(client.seen).toStrictEqual(['close 1001 "" clean']);
    expect(server.seen).toStrictEqual(['close 1000 "" clean']);
  });

  test("a Close without a code is answered with one without, and is 1005 here", () => {
    const { connection, seen, take } = endpoint("server");
    connection.receive(frame({ opcode: Opcode.Close, key: KEY }));
    expect(hexOf(take())).toBe("8800");
    expect(connection.finished).toBe(true);
    connection.receiveEof();
    expect(seen).toStrictEqual(['close 1005 "" clean']);
  });

  test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999])(
    "%i may be sent and received",
    (code) => {
      const client = endpoint("client");
      const server = endpoint("server");
      client.connection.close(code);
      converse(client.endpoint, server.endpoint);
      expect(server.seen).toStrictEqual([`close ${code} "" clean`]);
    },
  );

  test.each([0, 999, 1004, 1006, 1015, 1016, 2999, 5000])(
    "%i may not be sent, and the connection stays open",
    (code) => {
      const { connection } = endpoint("client");
      expect(() => connection.close(code)).toThrow(RangeError);
      expect(connection.readyState).toBe(ReadyState.Open);
      expect(connection.bufferedAmount).toBe(0);
    },
  );

  test("nothing is sent after a Close, not even a Pong", () => {
    const { connection, take } = endpoint("server");
    connection.close();
    expect(hexOf(take())).toBe("880203e8");
    expect(connection.sendText("x")).toBe(false);
    expect(connection.sendPrepared(new PreparedMessage(Opcode.Text, "x"))).toBe(false);
    expect(connection.ping()).toBe(false);
    expect(connection.pong()).toBe(false);
    connection.close(1001);
    connection.receive(frame({ opcode: Opcode.Ping, key: KEY }));
    expect(connection.takeBytes()).toBeUndefined();
  });

  test("a Ping that waits for its Pong is answered before the Close", () => {
    const { connection, take } = endpoint("server");
    connection.receive(frame({ opcode: Opcode.Ping, payload: Uint8Array.of(5), key: KEY }));
    connection.close();
    expect(hexOf(take())).toBe("8a0105" + "880203e8");
  });

  test("what the peer sent before it saw our Close is delivered, what it sends after its own is not", () => {
    const { connection, seen, take } = endpoint("server");
    connection.close();
    take();
    const text = (payload: string) => frame({ opcode: Opcode.Text, payload, key: KEY });
    connection.receive(Buffer.concat([text("a"), frame({ opcode: Opcode.Close, key: KEY }), text("b")]));
    connection.receive(text("c"));
    connection.receiveEof();
    expect(seen).toStrictEqual(["text a", 'close 1005 "" clean']);
  });

  test("a client waits for the server to end, and gives up in time", () => {
    const { connection, seen, expire } = endpoint("client", { closeTimeout: 100 });
    connection.close();
    connection.takeBytes();
    connection.receive(frame({ opcode: Opcode.Close, payload: Uint8Array.of(0x03, 0xe8) }));
    expect(connection.finished).toBe(false);
    expect(connection.nextDeadline()).toBe(100);
    expire();
    expect(connection.aborted).toBe(true);
    expect(seen).toStrictEqual(['close 1000 "" clean']);
  });

  test("a peer that never answers the Close is given up in time", () => {
    const { connection, seen, expire } = endpoint("server", { closeTimeout: 100 });
    connection.close();
    connection.takeBytes();
    connection.handleTimeout(99);
    expect(seen).toStrictEqual([]);
    expire();
    expect(connection.aborted).toBe(true);
    expect(seen).toStrictEqual(['close 1006 "" unclean']);
  });
});

describe("an end without a Close", () => {
  test.each(roles)("by the stream is 1006, once, for the %s", (role) => {
    const { connection, seen } = endpoint(role);
    connection.receiveEof();
    connection.receiveEof();
    connection.abort();
    connection.receive(Uint8Array.of(0xff));
    expect(seen).toStrictEqual(['close 1006 "" unclean']);
    expect(connection.finished).toBe(true);
    expect(connection.sendText("x")).toBe(false);
  });

  test("by abort drops what waits, and gives back what a message held", () => {
    const { connection, seen } = endpoint("server");
    connection.sendText("x");
    connection.receive(frame({ opcode: Opcode.Binary, payload: new Uint8Array(1000), key: KEY }).subarray(0, 500));
    expect(connection.retained).toBeGreaterThan(0);
    connection.abort();
    expect(connection.retained).toBe(0);
    expect(connection.takeBytes()).toBeUndefined();
    expect(seen).toStrictEqual(['close 1006 "" unclean']);
  });

  test("is the last thing the handler is told, though the connection was congested", () => {
    for (const end of ["abort", "receiveEof"] as const) {
      const { connection, seen, take } = endpoint("server", { highWaterMark: 0 });
      connection.sendText("x");
      connection[end]();
      take();
      expect(seen).toStrictEqual(['close 1006 "" unclean']);
    }
  });

  test("by abort in a handler delivers nothing more", () => {
    const server = endpoint("server");
    server.endpoint.onNext = () => server.connection.abort();
    const text = (payload: string) => frame({ opcode: Opcode.Text, payload, key: KEY });
    server.connection.receive(Buffer.concat([text("a"), text("b")]));
    expect(server.seen).toStrictEqual(["text a", 'close 1006 "" unclean']);
  });

  test("by abort, before our Close has left, is not clean", () => {
    const { connection, seen } = endpoint("server");
    connection.receive(frame({ opcode: Opcode.Close, key: KEY }));
    connection.abort();
    expect(seen).toStrictEqual(['close 1005 "" unclean']);
  });
});

describe("a violation", () => {
  test("is answered with its code and its reason; what precedes it is delivered, what follows is not", () => {
    const { connection, seen, closures, take } = endpoint("server");
    const text = (payload: string) => frame({ opcode: Opcode.Text, payload, key: KEY });
    connection.receive(Buffer.concat([text("a"), frame({ opcode: 3 as never, key: KEY }), text("b")]));
    expect(connection.readyState).toBe(ReadyState.Closing);
    connection.receive(text("c"));
    const close = take();
    expect(close.readUInt16BE(2)).toBe(1002);
    expect(close.subarray(4).toString()).toBe("the opcode is reserved (byte 7, RFC 6455 §5.2)");
    expect(connection.finished).toBe(true);
    connection.receiveEof();
    expect(seen).toStrictEqual(["text a", 'close 1006 "" unclean RESERVED_OPCODE']);
    expect(closures[0].error?.closeCode).toBe(1002);
  });

  test("of the server's has the client wait for its end", () => {
    const { connection, take, seen, expire } = endpoint("client");
    connection.receive(frame({ opcode: Opcode.Text, payload: "a", key: KEY }));
    expect(take().length).toBeGreaterThan(0);
    expect(connection.finished).toBe(false);
    expire();
    expect(seen).toStrictEqual(['close 1006 "" unclean MASK_FORBIDDEN']);
  });

  test("after our Close gets no second one", () => {
    const { connection, take, seen } = endpoint("server");
    connection.close();
    take();
    connection.receive(frame({ opcode: 3 as never, key: KEY }));
    expect(connection.takeBytes()).toBeUndefined();
    expect(connection.finished).toBe(true);
    connection.receiveEof();
    expect(seen).toStrictEqual(['close 1006 "" unclean RESERVED_OPCODE']);
  });

  test("by a handler that throws is 1011, and the error is the caller's", () => {
    const server = endpoint("server");
    server.endpoint.onNext = () => {
      throw new Error("mine");
    };
    expect(() => server.connection.receive(frame({ opcode: Opcode.Text, payload: "a", key: KEY }))).toThrow("mine");
    expect(hexOf(server.take())).toBe("880203f3");
    expect(server.connection.finished).toBe(true);
  });

  test("is not what an async handler rejects with: nobody waits for it", async () => {
    const rejected = Promise.reject(new Error("mine"));
    const connection = new Connection({ role: "server" }, { onMessage: () => rejected });
    connection.receive(frame({ opcode: Opcode.Text, payload: "a", key: KEY }));
    await expect(rejected).rejects.toThrow("mine");
    expect(connection.readyState).toBe(ReadyState.Open);
  });

  test("is not what the caller did wrong", () => {
    const server = endpoint("server");
    expect(() => server.connection.receive("x" as never)).toThrow("chunk must be a Uint8Array");
    const buffer = defaultKernel().kernel.acquireReceiveBuffer();
    const stale = buffer.received(8);
    buffer.release();
    expect(() => server.connection.receive(stale)).toThrow("released");
    expect(server.connection.readyState).toBe(ReadyState.Open);
    server.connection.receive(frame({ opcode: Opcode.Text, payload: "a", key: KEY }));
    expect(server.seen).toStrictEqual(["text a"]);
  });
});

describe("keeping alive", () => {
  const options = { keepAliveInterval: 1000, keepAliveTimeout: 200 };

  test("a silent peer is sent a Ping, and given up when it does not answer", () => {
    const { connection, take, seen, expire } = endpoint("server", options);
    expect(connection.nextDeadline()).toBe(1000);
    expire();
    expect(hexOf(take())).toBe("890400000000");
    expect(connection.nextDeadline()).toBe(1200);
    expire();
    expect(connection.aborted).toBe(true);
    expect(seen).toStrictEqual(['close 1006 "" unclean']);
  });

  test("whatever the peer sends shows that it is there", () => {
    const { connection, take, expire } = endpoint("server", options);
    connection.receive(frame({ opcode: Opcode.Text, payload: "a", key: KEY }));
    expire();
    expect(connection.takeBytes()).toBeUndefined();
    expect(connection.nextDeadline()).toBe(2000);
    expire();
    expect(take().length).toBe(6);
    connection.receive(Uint8Array.of(0x81)); // not even a whole header
    expire();
    expect(connection.readyState).toBe(ReadyState.Open);
    expect(connection.nextDeadline()).toBe(3200);
  });

  test("may be turned off", () => {
    const { connection } = endpoint("server", { keepAliveInterval: 0 });
    expect(connection.nextDeadline()).toBeUndefined();
    connection.handleTimeout(1e9);
    expect(connection.bufferedAmount).toBe(0);
  });
});

test("deadlines are whole milliseconds, and never too early", () => {
  let now = 0.25;
  const { connection } = endpoint("server", { keepAliveInterval: 1000, keepAliveTimeout: 200, clock: () => now });
  expect(connection.nextDeadline()).toBe(1001);
  now = 1001.5;
  connection.handleTimeout(now);
  expect(connection.nextDeadline()).toBe(1202);
  now = 1010.5;
  connection.close();
  expect(connection.nextDeadline()).toBe(6011);
  now = 6011;
  connection.handleTimeout(now);
  expect(connection.nextDeadline()).toBeUndefined();
  connection.handleTimeout(now + 10_000);
  expect(connection.aborted).toBe(true);
});

describe("a handler", () => {
  test("may send on another connection, as a proxy does, and on its own", () => {
    const up = endpoint("client");
    const down = endpoint("server");
    down.endpoint.onNext = (message) => up.connection.send(message.opcode, message.data);
    const origin = endpoint("server");
    origin.endpoint.onNext = (message) => origin.connection.sendText(`${message.text()}!`);
    up.endpoint.onNext = (message) => down.connection.send(message.opcode, message.data);
    down.connection.receive(frame({ opcode: Opcode.Text, payload: "Hello", key: KEY }));
    converse(up.endpoint, origin.endpoint);
    expect(hexOf(down.take())).toBe(hexOf(new FrameEncoder({ role: "server" }).text("Hello!")));
  });

  test("may receive on another connection", () => {
    const inner = endpoint("server");
    const outer = endpoint("server");
    outer.endpoint.onNext = () => inner.connection.receive(frame({ opcode: Opcode.Text, payload: "in", key: KEY }));
    const text = (payload: string) => frame({ opcode: Opcode.Text, payload, key: KEY });
    outer.connection.receive(Buffer.concat([text("a"), text("b")]));
    expect(outer.seen).toStrictEqual(["text a", "text b"]);
    expect(inner.seen).toStrictEqual(["text in", "text in"]);
  });

  test("that sends when the connection has drained sends at once", () => {
    const server = endpoint("server", { highWaterMark: 0 });
    let more = 2;
    server.endpoint.onDrained = () => {
      if (more-- > 0) server.connection.sendText("more");
    };
    server.connection.sendText("first");
    expect(server.pieces().map((piece) => piece.length)).toStrictEqual([7, 6, 6]);
    expect(server.seen).toStrictEqual(["drain", "drain", "drain"]);
  });

  test("may be left out: then events are taken", () => {
    const connection = new Connection({ role: "server", highWaterMark: 0 });
    connection.sendText("x");
    connection.takeBytes();
    expect(connection.takeBytes()).toBeUndefined();
    connection.receive(frame({ opcode: Opcode.Ping, key: KEY }));
    connection.receive(frame({ opcode: Opcode.Pong, key: KEY }));
    connection.receive(frame({ opcode: Opcode.Text, payload: "a", key: KEY }));
    connection.receiveEof();
    const events = connection.takeEvents();
    expect(events.map(({ type }) => type)).toStrictEqual(["drain", "ping", "pong", "message", "close"]);
    expect(connection.takeEvents()).toStrictEqual([]);
    expect(() => endpoint("server").connection.takeEvents()).toThrow("events go to the handler");
  });
});

/** An endpoint taken apart, so that a test names what it uses. */
function endpoint(role: Role, options?: ConstructorParameters<typeof Endpoint>[1]) {
  const endpoint = new Endpoint(role, options);
  return {
    endpoint,
    connection: endpoint.connection,
    seen: endpoint.seen,
    closures: endpoint.closures,
    take: () => endpoint.take(),
    pieces: () => endpoint.pieces(),
    expire: () => endpoint.expire(),
  };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
