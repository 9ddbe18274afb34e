// Faults that were published against other implementations and concern compression: each has a test of its own. RSV1 on a
// ping or a continuation is in test/message/known-faults.test.ts.

import { constants, deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { MessageDecoder, RetainedBudget } from "../../src/index.ts";
import { decodeChunks } from "../message/events.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex, KEY } from "../wire.ts";
import { agree, countingRestarts, decodeWhole, element, extensionFor, onBothBackends, Taken } from "./backends.ts";

const KIB = 1024;
const LIMIT = 64 * KIB;

/** `length` zeros, compressed: about a thousandth of it. */
function bomb(length: number): Uint8Array {
  return Uint8Array.from(deflateRawSync(new Uint8Array(length), { level: 9, finishFlush: constants.Z_SYNC_FLUSH }));
}

/** 256 MiB of zeros. Whoever makes them shows in the memory of the process, however much else there is. */
const MANY_BOMBS = concat(...Array.from({ length: 256 }, () => bomb(KIB * KIB)));

onBothBackends((backend) => {
  describe("an inflate bomb (CVE-2026-1526), the limit counting what comes out (CVE-2026-54490)", () => {
    // What is made in vain: nothing with pako, which stops at a byte; the most that 64 bytes can give with zlib.
    const vain = backend.name === "pako" ? 1 : 64 * 1032;

    test("stops within the limit and one piece", () => {
      for (const size of [1, 100, 2 ** 20]) {
        const taken = new Taken(LIMIT);
        const extension = extensionFor(backend, "server");
        expect(() => {
          const bytes = bomb(KIB * KIB);
          for (let at = 0; at < bytes.length; at += size) extension.decode(bytes.slice(at, at + size), false, taken);
        }).toThrow("too much");
        expect(taken.length).toBeGreaterThan(LIMIT);
        expect(taken.length).toBeLessThanOrEqual(LIMIT + vain);
      }
    });

    test("under a large limit, or none, is made in pieces: another limit can stop it", () => {
      const before = process.memoryUsage.rss();
      let made = 0;
      const sink = {
        room: 2 ** 30,
        take() {
          made = process.memoryUsage.rss() - before;
          throw new RangeError("too much");
        },
      };
      expect(() => extensionFor(backend, "server").decode(MANY_BOMBS, true, sink)).toThrow("too much");
      expect(made).toBeLessThan(64 * KIB * KIB);
    });

    onBothKernels((kernel) => {
      test.each([
        ["1 MiB", bomb(KIB * KIB)],
        ["256 MiB", MANY_BOMBS],
      ])("of %s costs a decoder no more memory than that", (_, payload) => {
        const budget = new RetainedBudget(2 * LIMIT);
        const options = { role: "server", kernel, maxMessageLength: LIMIT, maxFrameLength: 2 ** 24, budget } as const;
        const decoder = new MessageDecoder({ ...options, extension: extensionFor(backend, "server") });
        const chunk = frame({ opcode: 0x2, rsv: 4, payload, key: KEY });
        const before = process.memoryUsage.rss();
        const { events, error } = decodeChunks(decoder, [chunk]);
        expect(process.memoryUsage.rss() - before).toBeLessThan(64 * KIB * KIB);
        expect(events).toEqual([]);
        expect(error).toMatchObject({ code: "MESSAGE_TOO_LONG", closeCode: 1009 });
        expect([budget.used, decoder.retained]).toEqual([0, 0]);
      });

      test("in small messages is no bomb, and the memory does not add up", () => {
        const budget = new RetainedBudget(2 * LIMIT);
        const extension = extensionFor(backend, "server");
        const decoder = new MessageDecoder({ role: "server", kernel, extension, maxMessageLength: LIMIT, budget });
        const message = frame({ opcode: 0x2, rsv: 4, payload: bomb(LIMIT).slice(0, -4), key: KEY });
        let count = 0;
        const handler = { onMessage: () => count++, onPing() {}, onPong() {}, onClose() {} };
        for (let n = 0; n < 50; n++) decoder.decode(message.slice(), handler);
        expect([count, budget.used]).toEqual([50, 0]);
      });

      test("spread over fragments is counted as a whole", () => {
        const extension = extensionFor(backend, "server");
        const decoder = new MessageDecoder({ role: "server", kernel, extension, maxMessageLength: LIMIT });
        const part = bomb(LIMIT / 2);
        const first = frame({ opcode: 0x2, rsv: 4, fin: false, payload: part, key: KEY });
        const next = frame({ opcode: 0x0, fin: false, payload: part, key: KEY });
        const { error } = decodeChunks(decoder, [first, next.slice(), next.slice()]);
        expect(error).toMatchObject({ code: "MESSAGE_TOO_LONG", offset: first.length + next.length + 6 });
      });

      // CVE-2026-12151, CVE-2026-48779.
      test("tiny fragments of a compressed message are bounded in number", () => {
        const extension = extensionFor(backend, "server");
        const decoder = new MessageDecoder({ role: "server", kernel, extension, maxFragments: 1000 });
        const first = frame({ opcode: 0x2, rsv: 4, fin: false, payload: bomb(1), key: KEY });
        const empty = frame({ opcode: 0x0, fin: false, key: KEY });
        const { error } = decodeChunks(decoder, [first, concat(...Array.from({ length: 1000 }, () => empty))]);
        expect(error).toMatchObject({ code: "TOO_MANY_FRAGMENTS", closeCode: 1008 });
        expect(decoder.retained).toBe(0);
      });
    });
  });

  describe("window bits out of range (CVE-2026-2229)", () => {
    test.each(["0", "7", "16", "-1", "1000", "99999999999999999999", "", "8.5", "0x9", "９"])(
      "%j fails the handshake, and nothing is thrown",
      (value) => {
        const client = permessageDeflate({ backend });
        for (const name of ["server_max_window_bits", "client_max_window_bits"]) {
          const answered = client.accept({ token: "permessage-deflate", parameters: [[name, value]] });
          expect(answered).toMatchObject({ ok: false, reason: expect.stringContaining(name) });
          const server = permessageDeflate({ backend });
          expect(server.answer([{ token: "permessage-deflate", parameters: [[name, value]] }])).toBeUndefined();
        }
      },
    );
  });

  describe("a message after a block with BFINAL set", () => {
    test.each([[{}], [{ clientNoContextTakeover: true }]])("is not delivered empty (%j)", (options) => {
      const { server } = agree(backend, options);
      for (let n = 0; n < 3; n++) {
        const final = Uint8Array.from(deflateRawSync(`final ${n}`));
        const message = concat(final, hex("00"));
        expect(Buffer.from(decodeWhole(server, message)).toString()).toBe(`final ${n}`);
        expect(Buffer.from(decodeWhole(server, hex("f2 48 cd c9 c9 07 00"))).toString()).toBe("Hello");
      }
    });
  });

  describe("blocks with BFINAL set, each of which costs the next a reset and the window anew", () => {
    const EMPTY = hex("03 00");
    const repeated = (block: Uint8Array, count: number) => concat(...Array.from({ length: count }, () => block));
    /** One without compression, of `length` bytes with its header. */
    const stored = (length: number) =>
      concat(Uint8Array.of(1, length - 5, 0, ~(length - 5), 0xff), new Uint8Array(length - 5));

    /** One end, and what its inflaters have done since its window was full. */
    const filled = (options = {}) => {
      const { done, counted } = countingRestarts(backend);
      const { server } = agree(counted, options);
      expect(decodeWhole(server, bomb(40_000).subarray(0, -4))).toHaveLength(40_000);
      done.resets = 0;
      return { done, server };
    };

    test("are refused where a message has more than one, and one for each 64 bytes", () => {
      const { done, server } = filled();
      expect(server.decode(repeated(EMPTY, 50_000), true, new Taken())).toBe(false);
      expect(done).toEqual({ resets: 1, primes: 1 });
      for (const size of [1, 50, 100]) {
        const message = (length: number) => concat(EMPTY, stored(length - EMPTY.length), hex("00"));
        expect(decodeWhole(filled().server, message(64), size)).toHaveLength(57);
        expect(() => decodeWhole(filled().server, message(63), size)).toThrow("invalid");
        expect(() => decodeWhole(filled().server, repeated(EMPTY, 2), size)).toThrow("invalid");
        const long = concat(repeated(stored(64), 100), hex("00"));
        expect(decodeWhole(filled().server, long, size)).toHaveLength(5900);
      }
    });

    test("cost no more than one of each where they end a message, and no window without context takeover", () => {
      const { done, server } = filled();
      for (let n = 0; n < 100; n++) expect(decodeWhole(server, EMPTY)).toHaveLength(0);
      expect(done).toEqual({ resets: 100, primes: 99 });
      const alone = filled({ clientNoContextTakeover: true });
      for (let n = 0; n < 100; n++) expect(decodeWhole(alone.server, EMPTY)).toHaveLength(0);
      expect(alone.done).toEqual({ resets: 100, primes: 0 });
    });
  });

  test("a window of 8 bits is not quietly compressed for with 9", () => {
    const server = permessageDeflate({ backend });
    expect(server.answer([element("permessage-deflate; server_max_window_bits=8")])).toBeUndefined();
    const client = permessageDeflate({ backend, threshold: 0 }).accept(
      element("permessage-deflate; client_max_window_bits=8"),
    );
    if (!client.ok) return expect.unreachable(client.reason);
    const payload = new Uint8Array(5000);
    expect(client.extension.threshold).toBe(Number.POSITIVE_INFINITY);
    expect(client.extension.encode(payload, true)).toEqual({ payload, rsv: 0 });
    expect(client.extension.encode(payload, false)).toEqual({ payload, rsv: 0 });
    expect(client.extension.encode(payload, true)).toEqual({ payload, rsv: 0 });
    expect(client.extension.prepare(payload)).toEqual({ payload, rsv: 0 });
  });
});
