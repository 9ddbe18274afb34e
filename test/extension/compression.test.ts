// What leaves compressed: read by Node's zlib, and by ourselves.

import { constants, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Context, type DeflateBackend, permessageDeflate } from "../../src/extension/index.ts";
import { type Extension, FragmentDecoder, type FragmentHandler } from "../../src/index.ts";
import { concat, frame, hex, KEY, pattern } from "../wire.ts";
import { agree, decodeWhole, element, extensionFor, noise, onBothBackends, prose } from "./backends.ts";

const TAIL = hex("00 00 ff ff");

/** All that a peer with Node's zlib makes of payloads that came one after the other. */
function inflated(...payloads: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(inflateRawSync(concat(...payloads), { finishFlush: constants.Z_SYNC_FLUSH }));
}

/** The context, which does this as well when it is closed. */
function closing<C extends Context>(context: C, closed: () => void): C {
  const close = context.close.bind(context);
  context.close = () => {
    closed();
    close();
  };
  return context;
}

/** A backend that counts the contexts that are open. */
function counting(backend: DeflateBackend) {
  const open = { inflaters: 0, deflaters: 0 };
  const counted: DeflateBackend = {
    name: backend.name,
    createInflater(windowBits) {
      open.inflaters++;
      const inflater = backend.createInflater(windowBits);
      return closing(inflater, () => open.inflaters--);
    },
    createDeflater(windowBits, level, memoryLevel) {
      open.deflaters++;
      const deflater = backend.createDeflater(windowBits, level, memoryLevel);
      return closing(deflater, () => open.deflaters--);
    },
  };
  return { open, counted };
}

function handler(onFragment: () => void = () => {}): FragmentHandler {
  return { onFragment, onPing() {}, onPong() {}, onClose() {} };
}

onBothBackends((backend) => {
  test("messages of any size, whole and in fragments, are what Node's zlib reads (property)", () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc.tuple(fc.nat(200_000), fc.nat(1000)).map(([length, seed]) => prose(length, seed)),
      fc.nat(40_000).map((length) => new Uint8Array(length)),
      fc.nat(40_000).map((length) => noise(length)),
    );
    const messages = fc.array(fc.array(content, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 });
    const options = fc.record({
      clientNoContextTakeover: fc.boolean(),
      clientMaxWindowBits: fc.integer({ min: 9, max: 15 }),
      level: fc.integer({ min: 0, max: 9 }),
      memoryLevel: fc.integer({ min: 1, max: 9 }),
      threshold: fc.constantFrom(0, 20),
    });
    fc.assert(
      fc.property(messages, options, fc.boolean(), (all, chosen, dropped) => {
        const { client, server } = agree(backend, chosen);
        let stream = new Uint8Array(0);
        for (const fragments of all) {
          const encoded = fragments.map((fragment, n) => client.encode(fragment, n === fragments.length - 1));
          const message = concat(...fragments);
          const payload = concat(...encoded.map((one) => one.payload));
          expect(encoded.slice(1).every(({ rsv }) => rsv === 0)).toBe(true);
          if (encoded[0].rsv === 0) {
            expect(fragments).toHaveLength(1);
            expect(encoded[0].payload).toBe(fragments[0]);
            continue;
          }
          expect(payload.length).toBeLessThanOrEqual(client.longestEncoding(message.length));
          if (chosen.clientNoContextTakeover) {
            expect(Buffer.compare(inflated(payload, TAIL), message)).toBe(0);
          } else {
            const read = inflated(stream, payload, TAIL);
            stream = concat(stream, payload, TAIL) as Uint8Array<ArrayBuffer>;
            expect(Buffer.compare(read.subarray(read.length - message.length), message)).toBe(0);
          }
          expect(Buffer.compare(decodeWhole(server, payload, 3000), message)).toBe(0);
          if (dropped) client.dropEncoder();
        }
      }),
      { numRuns: 60 },
    );
  });

  test("the caller's bytes are not changed, and what was returned stands", () => {
    const { client, server } = agree(backend, { threshold: 0 });
    const messages = [prose(30_000), prose(500, 3), noise(100)];
    const copies = messages.map((message) => message.slice());
    const payloads = messages.map((message) => client.encode(message, true).payload);
    const standing = payloads.map((payload) => payload.slice());
    client.encode(prose(50_000, 9), true);
    expect(messages).toEqual(copies);
    expect(payloads).toEqual(standing);
    expect(payloads.map((payload) => decodeWhole(server, payload))).toEqual(copies);
  });

  test.each<[name: string, value: unknown]>([
    ["undefined", undefined],
    ["an ArrayBuffer", new ArrayBuffer(2000)],
    ["a Uint16Array", new Uint16Array(2000)],
    ["a string", "x".repeat(2000)],
  ])("%s as a payload is a TypeError, and changes nothing", (_, value) => {
    const { client, server } = agree(backend, { threshold: 0 });
    const payload = value as Uint8Array;
    for (const fin of [true, false]) expect(() => client.encode(payload, fin)).toThrow(TypeError);
    expect(() => client.encode(payload, true)).toThrow("payload must be a Uint8Array");
    expect(() => client.prepare(payload)).toThrow("payload must be a Uint8Array");
    expect(decodeWhole(server, client.encode(prose(2000), true).payload)).toEqual(prose(2000));
  });

  describe("the threshold", () => {
    const long = prose(1024);

    test("is 1024 bytes by default: shorter messages stay as they are, and in no context", () => {
      const extension = extensionFor(backend, "client");
      expect(extension.threshold).toBe(1024);
      const short = prose(1023);
      expect(extension.encode(short, true)).toEqual({ payload: short, rsv: 0 });
      expect(extension.encode(short, true).payload).toBe(short);
      const { payload, rsv } = extension.encode(long, true);
      expect(rsv).toBe(4);
      expect(payload.length).toBeLessThan(600);
      expect(inflated(payload, TAIL)).toEqual(long);
    });

    test("is not for a message in fragments, of which more is to come", () => {
      const extension = extensionFor(backend, "client");
      const first = extension.encode(prose(10), false);
      const last = extension.encode(prose(10, 1), true);
      expect([first.rsv, last.rsv]).toEqual([4, 0]);
      expect(inflated(first.payload, last.payload, TAIL)).toEqual(concat(prose(10), prose(10, 1)));
    });

    test("0 leaves only empty messages as they are", () => {
      const extension = extensionFor(backend, "client", { threshold: 0 });
      expect(extension.encode(new Uint8Array(0), true)).toEqual({ payload: new Uint8Array(0), rsv: 0 });
      expect(extension.encode(pattern(1), true).rsv).toBe(4);
    });
  });

  test("what does not get shorter stays as it is, where no later message can refer to it", () => {
    const incompressible = noise(5000);
    const alone = extensionFor(backend, "client", { clientNoContextTakeover: true });
    expect(alone.encode(incompressible, true)).toEqual({ payload: incompressible, rsv: 0 });
    const taking = extensionFor(backend, "client");
    expect(taking.encode(incompressible, true).rsv).toBe(4);
    expect(taking.encode(incompressible, true).payload.length).toBeLessThan(100);
  });

  test("level and memory level make a difference", () => {
    const message = prose(100_000);
    const sizeWith = (options: { level?: number; memoryLevel?: number }) =>
      extensionFor(backend, "client", options).encode(message, true).payload.length;
    expect(sizeWith({ level: 0 })).toBeGreaterThan(message.length);
    expect(sizeWith({ level: 9 })).toBeLessThan(sizeWith({ level: 1 }));
    expect(sizeWith({ memoryLevel: 1 })).not.toBe(sizeWith({ memoryLevel: 9 }));
  });

  describe("a prepared message", () => {
    const read = (to: Extension, { payload, rsv }: { payload: Uint8Array; rsv: number }) =>
      rsv === 0 ? payload : decodeWhole(to, payload);

    test("is read by every connection that says the same, in the middle of what else it sends", () => {
      const messages = [prose(3000), prose(3000, 5)];
      const prepared = prose(4000, 2);
      const sender = permessageDeflate({ backend });
      const pairs = [{}, { serverNoContextTakeover: true }].map((options) => {
        const receiver = permessageDeflate({ backend, ...options });
        const answered = sender.answer(receiver.offers());
        const accepted = answered && receiver.accept(answered.answer);
        if (!accepted?.ok) return expect.unreachable();
        return [answered!.extension, accepted.extension] as const;
      });
      const encoded = pairs[0][0].prepare(prepared);
      expect(encoded.rsv).toBe(4);
      for (const [from, to] of pairs) {
        expect(from.preparation).toBe(pairs[0][0].preparation);
        expect(read(to, from.encode(messages[0], true))).toEqual(messages[0]);
        expect(read(to, encoded)).toEqual(prepared);
        from.dropEncoder();
        for (const message of [...messages, ...messages]) expect(read(to, from.encode(message, true))).toEqual(message);
      }
    });

    test("says for which window it is", () => {
      const server = permessageDeflate({ backend });
      const preparations = [9, 10, 15].map(
        (bits) => server.answer([element(`permessage-deflate; server_max_window_bits=${bits}`)])?.extension.preparation,
      );
      expect(new Set(preparations).size).toBe(3);
    });

    test("that is short, or does not get shorter, stays as it is", () => {
      const extension = extensionFor(backend, "server");
      for (const message of [prose(1023), noise(4000)]) {
        expect(extension.prepare(message)).toEqual({ payload: message, rsv: 0 });
      }
    });
  });

  describe("contexts", () => {
    test("are not held without takeover, and shared by all connections", () => {
      const { open, counted } = counting(backend);
      const server = permessageDeflate({
        backend: counted,
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
      });
      const ends = Array.from({ length: 20 }, () => server.answer([element("permessage-deflate")])!.extension);
      for (const end of ends) {
        const { payload } = end.encode(prose(2000), true);
        expect(decodeWhole(end, payload)).toEqual(prose(2000));
      }
      expect(open).toEqual({ inflaters: 1, deflaters: 1 });
    });

    test("are dropped on request, and made again when they are needed", () => {
      const { open, counted } = counting(backend);
      const { server } = agree(counted, { threshold: 0 });
      const negotiable = permessageDeflate({ backend: counted, threshold: 0 });
      const ends = Array.from({ length: 20 }, () => negotiable.answer([element("permessage-deflate")])!.extension);
      const sent = prose(2000);
      for (const round of [1, 2, 3]) {
        for (const end of ends) expect(inflated(end.encode(sent, true).payload, TAIL)).toEqual(sent);
        // The peer has a context of its own all along, and refers to all that it has sent.
        const { payload } = server.encode(prose(2000, round), true);
        for (const end of ends) expect(decodeWhole(end, payload)).toEqual(prose(2000, round));
        expect(open.deflaters).toBeGreaterThanOrEqual(20);
        expect(open.inflaters).toBeGreaterThanOrEqual(20);
        for (const end of ends) end.release();
        // One spare, and the peer's.
        expect(open).toEqual({ inflaters: 1, deflaters: 2 });
      }
    });

    test.each<[how: string, end: (decoder: FragmentDecoder) => void, within: boolean]>([
      ["discarded between two pieces", (decoder) => decoder.discard(), false],
      ["discarded by its handler", (decoder) => decoder.discard(), true],
      ["stopped by a violation", (decoder) => expect(() => decoder.decode(hex("ff 80"), handler())).toThrow(), false],
    ])("are not left behind where a decoder is %s in the middle of a message", (_, end, within) => {
      const { open, counted } = counting(backend);
      const negotiable = permessageDeflate({ backend: counted, threshold: 0 });
      const { client } = agree(backend, { threshold: 0 });
      const { payload, rsv } = client.encode(prose(2000), false);
      for (let n = 0; n < 20; n++) {
        const extension = negotiable.answer([element("permessage-deflate")])!.extension;
        const decoder = new FragmentDecoder({ role: "server", extension });
        const giveUp = () => {
          end(decoder);
          extension.release();
        };
        decoder.decode(frame({ opcode: 2, fin: false, rsv, payload, key: KEY }), handler(within ? giveUp : () => {}));
        if (!within) giveUp();
      }
      expect(open.inflaters).toBe(1);
    });

    test("are not dropped in the middle of a message that comes", () => {
      const { client, server } = agree(backend, { threshold: 0 });
      const { payload } = client.encode(prose(2000), true);
      const pieces: Uint8Array[] = [];
      const sink = { room: 10_000, take: (piece: Uint8Array) => void pieces.push(piece.slice()) };
      for (let at = 0; at < payload.length; at++) {
        server.release();
        expect(server.decode(payload.subarray(at, at + 1), at === payload.length - 1, sink)).toBe(true);
      }
      expect(concat(...pieces)).toEqual(prose(2000));
    });
  });
});

describe("options", () => {
  const wrong = <T>(value: unknown) => value as T;
  const backend: DeflateBackend = {
    name: "none",
    createInflater: () => expect.unreachable(),
    createDeflater: () => expect.unreachable(),
  };

  test.each<[name: string, error: typeof TypeError | typeof RangeError, options: object | undefined]>([
    ["backend", TypeError, undefined],
    ["backend", TypeError, {}],
    ["backend", TypeError, { backend: "pako" }],
    ["backend", TypeError, { backend: { name: "x", createInflater() {} } }],
    ["serverNoContextTakeover", TypeError, { backend, serverNoContextTakeover: 1 }],
    ["clientNoContextTakeover", TypeError, { backend, clientNoContextTakeover: "no" }],
    ["serverMaxWindowBits", RangeError, { backend, serverMaxWindowBits: 7 }],
    ["serverMaxWindowBits", RangeError, { backend, serverMaxWindowBits: 16 }],
    ["clientMaxWindowBits", RangeError, { backend, clientMaxWindowBits: true }],
    ["threshold", RangeError, { backend, threshold: -1 }],
    ["level", RangeError, { backend, level: 10 }],
    ["level", RangeError, { backend, level: "6" }],
    ["memoryLevel", RangeError, { backend, memoryLevel: 0 }],
  ])("%s is a %O for %j", (name, error, options) => {
    expect(() => permessageDeflate(wrong(options))).toThrow(error);
    expect(() => permessageDeflate(wrong(options))).toThrow(new RegExp(`^${name}`));
  });
});
