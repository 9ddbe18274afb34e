// What comes compressed: split anywhere, cut into any fragments, limited as it comes out, and refused where it is broken.

import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { type Extension, FrameEncoder, type Message, MessageDecoder, Opcode, RetainedBudget } from "../../src/index.ts";
import { decodeChunks, expectEveryWay } from "../message/events.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex, KEY, peerKey } from "../wire.ts";
import { agree, decodeWhole, element, extensionFor, noise, onBothBackends, prose, Taken } from "./backends.ts";

/** As a peer with Node's zlib compresses and flushes, by reference to what came `before`. */
function flushed(message: Uint8Array, before: Uint8Array = new Uint8Array(0), level = 6): Uint8Array {
  const window = before.subarray(Math.max(0, before.length - 32_768));
  const options = { level, finishFlush: constants.Z_SYNC_FLUSH, ...(window.length > 0 ? { dictionary: window } : {}) };
  return Uint8Array.from(deflateRawSync(message, options));
}

/** A message of such a peer: without the last four bytes. */
function deflated(message: Uint8Array, before?: Uint8Array, level?: number): Uint8Array {
  const bytes = flushed(message, before, level);
  expect([...bytes.subarray(-4)]).toEqual([0, 0, 0xff, 0xff]);
  return bytes.subarray(0, -4);
}

/** A message of three bytes that came `distance` bytes ago: a block of fixed codes with one match (RFC 1951 §3.2.6). */
function match(distance: number): Uint8Array {
  let code = 0;
  const extra = () => Math.max(0, (code >> 1) - 1);
  const base = () => (code < 4 ? code : (2 + (code & 1)) << extra()) + 1;
  while (distance >= base() + 2 ** extra()) code++;
  const bits = [
    ..."010", // BFINAL 0, BTYPE 01, its low bit first
    ..."0000001", // a match of three
    ...code.toString(2).padStart(5, "0"),
    ...[...(distance - base()).toString(2).padStart(extra(), "0")].reverse().slice(0, extra()),
    ..."0000000", // the block's end
    ..."000", // BFINAL 0, BTYPE 00
  ].map(Number);
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [at, bit] of bits.entries()) bytes[at >> 3] |= bit << (at & 7);
  return bytes;
}

/** One message in fragments of these payloads, with a ping after each but the last. */
function fragmented(opcode: number, payloads: readonly Uint8Array[], key: readonly number[] | undefined): Uint8Array {
  return concat(
    ...payloads.flatMap((payload, n) => {
      const fin = n === payloads.length - 1;
      const fragment = frame({ opcode: n === 0 ? opcode : 0, rsv: n === 0 ? 4 : 0, fin, payload, key });
      return fin ? [fragment] : [fragment, frame({ opcode: 0x9, payload: `${n}`, key })];
    }),
  );
}

const TEXT = "다람쥐 헌 쳇바퀴에 타고파, 다람쥐 헌 쳇바퀴에 타고파. 🌍🌍";
const utf8 = (text: string) => new TextEncoder().encode(text);

onBothBackends((backend) => {
  onBothKernels((kernel) => {
    describe.each(["client", "server"] as const)("as a %s", (role) => {
      const key = peerKey(role);
      const options = {
        role,
        get extension() {
          return extensionFor(backend, role);
        },
      };

      test("messages split at every byte, with others that are not compressed between them", () => {
        const stream = concat(
          frame({ opcode: 0x1, rsv: 4, payload: deflated(utf8(TEXT)), key }),
          frame({ opcode: 0x1, payload: "plain", key }),
          frame({ opcode: 0x1, fin: false, payload: "pl", key }),
          frame({ opcode: 0x9, key }),
          frame({ opcode: 0x0, payload: "ain", key }),
          frame({ opcode: 0x2, rsv: 4, payload: deflated(hex("ff fe 00"), utf8(TEXT)), key }),
        );
        expectEveryWay(kernel, options, stream, {
          events: [`text ${TEXT}`, "text plain", "ping ", "text plain", "binary fffe00"],
        });
      });

      test("a message in fragments of a byte, and of none, with pings between", () => {
        const bytes = deflated(utf8(TEXT));
        const payloads = [...bytes].flatMap((byte) => [Uint8Array.of(byte), new Uint8Array(0)]);
        const pings = payloads.slice(1).map((_, n) => `ping ${Buffer.from(`${n}`).toString("hex")}`);
        const splits = [1, 2, 3, 7, 100];
        const stream = fragmented(0x1, payloads, key);
        expectEveryWay(kernel, options, stream, { events: [...pings, `text ${TEXT}`] }, splits);
      });

      test("text is validated as it comes out, at once and over fragments", () => {
        const good = deflated(utf8("a"));
        const begun = frame({ opcode: 0x1, rsv: 4, fin: false, payload: flushed(utf8("a\u{1f30d}".repeat(9))), key });
        const header = role === "server" ? 6 : 2;
        const bad = frame({ opcode: 0x0, fin: false, payload: flushed(hex("41 ed a0 80")), key });
        // The rest of the message does not come: nothing may wait for it.
        expectEveryWay(kernel, options, concat(begun, bad), {
          events: [],
          error: { code: "INVALID_UTF8", offset: begun.length + header },
        });
        const cut = frame({ opcode: 0x1, rsv: 4, payload: deflated(hex("41 e3 81")), key });
        const before = frame({ opcode: 0x1, rsv: 4, payload: good, key });
        expectEveryWay(kernel, options, concat(before, cut), {
          events: ["text a"],
          error: { code: "INVALID_UTF8", offset: before.length + header },
        });
        const binary = frame({ opcode: 0x2, rsv: 4, payload: deflated(hex("41 e3 81")), key });
        expectEveryWay(kernel, options, binary, { events: ["binary 41e381"] });
      });

      test.each([
        ["nothing at all, not even 0x00", ""],
        ["a block type that there is none of", "07"],
        ["a stored block whose lengths differ", "00 05 00 00 00 01"],
        ["a distance before the first byte", "f2 00 11 00 00"],
        ["a message that ends in a block", "f2 48 cd"],
        ["a last block that ends with the bytes that are left out", "f3 48 cd c9 c9 07"],
      ])("%s is INVALID_COMPRESSED_DATA", (_, payload) => {
        const good = frame({ opcode: 0x2, payload: "x", key });
        const bad = frame({ opcode: 0x2, rsv: 4, payload: payload === "" ? "" : hex(payload), key });
        expectEveryWay(kernel, options, concat(good, bad), {
          events: ["binary 78"],
          error: { code: "INVALID_COMPRESSED_DATA", offset: good.length + (role === "server" ? 6 : 2) },
        });
      });

      test("a message within the limit by what comes out, and one byte past it", () => {
        const limited = {
          role,
          maxMessageLength: 1000,
          get extension() {
            return extensionFor(backend, role);
          },
        };
        const zeros = (count: number) => frame({ opcode: 0x2, rsv: 4, payload: deflated(new Uint8Array(count)), key });
        const good = zeros(1000);
        const events = [`binary ${"00".repeat(1000)}`];
        expectEveryWay(kernel, limited, concat(good, zeros(1001)), {
          events,
          error: { code: "MESSAGE_TOO_LONG", offset: good.length + (role === "server" ? 6 : 2) },
        });
        // Compressed, these bytes are more than the limit.
        const incompressible = noise(1000);
        const payload = deflated(incompressible, undefined, 9);
        expect(payload.length).toBeGreaterThan(1000);
        expectEveryWay(
          kernel,
          limited,
          frame({ opcode: 0x2, rsv: 4, payload, key }),
          { events: [`binary ${Buffer.from(incompressible).toString("hex")}`] },
          [1, 500, 1009],
        );
      });
    });

    test("a long message in short chunks, of which none tells how much is to come out", () => {
      const message = concat(prose(300_000), new Uint8Array(300_000), noise(100_000));
      const stream = frame({ opcode: 0x2, rsv: 4, payload: deflated(message), key: KEY });
      for (const size of [100, 4096, 50_000]) {
        const decoder = new MessageDecoder({ role: "server", kernel, extension: extensionFor(backend, "server") });
        let read: Uint8Array | undefined;
        const handler = { onMessage: ({ data }: Message) => (read = data), onPing() {}, onPong() {}, onClose() {} };
        for (let at = 0; at < stream.length; at += size) decoder.decode(stream.slice(at, at + size), handler);
        expect(Buffer.compare(read!, message)).toBe(0);
      }
    });

    test("limits on retained memory and on fragments are for such messages, too", () => {
      const payload = deflated(prose(50_000));
      const begun = frame({ opcode: 0x1, rsv: 4, fin: false, payload, key: KEY });
      const extension = extensionFor(backend, "server");
      const budget = new RetainedBudget(40_000);
      const decoder = new MessageDecoder({ role: "server", kernel, extension, budget });
      expect(decodeChunks(decoder, [begun.slice()]).error).toMatchObject({ code: "RETAINED_LIMIT", offset: 8 });
      expect([budget.used, decoder.retained]).toEqual([0, 0]);
      const few = new MessageDecoder({
        role: "server",
        kernel,
        extension: extensionFor(backend, "server"),
        maxFragments: 2,
      });
      const empty = frame({ opcode: 0x0, fin: false, key: KEY });
      const { error } = decodeChunks(few, [begun.slice(), empty.slice(), empty.slice()]);
      expect(error).toMatchObject({ code: "TOO_MANY_FRAGMENTS", offset: begun.length + 6 + 6 });
    });
  });

  test("a peer's messages with context takeover, in any sizes, pieces and levels (property)", () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc.tuple(fc.nat(200_000), fc.nat(1000)).map(([length, seed]) => prose(length, seed)),
      fc.tuple(fc.nat(60_000), fc.nat(255)).map(([length, byte]) => new Uint8Array(length).fill(byte)),
      fc.tuple(fc.nat(40_000), fc.nat(1000)).map(([length, seed]) => noise(length, seed)),
    );
    const messages = fc.array(
      fc.record({ message: piece, size: fc.integer({ min: 1, max: 5000 }), level: fc.nat(9) }),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(messages, fc.boolean(), (all, released) => {
        const extension = extensionFor(backend, "server");
        let before = new Uint8Array(0);
        for (const { message, size, level } of all) {
          const decoded = decodeWhole(extension, deflated(message, before, level), size);
          expect(Buffer.compare(decoded, message)).toBe(0);
          before = concat(before, message) as Uint8Array<ArrayBuffer>;
          // The context is made again from what came.
          if (released) extension.release();
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each([8, 9, 12, 15])("windows of %d bits: what came so long ago can still be referred to", (bits) => {
    const { server, answer } = agree(backend, { clientMaxWindowBits: bits });
    if (bits < 15) expect(answer).toContain(`client_max_window_bits=${bits}`);
    const size = 2 ** bits;
    const text = noise(size, 7);
    expect(decodeWhole(server, deflated(text))).toEqual(text);
    expect(decodeWhole(server, match(size))).toEqual(text.subarray(0, 3));
    server.release();
    expect(decodeWhole(server, match(size))).toEqual(text.subarray(3, 6));
    // There is no code for a larger distance than 2^15.
    if (bits < 15) expect(server.decode(match(size + 1), true, new Taken())).toBe(false);
  });

  test.each(["client", "server"] as const)(
    "a %s has the window of 32 768 bytes where nothing was agreed on",
    (role) => {
      const extension = extensionFor(backend, role);
      const text = noise(32_768, 7);
      expect(decodeWhole(extension, deflated(text))).toEqual(text);
      expect(decodeWhole(extension, match(32_768))).toEqual(text.subarray(0, 3));
    },
  );

  describe("blocks with BFINAL set", () => {
    const final = (message: Uint8Array) => Uint8Array.from(deflateRawSync(message));

    test("several in one message, each with what follows it", () => {
      const extension = extensionFor(backend, "client");
      const parts = [prose(3000), prose(10), new Uint8Array(0), prose(40_000, 9)];
      const message = concat(...parts.map(final), deflated(utf8("end")));
      for (const size of [1, 7, 1000, message.length]) {
        expect(decodeWhole(extension, message, size)).toEqual(concat(...parts, utf8("end")));
      }
    });

    test("one that ends its message without the octet after it", () => {
      const extension = extensionFor(backend, "client");
      expect(decodeWhole(extension, final(utf8("Hello")))).toEqual(utf8("Hello"));
      expect(decodeWhole(extension, deflated(utf8("next")))).toEqual(utf8("next"));
      expect(decodeWhole(extension, deflated(utf8("Hello next"), utf8("Hellonext")))).toEqual(utf8("Hello next"));
    });

    test("and references over it, also without context takeover", () => {
      const { server } = agree(backend, { clientNoContextTakeover: true });
      expect(decodeWhole(server, concat(final(utf8("Hello")), match(5)))).toEqual(utf8("HelloHel"));
    });
  });

  test("without context takeover a message cannot refer to the one before", () => {
    const { server } = agree(backend, { clientNoContextTakeover: true });
    expect(decodeWhole(server, hex("f2 48 cd c9 c9 07 00"))).toEqual(utf8("Hello"));
    expect(server.decode(hex("f2 00 11 00 00"), true, new Taken())).toBe(false);
  });

  test("one connection's fault is none of another's", () => {
    const negotiable = permessageDeflate({ backend });
    const connect = () => negotiable.answer([element("permessage-deflate; client_no_context_takeover")])!.extension;
    const faults: ((extension: Extension) => void)[] = [
      (extension) =>
        expect(() => extension.decode(deflated(new Uint8Array(100_000)), true, new Taken(10))).toThrow("too much"),
      (extension) => expect(extension.decode(hex("07"), true, new Taken())).toBe(false),
      (extension) => expect(extension.decode(hex("f3 48 cd c9 c9 07"), true, new Taken())).toBe(false),
      (extension) => expect(extension.decode(deflated(prose(5000)).subarray(0, 500), false, new Taken())).toBe(true),
    ];
    for (const fault of faults) {
      const faulty = connect();
      fault(faulty);
      faulty.release();
      for (const text of [prose(5000), prose(2, 3)]) expect(decodeWhole(connect(), deflated(text))).toEqual(text);
    }
  });

  test("two messages in progress at a time, of two connections that share their contexts", () => {
    const { server: a } = agree(backend, { clientNoContextTakeover: true });
    const { server: b } = agree(backend, { clientNoContextTakeover: true });
    const [first, second] = [prose(3000, 1), prose(3000, 500)];
    const taken = [new Taken(), new Taken()];
    const payloads = [deflated(first), deflated(second)];
    const half = payloads.map(({ length }) => length >> 1);
    for (const part of [0, 1]) {
      for (const [n, extension] of [a, b].entries()) {
        const piece = part === 0 ? payloads[n].subarray(0, half[n]) : payloads[n].subarray(half[n]);
        expect(extension.decode(piece, part === 1, taken[n])).toBe(true);
        extension.release();
      }
    }
    expect(taken[0].bytes).toEqual(first);
    expect(taken[1].bytes).toEqual(second);
  });

  describe("while a piece is handed out, others of the same backend", () => {
    /** Takes each piece as it is once `during` has run. */
    const takenAfter = (extension: Extension, payload: Uint8Array, during: (piece: Uint8Array) => void) => {
      const taken = new Taken();
      const take = (piece: Uint8Array) => {
        during(piece);
        taken.take(piece);
      };
      expect(extension.decode(payload, true, { room: 2 ** 20, take })).toBe(true);
      return taken.bytes;
    };
    const message = noise(60_000, 5);

    test("may compress and decompress, and more within", () => {
      const negotiable = permessageDeflate({ backend });
      const connect = () => negotiable.answer([element("permessage-deflate")])!.extension;
      const [a, b, c] = [connect(), connect(), connect()];
      const [other, third] = [prose(4000), noise(2000, 9)];
      for (const before of [new Uint8Array(0), message]) {
        const bytes = takenAfter(a, deflated(message, before), () => {
          const short = decodeWhole(connect(), connect().encode(prose(3000), true).payload);
          expect(Buffer.compare(short, prose(3000))).toBe(0);
          const within = takenAfter(b, deflated(other), () => {
            expect(Buffer.compare(decodeWhole(c, deflated(third)), third)).toBe(0);
          });
          expect(Buffer.compare(within, other)).toBe(0);
        });
        expect(Buffer.compare(bytes, message)).toBe(0);
      }
    });

    test("may change it: the window is as it came", () => {
      const { server } = agree(backend);
      takenAfter(server, deflated(message), (piece) => piece.fill(0));
      server.release();
      expect(decodeWhole(server, match(32_768))).toEqual(message.subarray(60_000 - 32_768, 60_000 - 32_765));
      expect(decodeWhole(server, match(100))).toEqual(message.subarray(60_000 - 97, 60_000 - 94));
    });
  });

  test("a decoder without the extension refuses what is compressed; an encoder's frames are read by one with it", () => {
    const { server, client } = agree(backend, { threshold: 0 });
    const encoder = new FrameEncoder({ role: "client" });
    const { payload, rsv } = client.encode(utf8(TEXT), true);
    const bytes = encoder.encode(Opcode.Text, payload, { rsv });
    const refused = decodeChunks(new MessageDecoder({ role: "server" }), [bytes.slice()]);
    expect(refused.error).toMatchObject({ code: "RESERVED_BITS", offset: 0 });
    const read = decodeChunks(new MessageDecoder({ role: "server", extension: server }), [bytes]);
    expect(read.events).toEqual([`text ${TEXT}`]);
  });
});
