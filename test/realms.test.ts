// Bytes of another realm, whose Uint8Array is not ours: an iframe's, node:vm's, and under Jest's jsdom every Buffer of Node's.
// Whoever takes bytes makes of them what it makes of its own.

import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { resolve } from "node:path";
import { createContext, runInContext } from "node:vm";
import * as esbuild from "esbuild";
import { describe, expect, test } from "vitest";
import { sendFrom } from "../src/adapter/send-from.ts";
import { type DeflateBackend, permessageDeflate } from "../src/extension/index.ts";
import { pakoBackend } from "../src/extension/pako.ts";
import { zlibBackend } from "../src/extension/zlib.ts";
import { HeadParser } from "../src/handshake/head-parser.ts";
import { acceptKey } from "../src/handshake/key.ts";
import {
  ClientOpening,
  defaultKernel,
  FragmentDecoder,
  FrameBatch,
  FrameDecoder,
  FrameEncoder,
  isValidUtf8,
  type Kernel,
  MessageDecoder,
  mask,
  Opcode,
  PreparedFrame,
  PreparedMessage,
  parseHeader,
  ServerOpening,
  typescriptKernel,
  Utf8Validator,
} from "../src/index.ts";
import { type InspectionRecord, Inspector } from "../src/inspect/index.ts";
import { upgrade } from "../src/node/index.ts";
import { accept, connect } from "../src/web/streams.ts";
import { converse, Endpoint, framesSent } from "./connection/endpoint.ts";
import { Peer as Socket } from "./node/peer.ts";
import { Peer as Streams, settled } from "./web/pipes.ts";
import { concat, frame, KEY, pattern } from "./wire.ts";
import { wrong } from "./wrong.ts";

const realm = createContext({});
const Foreign: Uint8ArrayConstructor = runInContext("Uint8Array", realm);

type Copy = (bytes: Uint8Array) => Uint8Array;

const own: Copy = (bytes) => new Uint8Array(bytes);
/** Of the other realm's memory, and a part of it. */
const foreign: Copy = (bytes) => {
  const memory = new Foreign(bytes.length + 7);
  memory.set(bytes, 3);
  return memory.subarray(3, 3 + bytes.length);
};

/** Around where kernels stage, encoders share their memory, and windows end. */
const LENGTHS = [0, 5, 60, 125, 300, 3000, 40_000];
const TEXT = new TextEncoder().encode("Grüße, 世界 🌍 ".repeat(100));

/** Shared memory, ours and the other realm's. */
const ownShared: Copy = (bytes) => sharedBy(SharedArrayBuffer, Uint8Array, bytes);
const foreignShared: Copy = (bytes) => sharedBy(runInContext("SharedArrayBuffer", realm), Foreign, bytes);

function sharedBy(Memory: SharedArrayBufferConstructor, Bytes: Uint8ArrayConstructor, bytes: Uint8Array): Uint8Array {
  const shared = new Bytes(new Memory(bytes.length));
  shared.set(bytes);
  return shared;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

test("the other realm's bytes are none of ours", () => {
  expect(foreign(ascii("x"))).not.toBeInstanceOf(Uint8Array);
  expect(foreign(ascii("x")).buffer).not.toBeInstanceOf(ArrayBuffer);
  expect(hex(foreign(ascii("x")))).toBe("78");
});

/** What `outcome` says is the same for our bytes and for the other realm's. */
function expectSame(outcome: (copy: Copy) => unknown, theirs = foreign, ours = own): void {
  expect(outcome(theirs)).toStrictEqual(outcome(ours));
}

async function expectSameLater(outcome: (copy: Copy) => Promise<unknown>): Promise<void> {
  expect(await outcome(foreign)).toStrictEqual(await outcome(own));
}

/** The frames in `bytes`, as the peer of `role` reads them. */
function read(role: "client" | "server", bytes: Uint8Array): string[] {
  const decoder = new FrameDecoder({ role: role === "client" ? "server" : "client" });
  return [...decoder.frames(own(bytes))].map(({ opcode, payload }) => `${opcode} ${hex(payload)}`);
}

describe.each<[name: string, kernel: Kernel]>([
  ["the default kernel", defaultKernel().kernel],
  ["the TypeScript kernel", typescriptKernel],
])("on %s", (_, kernel) => {
  test.each(["server", "client"] as const)("a %s's FrameDecoder decodes them, and unmasks them in place", (role) => {
    const key = role === "server" ? KEY : undefined;
    expectSame((copy) =>
      LENGTHS.map((length) => {
        const chunk = copy(
          concat(
            frame({ opcode: Opcode.Binary, payload: pattern(length), key }),
            frame({ opcode: Opcode.Text, payload: TEXT, key }),
            frame({ opcode: Opcode.Text, payload: "a short one", key }),
          ),
        );
        const seen: string[] = [];
        new FrameDecoder({ role, kernel }).decode(chunk, {
          onFrame: (frame) => {
            expect(frame.payload.buffer).toBe(chunk.buffer);
            seen.push(frame.opcode === Opcode.Text ? frame.text() : hex(frame.payload));
          },
        });
        return [seen, hex(chunk)];
      }),
    );
  });

  test("a FrameDecoder writes to a destination that they are", () => {
    for (const key of [KEY, undefined]) {
      expectSame((copy) => {
        const bytes = frame({ opcode: Opcode.Binary, payload: pattern(20_000), key });
        const decoder = new FrameDecoder({ role: key === undefined ? "client" : "server", kernel });
        const destination = { bytes: copy(new Uint8Array(30_000)), at: 9 };
        const seen: string[] = [];
        const handler = { onFrame: ({ payload }: { payload: Uint8Array }) => void seen.push(hex(payload)) };
        decoder.decode(copy(bytes.subarray(0, 1000)), handler);
        decoder.decode(copy(bytes.subarray(1000)), handler, destination);
        return [seen, hex(destination.bytes)];
      });
    }
  });

  test.each(["server", "client"] as const)("a %s's FrameEncoder encodes them, and into them", (role) => {
    const encoder = new FrameEncoder({ role, kernel });
    expectSame((copy) =>
      LENGTHS.map((length) => {
        const payload = copy(pattern(length));
        const target = copy(new Uint8Array(length + 20));
        const end = encoder.encodeInto(target, 2, Opcode.Binary, payload);
        const [header, body] = encoder.parts(Opcode.Binary, payload);
        const [maskedHeader, masked] = encoder.parts(Opcode.Binary, copy(pattern(length)), { maskInPlace: true });
        return [
          read(role, encoder.binary(payload)),
          read(role, encoder.text(copy(TEXT))),
          read(role, target.subarray(2, end)),
          read(role, concat(header, body)),
          read(role, concat(maskedHeader, masked)),
          read(role, concat(...encoder.fragments(Opcode.Binary, payload, 1000))),
          encoder.mostBytes(payload),
          hex(payload),
        ];
      }),
    );
    expectSame((copy) => read(role, concat(encoder.ping(copy(pattern(9))), encoder.pong(copy(pattern(9))))));
  });

  test("a FrameBatch adds them, and passes them over where it is to take back its own", () => {
    expectSame((copy) => {
      const batch = new FrameBatch(new FrameEncoder({ role: "client", kernel }));
      for (const length of LENGTHS) batch.add(Opcode.Binary, copy(pattern(length)));
      batch.reclaim(copy(pattern(1)));
      return read("client", batch.take());
    });
  });

  test("a PreparedFrame is made of them", () => {
    expectSame((copy) =>
      LENGTHS.map((length) => {
        const prepared = new PreparedFrame(Opcode.Binary, copy(pattern(length)));
        return read("client", prepared.bytesFor(new FrameEncoder({ role: "client", kernel })));
      }),
    );
  });

  test("a Utf8Validator validates them, whole and cut inside characters", () => {
    for (const size of [1, 7, 100, TEXT.length]) {
      expectSame((copy) => {
        const validator = new Utf8Validator(kernel);
        for (let at = 0; at < TEXT.length; at += size)
          expect(validator.push(copy(TEXT.subarray(at, at + size)))).toBe(true);
        return [validator.complete, validator.push(copy(Uint8Array.of(0xff)))];
      });
    }
  });

  test.each([7, 100, 5000, 50_000])("a MessageDecoder and a FragmentDecoder take them, %i at a time", (size) => {
    const stream = concat(
      frame({ opcode: Opcode.Text, payload: TEXT, key: KEY }),
      frame({ opcode: Opcode.Text, payload: TEXT.subarray(0, 333), key: KEY, fin: false }),
      frame({ opcode: Opcode.Ping, payload: "?", key: KEY }),
      frame({ opcode: Opcode.Continuation, payload: TEXT.subarray(333), key: KEY }),
      frame({ opcode: Opcode.Binary, payload: pattern(40_000), key: KEY }),
      frame({ opcode: Opcode.Close, payload: concat(Uint8Array.of(0x03, 0xe8), ascii("bye")), key: KEY }),
    );
    expectSame((copy) => {
      const seen: unknown[] = [];
      const controls = {
        onPing: (payload: Uint8Array) => void seen.push(hex(payload)),
        onPong: () => {},
        onClose: (status: { code: number; reason: string }) => void seen.push([status.code, status.reason]),
      };
      const messages = new MessageDecoder({ role: "server", kernel });
      const fragments = new FragmentDecoder({ role: "server", kernel });
      for (let at = 0; at < stream.length; at += size) {
        messages.decode(copy(stream.subarray(at, at + size)), {
          ...controls,
          onMessage: (message) => void seen.push(message.type === "text" ? message.text() : hex(message.data)),
        });
        fragments.decode(copy(stream.subarray(at, at + size)), {
          ...controls,
          onFragment: ({ data }) => void seen.push(hex(data)),
        });
      }
      return seen;
    });
  });
});

test("mask, isValidUtf8 and parseHeader take them", () => {
  expectSame((copy) =>
    LENGTHS.map((length) => {
      const bytes = copy(pattern(length));
      return [mask(bytes, 0x04030201), hex(bytes), isValidUtf8(bytes), isValidUtf8(copy(ascii("x".repeat(length))))];
    }),
  );
  expectSame((copy) => parseHeader(copy(frame({ opcode: Opcode.Text, payload: pattern(300), key: KEY }))));
});

const KEY_FIELD = "dGhlIHNhbXBsZSBub25jZQ==";
const REQUEST = `GET /chat HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY_FIELD}\r\n\r\n`;

test("a HeadParser reads them, and the rest is a view of them", () => {
  expectSame((copy) => {
    const chunk = copy(ascii(`${REQUEST}frames`));
    const { head, rest } = new HeadParser("request").push(chunk)!;
    expect(rest.buffer).toBe(chunk.buffer);
    return [head, hex(rest)];
  });
});

test("a digest may be such", () => expectSame((copy) => acceptKey(KEY_FIELD, (bytes) => copy(sha1(bytes)))));

describe("a Connection", () => {
  test("receives them, and what it receives it sends on", () => {
    expectSame((copy) => {
      const server = new Endpoint("server");
      server.onNext = ({ opcode, data }) => void server.connection.send(opcode, data);
      for (const length of LENGTHS) {
        server.connection.receive(copy(frame({ opcode: Opcode.Binary, payload: pattern(length), key: KEY })));
      }
      server.connection.receive(copy(frame({ opcode: Opcode.Ping, payload: "?", key: KEY })));
      return [server.seen, framesSent(server)];
    });
  });

  test.each(["server", "client"] as const)("of a %s sends them", (role) => {
    expectSame((copy) => {
      const endpoint = new Endpoint(role);
      const { connection } = endpoint;
      for (const length of LENGTHS) connection.sendBinary(copy(pattern(length)));
      connection.send(Opcode.Text, copy(TEXT), { fin: false });
      connection.ping(copy(pattern(5)));
      connection.send(Opcode.Continuation, copy(TEXT));
      connection.sendPrepared(new PreparedMessage(Opcode.Text, copy(TEXT)));
      return framesSent(endpoint);
    });
  });

  test.each<[string, DeflateBackend]>([
    ["pako", pakoBackend],
    ["zlib", zlibBackend],
  ])("compresses them and decompresses them with %s", (_, backend) => {
    expectSame((copy) => {
      const extension = () => permessageDeflate({ backend, threshold: 0 });
      const client = new Endpoint(
        "client",
        {},
        new ClientOpening({ uri: "ws://a.example/", sha1, extension: extension() }),
      );
      const server = new Endpoint("server", {}, new ServerOpening({ sha1, extension: extension() }));
      converse(client, server);
      const prepared = new PreparedMessage(Opcode.Binary, copy(pattern(40_000)));
      const lengths: number[] = [];
      for (const [from, to] of [
        [client, server],
        [server, client],
      ]) {
        for (const length of LENGTHS) from.connection.sendBinary(copy(pattern(length)));
        from.connection.sendPrepared(prepared);
        const bytes = from.take();
        lengths.push(bytes.length);
        to.connection.receive(copy(bytes));
      }
      return [client.seen, server.seen, lengths];
    });
  });

  test("is sent a message in fragments of them", async () => {
    await expectSameLater(async (copy) => {
      const [server, client] = [new Endpoint("server"), new Endpoint("client")];
      await sendFrom(server.connection, Opcode.Binary, ["text, ", ...LENGTHS.map((length) => copy(pattern(length)))]);
      client.connection.receive(server.take());
      return client.seen;
    });
  });

  test("is not sent a message of them as the source, which would be numbers", async () => {
    const server = new Endpoint("server");
    const sent = sendFrom(server.connection, Opcode.Binary, wrong(foreign(pattern(5))));
    await expect(sent).rejects.toThrow("source must be an iterable of strings and Uint8Arrays, not a Uint8Array");
  });
});

test("shared memory is taken as our own is", () => {
  expectSame(
    (copy) => {
      const server = new Endpoint("server");
      for (const length of LENGTHS) {
        server.connection.receive(copy(frame({ opcode: Opcode.Binary, payload: pattern(length), key: KEY })));
        server.connection.sendBinary(copy(pattern(length)));
      }
      server.connection.receive(copy(frame({ opcode: Opcode.Text, payload: TEXT, key: KEY })));
      return [server.seen, framesSent(server)];
    },
    foreignShared,
    ownShared,
  );
});

test("an Inspector takes them", () => {
  const frames = concat(
    frame({ opcode: Opcode.Text, payload: TEXT, key: KEY }),
    frame({ opcode: Opcode.Ping, payload: "?" }),
  );
  for (const input of [frames, ascii(hex(frames))]) {
    expectSame((copy) => {
      const records: InspectionRecord[] = [];
      const inspector = new Inspector({ sha1 }, (record) => records.push(record));
      for (let at = 0; at < input.length; at += 1000) inspector.write(copy(input.subarray(at, at + 1000)));
      inspector.end();
      return records;
    });
  }
});

const CONVERSATION = concat(
  frame({ opcode: Opcode.Binary, payload: pattern(3000), key: KEY }),
  frame({ opcode: Opcode.Text, payload: TEXT, key: KEY }),
);

test("upgrade takes them behind the head of a request", async () => {
  const request = wrong<IncomingMessage>({
    method: "GET",
    httpVersion: "1.1",
    headersDistinct: {
      host: ["a.example"],
      upgrade: ["websocket"],
      connection: ["Upgrade"],
      "sec-websocket-key": [KEY_FIELD],
      "sec-websocket-version": ["13"],
    },
  });
  await expectSameLater(async (copy) => {
    const peer = new Socket();
    const seen: string[] = [];
    upgrade(request, peer.socket, copy(CONVERSATION), {
      handler: {
        onMessage: (message, connection) => {
          seen.push(hex(message.data));
          connection.sendBinary(copy(message.data));
        },
      },
    });
    await settled();
    peer.socket.emit("data", copy(CONVERSATION));
    await settled();
    peer.socket.destroy();
    return [seen, peer.out];
  });
});

describe("wsimd/streams", () => {
  test("accepts a connection on them, and goes on with them", async () => {
    await expectSameLater(async (copy) => {
      const peer = new Streams();
      const seen: string[] = [];
      const accepted = accept(peer.streams, { handler: { onMessage: ({ data }) => void seen.push(hex(data)) } });
      peer.give(copy(concat(ascii(REQUEST), CONVERSATION)));
      await accepted;
      peer.give(copy(CONVERSATION));
      await settled();
      return [seen, peer.out];
    });
  });

  test("connects on them", async () => {
    await expectSameLater(async (copy) => {
      const peer = new Streams();
      const seen: string[] = [];
      const handler = { onMessage: ({ data }: { data: Uint8Array }) => void seen.push(hex(data)) };
      const connected = connect("ws://a.example/", peer.streams, { handler });
      await settled();
      const key = /Sec-WebSocket-Key: (.*)\r/.exec(peer.out)![1];
      const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key, sha1)}\r\n\r\n`;
      peer.give(copy(concat(ascii(head), frame({ opcode: Opcode.Text, payload: TEXT }))));
      await connected;
      await settled();
      return seen;
    });
  });
});

// Jest's jsdom hides TextEncoder and TextDecoder until a test hands them on, which is after what it imports.
test.each(["index.ts", "web/streams.ts", "web/websocket.ts"])(
  "%s is imported where there is nothing to code text with yet",
  async (entry) => {
    const context = createContext({ crypto, performance, EventTarget, Event, AbortController });
    runInContext(await bundled(entry), context);
    Object.assign(context, { TextEncoder, TextDecoder });
    if (entry !== "index.ts") return;
    const theirs: typeof import("../src/index.ts") = runInContext("wsimd", context);
    const connection = new theirs.Connection({ role: "server" });
    connection.sendText("Grüße, ".repeat(20));
    connection.close(1000, "Ende");
    expect(read("server", connection.takeBytes()!)).toStrictEqual([
      `1 ${hex(ascii("Grüße, ".repeat(20)))}`,
      "8 03e8456e6465",
    ]);
  },
);

// As a test runner has it that gives each file globals of its own, and Node's modules, which know but one Buffer.
test("a wsimd that is itself in another realm takes our Buffers", async () => {
  const context = createContext({ TextEncoder, TextDecoder, crypto, performance, Buffer });
  const theirs: typeof import("../src/index.ts") = runInContext(`${await bundled("index.ts")}; wsimd`, context);
  const received: string[] = [];
  const connection = new theirs.Connection(
    { role: "server" },
    {
      onMessage: (message, to) => {
        received.push(message.type === "text" ? message.text() : hex(message.data));
        to.send(message.opcode, Buffer.from(message.data));
      },
    },
  );
  connection.receive(Buffer.from(CONVERSATION));
  expect(received).toStrictEqual([hex(pattern(3000)), new TextDecoder().decode(TEXT)]);
  expect(read("server", connection.takeBytes()!)).toStrictEqual([`2 ${hex(pattern(3000))}`, `1 ${hex(TEXT)}`]);
});

/** A script that makes `wsimd` of what an entry point exports. */
async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [resolve(import.meta.dirname, "../src", entry)],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "wsimd",
  });
  return outputFiles[0].text;
}
