import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type PermessageDeflateOptions, permessageDeflate } from "../../src/extension/index.ts";
import { pakoBackend } from "../../src/extension/pako.ts";
import { zlibBackend } from "../../src/extension/zlib.ts";
import { acceptKey } from "../../src/handshake/key.ts";
import { ClientOpening, Opcode, PreparedMessage, ServerOpening } from "../../src/index.ts";
import { converse, Endpoint } from "./endpoint.ts";

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

/** Both ends of an open connection. */
function connect(
  server: Partial<PermessageDeflateOptions> | "without",
  client: Partial<PermessageDeflateOptions> | "without" = {},
): [client: Endpoint, server: Endpoint] {
  const [theirs, ours] = [client, server].map((options) =>
    options === "without" ? undefined : permessageDeflate({ backend: pakoBackend, threshold: 0, ...options }),
  );
  const a = new Endpoint("client", {}, new ClientOpening({ uri: "ws://example.com/", sha1, extension: theirs }));
  const b = new Endpoint("server", {}, new ServerOpening({ sha1, extension: ours }));
  converse(a, b);
  expect([a.seen.splice(0), b.seen.splice(0)]).toStrictEqual([["open"], ["open"]]);
  return [a, b];
}

const LONG = "all work and no play ".repeat(200);

describe.each([pakoBackend, zlibBackend])("a connection that compresses with $name", (backend) => {
  test("exchanges messages, compressed", () => {
    const [a, b] = connect({ backend });
    for (const [from, to] of [
      [a, b],
      [b, a],
    ]) {
      for (const text of [LONG, "", LONG]) from.connection.sendText(text);
      const bytes = from.take();
      expect(bytes[0]).toBe(0xc1);
      expect(bytes.length).toBeLessThan(200);
      to.connection.receive(bytes);
      expect(to.seen).toStrictEqual([LONG, "", LONG].map((text) => `text ${text}`));
    }
  });

  test("sends fragments, with a Ping between", () => {
    const [a, b] = connect({ backend });
    a.connection.send(Opcode.Text, LONG, { fin: false });
    a.connection.ping(Uint8Array.of(7));
    a.connection.send(Opcode.Continuation, LONG);
    b.connection.receive(a.take());
    expect(b.seen).toStrictEqual(["ping 07", `text ${LONG}${LONG}`]);
  });

  test("sends a prepared message, compressed once for all; what follows does not refer to what was before", () => {
    const pairs = [connect({ backend }), connect({ backend })];
    const message = new PreparedMessage(Opcode.Text, LONG);
    const sent = pairs.map(([a, b]) => {
      b.connection.sendText(LONG);
      a.connection.receive(b.take());
      b.connection.sendPrepared(message);
      const pieces = b.pieces();
      b.connection.sendText(LONG);
      a.connection.receive(Buffer.concat(pieces));
      a.connection.receive(b.take());
      expect(a.seen).toStrictEqual(Array(3).fill(`text ${LONG}`));
      return pieces;
    });
    expect(sent[0].length).toBe(1);
    expect(sent[1][0]).toBe(sent[0][0]);
    expect(sent[0][0][0]).toBe(0xc1);
  });
});

test("a prepared message is compressed once for each window size, and not at all where nothing was agreed on", () => {
  const message = new PreparedMessage(Opcode.Text, LONG);
  const lengths = [connect({}), connect({ serverMaxWindowBits: 9 }, {}), connect("without")].map(([a, b]) => {
    b.connection.sendPrepared(message);
    const bytes = b.take();
    a.connection.receive(bytes);
    expect(a.seen).toStrictEqual([`text ${LONG}`]);
    return bytes[0];
  });
  expect(lengths).toStrictEqual([0xc1, 0xc1, 0x81]);
});

test("a message below the threshold is sent as it is, also a text whose length in UTF-8 has to be found out", () => {
  const [, b] = connect({ threshold: 100 });
  const first = (payload: string | Uint8Array) => {
    b.connection.send(typeof payload === "string" ? Opcode.Text : Opcode.Binary, payload);
    return b.take()[0];
  };
  expect(first("a".repeat(99))).toBe(0x81);
  expect(first("a".repeat(100))).toBe(0xc1);
  expect(first("가".repeat(33))).toBe(0x81);
  expect(first("가".repeat(34))).toBe(0xc1);
  expect(first(new Uint8Array(99))).toBe(0x82);
  expect(first(new Uint8Array(100))).toBe(0xc2);
});

test.each<[Parameters<typeof connect>[0], Parameters<typeof connect>[1]]>([
  ["without", {}],
  [{}, "without"],
])("nothing is compressed unless both ends ask for it: server %o, client %o", (server, client) => {
  for (const end of connect(server, client)) {
    expect(end.connection.extension).toBeUndefined();
    end.connection.sendText(LONG);
    expect(end.take()[0]).toBe(0x81);
  }
});

test.each([
  ["permessage-deflate; unknown", "unknown"],
  ["permessage-deflate; server_max_window_bits=7", "server_max_window_bits"],
  ["permessage-deflate; client_no_context_takeover; client_no_context_takeover", "twice"],
  ["permessage-deflate; server_max_window_bits=12", "server_max_window_bits"],
  ["permessage-deflate; server_max_window_bits=10, permessage-deflate", "more than once"],
  ["x-webkit-deflate-frame", "not offered"],
])("an answer that the offer does not allow fails the opening handshake: %s", (answer, reason) => {
  const extension = permessageDeflate({ backend: pakoBackend, serverMaxWindowBits: 10 });
  const client = new Endpoint("client", {}, new ClientOpening({ uri: "ws://example.com/", sha1, extension }));
  const [, key] = /Sec-WebSocket-Key: (.*)\r/.exec(client.take().toString())!;
  client.connection.receive(
    Buffer.from(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${acceptKey(key, sha1)}\r\nSec-WebSocket-Extensions: ${answer}\r\n\r\n`,
    ),
  );
  expect(client.connection.finished).toBe(true);
  client.connection.receiveEof();
  expect(client.seen).toStrictEqual(['close 1006 "" unclean']);
  expect(client.closures[0].refused?.reason).toContain(reason);
});

test("a message of just the limit is taken though it has become longer by compression", () => {
  const extension = permessageDeflate({ backend: pakoBackend });
  const options = { maxMessageLength: 2000 };
  const a = new Endpoint("client", {}, new ClientOpening({ uri: "ws://example.com/", sha1, extension }));
  const b = new Endpoint("server", options, new ServerOpening({ sha1, extension }));
  converse(a, b);
  const random = crypto.getRandomValues(new Uint8Array(2000));
  a.connection.send(Opcode.Binary, random, { fin: false });
  a.connection.send(Opcode.Continuation, "");
  const bytes = a.take();
  expect(bytes.readUInt16BE(2)).toBeGreaterThan(2000);
  b.connection.receive(bytes);
  expect(b.seen).toStrictEqual(["open", `binary ${Buffer.from(random).toString("hex")}`]);
});

test("invalid data ends the connection with 1007", () => {
  const [, b] = connect({});
  b.connection.receive(Uint8Array.of(0xc1, 0x82, 0, 0, 0, 0, 0xff, 0xff));
  expect(b.take().readUInt16BE(2)).toBe(1007);
  b.connection.receiveEof();
  expect(b.seen).toStrictEqual(['close 1006 "" unclean INVALID_COMPRESSED_DATA']);
});

test("what the extension holds is released when the connection ends", () => {
  const [a, b] = connect({});
  let released = 0;
  const { extension } = b.connection;
  const release = extension!.release.bind(extension);
  extension!.release = () => {
    released++;
    release();
  };
  a.connection.sendText(LONG);
  a.connection.close();
  converse(a, b);
  expect(b.closures.length).toBe(1);
  expect(released).toBe(1);
});
