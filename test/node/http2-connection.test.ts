// The life of a connection on a real stream of HTTP/2: what ends it on either side, and how the other sees that.

import { once } from "node:events";
import { constants, type ServerHttp2Stream } from "node:http2";
import { createServer, connect as dial } from "node:net";
import { describe, expect, it } from "vitest";
import { type Closure, Opcode, ReadyState } from "../../src/index.ts";
import { acceptStream, type SocketConnection, type UpgradeOptions } from "../../src/node/index.ts";
import { atEnd, listen, openSockets } from "../loopback.ts";
import { frame, KEY } from "../wire.ts";
import { RawStream, serveStreams, sessionWith } from "./http2.ts";

const text = (payload: string | Uint8Array): Uint8Array => frame({ opcode: Opcode.Text, payload, key: KEY });
const close = (code: number): Uint8Array =>
  frame({ opcode: Opcode.Close, payload: Uint8Array.of(code >> 8, code & 255), key: KEY });
const MIB = "y".repeat(2 ** 20);

/** A connection, the client's raw end of it, and what it was told at its end. */
async function open(options: Omit<UpgradeOptions, "handler"> = {}) {
  const closures: Closure[] = [];
  let connection: SocketConnection | undefined;
  const handler: UpgradeOptions["handler"] = {
    onMessage: (message, connection) => void connection.send(message.opcode, message.data),
    onClose: (closure) => void closures.push(closure),
  };
  const settings = { ...options, handler };
  const { port } = await serveStreams((stream, headers) => {
    connection = acceptStream(stream, headers, settings);
  });
  const session = sessionWith(port);
  const client = await RawStream.request(session);
  if (connection === undefined) throw new Error("the server has opened nothing");
  return { connection, stream: connection.socket as ServerHttp2Stream, client, session, closures };
}

describe("what is sent", () => {
  it("comes back whole, in one write or many, however long", async () => {
    const { client } = await open();
    client.stream.write(
      Buffer.concat([text("a"), text("안녕"), frame({ opcode: Opcode.Ping, payload: "p", key: KEY })]),
    );
    await expect.poll(() => client.received.toString()).toBe("\ufffd\u0001a\ufffd\u0006안녕\ufffd\u0001p");
    const { length } = client.received;
    client.stream.write(text(MIB));
    await expect.poll(() => client.received.length, { timeout: 10_000 }).toBe(length + MIB.length + 10);
    expect(client.received.toString("latin1", length + 10)).toBe(MIB);
  });

  it("waits while the client does not read, of whom nothing more is read, and goes out once it does", async () => {
    const { connection, client } = await open();
    client.stream.pause();
    for (let sent = 0; sent < 4; sent++) client.stream.write(text(MIB));
    await expect.poll(() => connection.congested, { timeout: 10_000 }).toBe(true);
    await expect.poll(() => connection.socket.isPaused()).toBe(true);
    client.stream.resume();
    await expect.poll(() => client.received.length, { timeout: 10_000 }).toBe(4 * (MIB.length + 10));
    expect(connection.congested).toBe(false);
    expect(connection.socket.isPaused()).toBe(false);
  });

  it("holds up no other stream of the session while one is paused", async () => {
    const { connection, client, session } = await open();
    connection.pause();
    client.stream.write(text(MIB));
    const other = await RawStream.request(session);
    other.stream.write(text(MIB));
    await expect.poll(() => other.received.length, { timeout: 10_000 }).toBe(MIB.length + 10);
    expect(client.received.length).toBe(0);
  });
});

describe("an orderly end is END_STREAM", () => {
  it("after the client's Close and the answer to it", async () => {
    const { connection, client, closures } = await open();
    client.stream.end(close(1000));
    expect(await connection.closed).toMatchObject({ code: 1000, clean: true });
    await expect.poll(() => client.ended).toBe(true);
    expect([...client.received]).toEqual([0x88, 2, 3, 0xe8]);
    expect(client.stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
    expect(closures.length).toBe(1);
  });

  it("after the server's Close and the client's answer", async () => {
    const { connection, client } = await open();
    const closed = connection.end({ code: 1001 });
    await expect.poll(() => [...client.received]).toEqual([0x88, 2, 3, 0xe9]);
    client.stream.end(close(1001));
    expect(await closed).toMatchObject({ code: 1001, clean: true });
    expect(client.stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it("of the client without a Close is 1006", async () => {
    const { connection, client, closures } = await open();
    client.stream.end();
    expect(await connection.closed).toMatchObject({ code: 1006, clean: false });
    await expect.poll(() => client.ended).toBe(true);
    expect(closures.length).toBe(1);
  });
});

describe("an abrupt end is RST_STREAM with CANCEL", () => {
  it("of an abort, also when the client was not read", async () => {
    for (const pause of [false, true]) {
      const { connection, client, closures } = await open();
      if (pause) {
        connection.pause();
        client.stream.write(text(MIB));
      }
      const reset = once(client.stream, "close");
      connection.abort();
      expect(await connection.closed).toMatchObject({ code: 1006 });
      await reset;
      expect(client.stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
      expect(closures.length).toBe(1);
    }
  });

  it("of a client that does not read what it was sent", async () => {
    const { connection, client } = await open();
    client.stream.pause();
    for (let sent = 0; sent < 4; sent++) client.stream.write(text(MIB));
    await expect.poll(() => connection.congested, { timeout: 10_000 }).toBe(true);
    connection.abort();
    await connection.closed;
    client.stream.resume();
    await expect.poll(() => client.stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
  });

  it("of a client that answers no Close in time, or does not end its half", async () => {
    const deaf = await open({ closeTimeout: 50 });
    expect(await deaf.connection.end({ code: 1001 })).toMatchObject({ code: 1006 });
    await expect.poll(() => deaf.client.stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
    const halfOpen = await open({ closeTimeout: 50 });
    halfOpen.client.stream.write(close(1000));
    expect(await halfOpen.connection.closed).toMatchObject({ code: 1000 });
    await expect.poll(() => halfOpen.client.stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
  });

  // The RST_STREAM goes out if the client ever reads again; the connection does not wait for that.
  it("of a client that takes nothing in any more comes in time, for each stream of the session", async () => {
    const connections: SocketConnection[] = [];
    const handler: UpgradeOptions["handler"] = { onMessage() {} };
    const options: UpgradeOptions = { handler, closeTimeout: 50 };
    const { port } = await serveStreams(
      (stream, headers) => void connections.push(acceptStream(stream, headers, options)!),
    );
    let jam = (): void => {};
    const between = createServer((client) => {
      const server = dial(port, "127.0.0.1");
      client
        .on("error", () => {})
        .pipe(server.on("error", () => {}))
        .pipe(client);
      jam = () => server.unpipe(client).pause();
      atEnd(() => server.destroy());
    });
    // A window as large as can be: TCP alone holds the server back.
    const session = sessionWith(await listen(between), { settings: { initialWindowSize: 2 ** 31 - 1 } });
    await once(session, "connect");
    session.setLocalWindowSize(2 ** 31 - 1);
    await RawStream.request(session);
    await RawStream.request(session);
    jam();
    connections[0].sendBinary(new Uint8Array(2 ** 26));
    await expect.poll(() => connections[0].socket.writableLength).toBeGreaterThan(0);
    const closures = await Promise.all(connections.map((connection) => connection.end()));
    expect(closures).toMatchObject([{ code: 1006 }, { code: 1006 }]);
  });

  it.each(["NGHTTP2_CANCEL", "NGHTTP2_NO_ERROR", "NGHTTP2_INTERNAL_ERROR", "NGHTTP2_PROTOCOL_ERROR"] as const)(
    "by the client, with %s, is told once, as 1006",
    async (code) => {
      const { connection, client, closures } = await open();
      client.stream.write(text("before"));
      client.stream.close(constants[code]);
      expect(await connection.closed).toMatchObject({ code: 1006, clean: false });
      expect(closures.length).toBe(1);
    },
  );

  it.each(["NGHTTP2_CANCEL", "NGHTTP2_NO_ERROR"] as const)(
    "by the client, with %s, is told of one that is not read, also to whoever asks when the stream calls itself closed",
    async (code) => {
      const { connection, stream, client, closures } = await open();
      connection.pause();
      client.stream.write(text(MIB));
      await expect.poll(() => stream.readableLength).toBeGreaterThan(0);
      const asked = new Promise<readonly [boolean, ReadyState, Promise<Closure>]>((resolve) => {
        stream.on("aborted", () => resolve([stream.closed, connection.readyState, connection.closed]));
      });
      client.stream.close(constants[code]);
      const [closed, state, closure] = await asked;
      expect([closed, state]).toEqual([true, ReadyState.Open]);
      expect(await closure).toMatchObject({ code: 1006 });
      expect(closures.length).toBe(1);
    },
  );
});

it("the end of the session ends its connections, and leaves nothing open", async () => {
  const before = openSockets();
  const { connection, client, session, closures } = await open();
  const other = await RawStream.request(session);
  client.stream.write(text(MIB));
  session.destroy();
  expect(await connection.closed).toMatchObject({ code: 1006 });
  await expect.poll(() => closures.length).toBe(2);
  expect(other.stream.destroyed).toBe(true);
  expect(connection.readyState).toBe(ReadyState.Closed);
  await expect.poll(openSockets).toBeLessThanOrEqual(before);
});

it("a violation is answered with its Close before END_STREAM", async () => {
  const { connection, client } = await open();
  client.stream.write(frame({ opcode: Opcode.Text, payload: "not masked" }));
  await expect.poll(() => client.ended).toBe(true);
  expect([...client.received.subarray(0, 4)]).toEqual([0x88, client.received[1], 0x03, 0xea]);
  client.stream.end();
  expect(await connection.closed).toMatchObject({ code: 1006, error: { code: "MASK_REQUIRED" } });
});
