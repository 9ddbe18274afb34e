// What the message layer asks of an extension, and what it does with what comes out: with one made up here, to which
// compression is nothing.

import { describe, expect, test } from "vitest";
import { type DecodedSink, type Extension, FrameDecoder, MessageDecoder, RetainedBudget } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex, pattern, peerKey } from "../wire.ts";
import { decodeChunks, expectEveryWay } from "./events.ts";

/** Turns the bits of each byte over, repeats what comes out `times` times, in pieces of 100, and cannot decode a 7. */
class Inverting implements Extension {
  readonly rsv = 4;
  readonly threshold = 0;
  readonly preparation = "inverting";
  readonly calls: (readonly [piece: string, last: boolean])[] = [];
  readonly #times: number;

  constructor(times = 1) {
    this.#times = times;
  }

  longestEncoding(length: number): number {
    return length + 10;
  }

  decode(piece: Uint8Array, last: boolean, sink: DecodedSink): boolean {
    this.calls.push([Buffer.from(piece).toString("hex"), last]);
    if (piece.includes(7)) return false;
    const decoded = concat(...Array.from({ length: this.#times }, () => inverted(piece)));
    const shared = new Uint8Array(100);
    for (let at = 0; at < decoded.length; at += shared.length) {
      const end = Math.min(decoded.length, at + shared.length);
      shared.set(decoded.subarray(at, end));
      sink.take(shared.subarray(0, end - at));
      shared.fill(0);
    }
    return true;
  }

  encode(payload: Uint8Array): { payload: Uint8Array; rsv: number } {
    return { payload: inverted(payload), rsv: 4 };
  }

  prepare(payload: Uint8Array): { payload: Uint8Array; rsv: number } {
    return this.encode(payload);
  }

  dropEncoder(): void {}
  dropDecoder(): void {}
  release(): void {}
}

function inverted(bytes: Uint8Array | string): Uint8Array {
  const source = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return source.map((byte) => byte ^ 0xff);
}

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("as a %s", (role) => {
    const key = peerKey(role);
    const header = role === "server" ? 6 : 2;

    test("messages with RSV1 are decoded, the others pass it by", () => {
      const long = Uint8Array.from({ length: 700 }, (_, n) => n % 127);
      const stream = concat(
        frame({ opcode: 0x1, payload: "plain", key }),
        frame({ opcode: 0x1, rsv: 4, payload: inverted("한글 and ASCII"), key }),
        frame({ opcode: 0x2, rsv: 4, payload: inverted(long), key }),
        frame({ opcode: 0x1, rsv: 4, fin: false, payload: inverted(hex("61 e4")), key }),
        frame({ opcode: 0x9, payload: "ping", key }),
        frame({ opcode: 0x0, fin: false, key }),
        frame({ opcode: 0x0, payload: inverted(hex("b8 96 62")), key }),
        frame({ opcode: 0x2, rsv: 4, key }),
        frame({ opcode: 0x8, payload: hex("03 e8"), key }),
      );
      const events = [
        "text plain",
        "text 한글 and ASCII",
        `binary ${Buffer.from(long).toString("hex")}`,
        "ping 70696e67",
        "text a世b",
        "binary ",
        "close 1000 ",
      ];
      expectEveryWay(kernel, { role, extension: new Inverting() }, stream, { events });
    });

    test("it is given the pieces as they come, the last one marked", () => {
      const extension = new Inverting();
      const decoder = new MessageDecoder({ role, kernel, extension });
      const first = frame({ opcode: 0x2, rsv: 4, fin: false, payload: hex("01 02 03"), key });
      const last = frame({ opcode: 0x0, payload: hex("04"), key });
      const plain = frame({ opcode: 0x2, payload: hex("05"), key });
      const ends = header + 1;
      decodeChunks(decoder, [first.slice(0, ends), concat(first.slice(ends), last), plain]);
      expect(extension.calls).toEqual([
        ["01", false],
        ["0203", false],
        ["04", true],
      ]);
    });

    test("what it cannot decode is the frame's fault, at the payload's first byte", () => {
      const first = frame({ opcode: 0x2, rsv: 4, fin: false, payload: inverted("good"), key });
      const bad = frame({ opcode: 0x0, payload: concat(pattern(50), hex("07")), key });
      expectEveryWay(kernel, { role, extension: new Inverting() }, concat(first, bad), {
        events: [],
        error: { code: "INVALID_COMPRESSED_DATA", offset: first.length + header },
      });
    });

    test("text is validated as it comes out: a fault stops at once", () => {
      const good = frame({ opcode: 0x1, rsv: 4, payload: inverted("good"), key });
      const bad = frame({ opcode: 0x1, rsv: 4, fin: false, payload: inverted(hex("41 ed a0")), key });
      expectEveryWay(kernel, { role, extension: new Inverting() }, concat(good, bad), {
        events: ["text good"],
        error: { code: "INVALID_UTF8", offset: good.length + header },
      });
      const cut = frame({ opcode: 0x1, rsv: 4, payload: inverted(hex("41 f0 9f 8c")), key });
      expectEveryWay(kernel, { role, extension: new Inverting() }, concat(good, cut), {
        events: ["text good"],
        error: { code: "INVALID_UTF8", offset: good.length + header },
      });
    });

    test("limits are for what comes out, and stop it", () => {
      const options = { role, extension: new Inverting(10), maxMessageLength: 1000 };
      const good = frame({ opcode: 0x2, rsv: 4, payload: inverted(new Uint8Array(100)), key });
      const first = frame({ opcode: 0x2, rsv: 4, fin: false, payload: inverted(new Uint8Array(60)), key });
      const bad = frame({ opcode: 0x0, payload: inverted(new Uint8Array(41)), key });
      expectEveryWay(kernel, options, concat(good, first, bad), {
        events: [`binary ${"00".repeat(1000)}`],
        error: { code: "MESSAGE_TOO_LONG", offset: good.length + first.length + header },
      });
    });

    test("what came out counts as retained, and in the budget, until the message is delivered", () => {
      const budget = new RetainedBudget(10_000);
      const decoder = new MessageDecoder({ role, kernel, extension: new Inverting(10), budget });
      const first = frame({ opcode: 0x2, rsv: 4, fin: false, payload: inverted(new Uint8Array(100)), key });
      const last = frame({ opcode: 0x0, payload: inverted(new Uint8Array(100)), key });
      expect(decodeChunks(decoder, [first.slice()]).error).toBeUndefined();
      expect([decoder.midMessage, decoder.retained]).toEqual([true, budget.used]);
      expect(budget.used).toBeGreaterThanOrEqual(1000);
      expect(decodeChunks(decoder, [last]).events).toEqual([`binary ${"00".repeat(2000)}`]);
      expect([decoder.midMessage, decoder.retained, budget.used]).toEqual([false, 0, 0]);
      decodeChunks(decoder, [first]);
      decoder.discard();
      expect(budget.used).toBe(0);
    });

    test("a message that comes out in one piece gets a buffer of its length, longer ones grow", () => {
      const decoder = new MessageDecoder({ role, kernel, extension: new Inverting() });
      const sizes: number[] = [];
      const handler = {
        onMessage: ({ data }: { data: Uint8Array }) => sizes.push(data.buffer.byteLength),
        onPing() {},
        onPong() {},
        onClose() {},
      };
      for (const length of [0, 20, 100, 101, 5000]) {
        decoder.decode(frame({ opcode: 0x2, rsv: 4, payload: inverted(new Uint8Array(length)), key }), handler);
      }
      expect(sizes.slice(0, 3)).toEqual([0, 20, 100]);
      expect(sizes[3]).toBeLessThanOrEqual(256);
      expect(sizes[4]).toBeLessThan(10_000);
    });

    test("a message in many pieces is not copied for each", () => {
      class Counting extends RetainedBudget {
        count = 0;
        override take(bytes: number): boolean {
          this.count++;
          return super.take(bytes);
        }
      }
      const budget = new Counting(2 ** 24);
      const decoder = new MessageDecoder({ role, kernel, extension: new Inverting(), budget });
      decoder.decode(frame({ opcode: 0x2, rsv: 4, payload: inverted(new Uint8Array(100_000)), key }), NOBODY);
      expect(budget.count).toBeLessThan(15);
    });

    test("maxFrameLength leaves room for an encoding that is longer than its message, unless it is set", () => {
      const announce = (length: number, limits: { maxMessageLength?: number; maxFrameLength?: number }) =>
        decodeChunks(new MessageDecoder({ role, kernel, extension: new Inverting(), ...limits }), [
          frame({ opcode: 0x2, rsv: 4, announced: BigInt(length), key }),
        ]).error?.code;
      expect(announce(110, { maxMessageLength: 100 })).toBeUndefined();
      expect(announce(111, { maxMessageLength: 100 })).toBe("FRAME_TOO_LONG");
      expect(announce(101, { maxMessageLength: 100, maxFrameLength: 100 })).toBe("FRAME_TOO_LONG");
      expect(announce(16 * 2 ** 20 + 10, {})).toBeUndefined();
      const most = { maxMessageLength: Number.MAX_SAFE_INTEGER };
      expect(() => new MessageDecoder({ role, kernel, extension: new Inverting(), ...most })).not.toThrow();
      // A message that is not encoded is held to its own limit all the same.
      const plain = new MessageDecoder({ role, kernel, extension: new Inverting(), maxMessageLength: 100 });
      const { error } = decodeChunks(plain, [frame({ opcode: 0x2, announced: 101n, key })]);
      expect(error).toMatchObject({ code: "MESSAGE_TOO_LONG" });
    });

    test.each([
      ["RSV2", { opcode: 0x1, rsv: 2 }],
      ["RSV3 beside RSV1", { opcode: 0x1, rsv: 5 }],
      ["RSV1 on a ping", { opcode: 0x9, rsv: 4 }],
    ])("%s is still refused", (_, wire) => {
      expectEveryWay(kernel, { role, extension: new Inverting() }, frame({ ...wire, key }), {
        events: [],
        error: { code: "RESERVED_BITS", offset: 0 },
      });
    });
  });

  test("what it throws itself stops the decoder", () => {
    const extension = new Inverting();
    extension.decode = () => {
      throw new Error("out of memory");
    };
    const decoder = new MessageDecoder({ role: "client", kernel, extension });
    const decode = () => decoder.decode(frame({ opcode: 0x2, rsv: 4, payload: "x" }), NOBODY);
    expect(decode).toThrow("out of memory");
    expect(decode).toThrow(/it has stopped/);
    expect(decoder.retained).toBe(0);
  });
});

const NOBODY = { onMessage() {}, onPing() {}, onPong() {}, onClose() {} };

test.each([null, "permessage-deflate", {}, { decode: true }])("%j is no extension", (extension) => {
  const make = () => new MessageDecoder({ role: "client", extension: extension as unknown as Extension });
  expect(make).toThrow(TypeError);
  expect(make).toThrow(/^extension/);
});

test("a FrameDecoder shows what came, encoded as it is", () => {
  const decoder = new FrameDecoder({ role: "client", rsv: 4 });
  const [only] = decoder.frames(frame({ opcode: 0x1, rsv: 4, payload: hex("ff fe") }));
  expect([...only.payload]).toEqual([0xff, 0xfe]);
});
