// A connection whose handler takes fragments as they come.

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { pakoBackend } from "../../src/extension/pako.ts";
import { zlibBackend } from "../../src/extension/zlib.ts";
import {
  ClientOpening,
  type Closure,
  Connection,
  type ConnectionOptions,
  type Fragment,
  type FragmentConnectionHandler,
  type Message,
  MessageDecoder,
  Opcode,
  ServerOpening,
} from "../../src/index.ts";
import { swept } from "../sweep.ts";
import { cut, everySplit, onBothKernels } from "../vectors.ts";
import { concat, frame, pattern, peerKey } from "../wire.ts";
import { Endpoint } from "./endpoint.ts";

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

/** Whole messages made of the pieces, and what else happens. */
class Pieces implements FragmentConnectionHandler {
  readonly seen: string[] = [];
  pieces = 0;
  onNext: (fragment: Fragment, connection: Connection) => void = () => {};
  #message: Uint8Array[] = [];

  onFragment(fragment: Fragment, connection: Connection): void {
    const { opcode, data, last } = fragment;
    this.pieces++;
    this.#message.push(data.slice());
    if (last) {
      this.seen.push(
        `${opcode === Opcode.Text ? "text" : "binary"} ${Buffer.concat(this.#message).toString("latin1")}`,
      );
      this.#message = [];
    }
    this.onNext(fragment, connection);
  }

  onPing(payload: Uint8Array): void {
    this.seen.push(`ping ${payload.length}`);
  }

  onClose({ code, error }: Closure): void {
    this.seen.push(`close ${code}${error === undefined ? "" : ` ${error.reason}`}`);
  }
}

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("as a %s", (role) => {
    const key = peerKey(role);
    const open = (options: Partial<ConnectionOptions> = {}): [Connection, Pieces] => {
      const pieces = new Pieces();
      return [new Connection({ role, kernel, ...options }, pieces), pieces];
    };

    test("messages come in pieces, whole, byte by byte and at every split; Pings between them are answered", () => {
      const stream = concat(
        frame({ opcode: 0x1, fin: false, payload: "one, ", key }),
        frame({ opcode: 0x9, payload: "?", key }),
        frame({ opcode: 0x0, payload: "two", key }),
        frame({ opcode: 0x2, key }),
        frame({ opcode: 0x8, key }),
      );
      const splits = everySplit(stream.length);
      for (const cuts of [[], splits, ...swept(splits).map((at) => [at])]) {
        const [connection, pieces] = open();
        for (const chunk of cut(stream, cuts)) connection.receive(chunk);
        connection.receiveEof();
        expect(pieces.seen).toStrictEqual(["ping 1", "text one, two", "binary ", "close 1005"]);
        const answer = connection.takeBytes()!;
        expect([answer[0], answer[1] & 0x7f]).toStrictEqual([0x8a, 1]);
      }
    });

    test("a message of any size is taken, unless a limit was set", () => {
      const [connection, pieces] = open();
      connection.receive(frame({ opcode: 0x2, announced: 2n ** 40n, key }));
      for (let sent = 0; sent < 20; sent++) connection.receive(pattern(2 ** 20));
      expect([pieces.pieces, connection.retained, pieces.seen]).toStrictEqual([20, 0, []]);
      const [limited, none] = open({ maxMessageLength: 1000 });
      limited.receive(frame({ opcode: 0x2, announced: 1001n, key }));
      limited.receiveEof();
      expect(none.seen).toStrictEqual(["close 1006 the frame is longer than is allowed (byte 2, RFC 6455 §10.4)"]);
    });

    test("invalid text fails it with 1007 before the rest has come", () => {
      const [connection, pieces] = open();
      connection.receive(frame({ opcode: 0x1, announced: 1000n, key }));
      const mask = (byte: number): number => byte ^ (key?.[0] ?? 0);
      connection.receive(Uint8Array.of(mask(0xff)));
      expect(pieces.pieces).toBe(0);
      expect(connection.readyState).toBe(2);
      const close = connection.takeBytes()!;
      expect(close[0]).toBe(0x88);
      if (role === "server") expect(Buffer.from(close).readUInt16BE(2)).toBe(1007);
    });

    test("nothing more is handed out once the handler has given it up", () => {
      const [connection, pieces] = open();
      pieces.onNext = () => connection.abort();
      connection.receive(concat(frame({ opcode: 0x1, payload: "a", key }), frame({ opcode: 0x1, payload: "b", key })));
      expect(pieces.seen).toStrictEqual(["text a", "close 1006"]);
    });
  });
});

test("compressed messages come decompressed, however large, through the opening handshake", () => {
  const extension = (): ReturnType<typeof permessageDeflate> =>
    permessageDeflate({ backend: pakoBackend, threshold: 0 });
  const client = new Endpoint("client", {}, new ClientOpening({ uri: "ws://a/", sha1, extension: extension() }));
  const pieces = new Pieces();
  const server = new Connection({ role: "server" }, pieces, new ServerOpening({ sha1, extension: extension() }));
  server.receive(client.take());
  client.connection.receive(server.takeBytes()!);
  const zeros = new Uint8Array(17 * 2 ** 20);
  client.connection.send(Opcode.Binary, zeros, { fin: false });
  client.connection.send(Opcode.Continuation, zeros);
  let bytes = 0;
  pieces.onNext = ({ data }) => {
    bytes += data.length;
    expect(server.retained).toBe(0);
  };
  const chunk = client.take();
  expect(chunk.length).toBeLessThan(65_536);
  server.receive(chunk);
  expect(bytes).toBe(2 * zeros.length);

  // Given up in the midst of a chunk, it hands out no more of it.
  client.connection.sendBinary(zeros);
  pieces.pieces = 0;
  pieces.onNext = () => server.abort();
  server.receive(client.take());
  expect([pieces.pieces, pieces.seen.at(-1)]).toStrictEqual([1, "close 1006"]);
});

test("a handler takes messages or fragments, not both and not none", () => {
  const [onMessage, onFragment] = [() => {}, () => {}];
  for (const handler of [{}, null, { onMessage, onFragment }, { onMessage: 7 }, { onFragment: "no" }]) {
    const make = (): unknown => new Connection({ role: "server" }, handler as never);
    expect(make).toThrow(TypeError);
    expect(make).toThrow("handler must have the method onMessage, or else onFragment");
  }
});

test.each<[string, object, string]>([
  ["a typo", { onMesage() {}, onClose() {} }, "it has onMesage, onClose"],
  [
    "a class",
    new (class Echo {
      onmessage(): void {}
    })(),
    "it has onmessage",
  ],
  ["nothing", {}, "it has no methods"],
  [
    "a property that throws",
    {
      get onMesage(): never {
        throw new Error("asked");
      },
    },
    "it has no methods",
  ],
])("a handler with %s is told what it has", (_, handler, words) => {
  const message = `handler must have the method onMessage, or else onFragment; ${words}`;
  expect(() => new Connection({ role: "server" }, handler as never)).toThrow(new TypeError(message));
});

test.each([pakoBackend, zlibBackend])("pieces that $name has lent are copied as they are sent on", (backend) => {
  const extension = permessageDeflate({ backend, threshold: 0 });
  const relay = new Connection({ role: "server" }, { onMessage() {} });
  const handler: FragmentConnectionHandler = {
    onFragment({ opcode, data, first, last }) {
      relay.send(first ? opcode : Opcode.Continuation, data, { fin: last });
    },
  };
  const client = new Endpoint("client", {}, new ClientOpening({ uri: "ws://example.com/", sha1, extension }));
  const server = new Connection({ role: "server" }, handler, new ServerOpening({ sha1, extension }));
  const exchange = (): void => {
    server.receive(client.take());
    for (let bytes = server.takeBytes(); bytes !== undefined; bytes = server.takeBytes())
      client.connection.receive(bytes);
  };
  exchange();
  // It does not compress, so that there are pieces as long as what is sent where it lies.
  const message = Buffer.concat(Array.from({ length: 3000 }, (_, n) => createHash("sha1").update(`${n}`).digest()));
  client.connection.sendBinary(message);
  exchange();
  const received: Uint8Array[] = [];
  const reader = new MessageDecoder({ role: "client" });
  const take = { onMessage: (one: Message) => void received.push(one.data), onPing() {}, onPong() {}, onClose() {} };
  for (let bytes = relay.takeBytes(); bytes !== undefined; bytes = relay.takeBytes())
    reader.decode(bytes.slice(), take);
  expect(received.map((bytes) => Buffer.compare(bytes, message))).toStrictEqual([0]);
});
