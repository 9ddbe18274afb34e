// Each limit: its default, its code and close code, and that it is checked at the header, before anything is allocated.

import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, MessageDecoder, type MessageDecoderOptions } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, pattern, peerKey } from "../wire.ts";
import { decodeChunks, expectEveryWay } from "./events.ts";

const dump = (length: number): string => Buffer.from(pattern(length)).toString("hex");

test("the defaults are the numbers of the README", () => {
  expect(DEFAULT_LIMITS).toEqual({
    maxFrameLength: 16_777_216,
    maxMessageLength: 16_777_216,
    maxFragments: 65_536,
    maxRetainedBytes: 33_554_557,
  });
});

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("as a %s", (role) => {
    const key = peerKey(role);
    const header = role === "server" ? 6 : 2;

    test("maxFrameLength: 1009 at the length of the header", () => {
      const good = frame({ opcode: 0x2, payload: pattern(100), key });
      const bad = frame({ opcode: 0x2, payload: pattern(101), key });
      expectEveryWay(kernel, { role, maxFrameLength: 100 }, concat(good, bad), {
        events: [`binary ${dump(100)}`],
        error: { code: "FRAME_TOO_LONG", offset: good.length + 1 },
      });
    });

    test("maxFrameLength is maxMessageLength by default, and can be more or less", () => {
      const announce = (length: number, limits: Partial<MessageDecoderOptions>) =>
        decodeChunks(new MessageDecoder({ role, kernel, ...limits }), [
          frame({ opcode: 0x2, announced: BigInt(length), key }),
        ]).error?.code;
      expect(announce(16 * 2 ** 20, {})).toBeUndefined();
      expect(announce(16 * 2 ** 20 + 1, {})).toBe("FRAME_TOO_LONG");
      expect(announce(301, { maxMessageLength: 300 })).toBe("FRAME_TOO_LONG");
      expect(announce(301, { maxMessageLength: 300, maxFrameLength: 1000 })).toBe("MESSAGE_TOO_LONG");
      expect(announce(201, { maxMessageLength: 300, maxFrameLength: 200 })).toBe("FRAME_TOO_LONG");
      expect(announce(200, { maxMessageLength: 300, maxFrameLength: 200 })).toBeUndefined();
    });

    test("an error names no limit that may have come of another", () => {
      const decoder = new MessageDecoder({ role, kernel, maxMessageLength: 0 });
      const { error } = decodeChunks(decoder, [frame({ opcode: 0x2, payload: pattern(1), key })]);
      expect(error?.message).toMatch(/^the frame is longer than is allowed \(/);
    });

    test("maxMessageLength: 1009 at the fragment that passes it", () => {
      const first = frame({ opcode: 0x2, fin: false, payload: pattern(60), key });
      const ping = frame({ opcode: 0x9, payload: pattern(90), key });
      const exact = frame({ opcode: 0x0, payload: pattern(40), key });
      const bad = frame({ opcode: 0x0, payload: pattern(41), key });
      // A message within the limit, with a ping that counts for nothing, and then one past it.
      expectEveryWay(kernel, { role, maxMessageLength: 100 }, concat(first, ping, exact, first, bad), {
        events: [`ping ${dump(90)}`, `binary ${dump(60)}${dump(40)}`],
        error: {
          code: "MESSAGE_TOO_LONG",
          offset: 2 * first.length + ping.length + exact.length + header,
        },
      });
    });

    test("maxMessageLength: at the header, before a byte of the payload is there", () => {
      const decoder = new MessageDecoder({ role, kernel, maxMessageLength: 2 ** 21, maxFrameLength: 2 ** 22 });
      const { error } = decodeChunks(decoder, [frame({ opcode: 0x2, announced: 2n ** 21n + 1n, key })]);
      expect(error).toMatchObject({ code: "MESSAGE_TOO_LONG", closeCode: 1009 });
      expect(decoder.retained).toBe(0);
    });

    test("maxMessageLength 0 lets empty messages pass", () => {
      const stream = concat(frame({ opcode: 0x1, key }), frame({ opcode: 0x2, payload: "x", key }));
      expectEveryWay(kernel, { role, maxMessageLength: 0, maxFrameLength: 10 }, stream, {
        events: ["text "],
        error: { code: "MESSAGE_TOO_LONG", offset: 2 * header },
      });
    });

    test("maxFragments: 1008 at the fragment too many; control frames and messages count anew", () => {
      const parts = [
        frame({ opcode: 0x1, fin: false, payload: "a", key }),
        frame({ opcode: 0x9, payload: "?", key }),
        frame({ opcode: 0x0, fin: false, payload: "b", key }),
        frame({ opcode: 0x0, payload: "c", key }),
        frame({ opcode: 0x1, fin: false, payload: "d", key }),
        frame({ opcode: 0x0, fin: false, key }),
        frame({ opcode: 0x0, fin: false, payload: "f", key }),
      ];
      const bad = frame({ opcode: 0x0, payload: "g", key });
      const stream = concat(...parts, bad);
      expectEveryWay(kernel, { role, maxFragments: 3 }, stream, {
        events: ["ping 3f", "text abc"],
        error: { code: "TOO_MANY_FRAGMENTS", offset: stream.length - 1 },
      });
      const { error } = decodeChunks(new MessageDecoder({ role, kernel, maxFragments: 3 }), [stream.slice()]);
      expect(error?.closeCode).toBe(1008);
    });

    test("maxRetainedBytes: 1008 where more would be held; what is whole in its chunk is not held", () => {
      const whole = frame({ opcode: 0x2, payload: pattern(500), key });
      const split = frame({ opcode: 0x2, payload: pattern(101), key });
      const decoder = new MessageDecoder({ role, kernel, maxRetainedBytes: 100 });
      const { events, error } = decodeChunks(decoder, [concat(whole, split.slice(0, header + 3))]);
      expect(events).toEqual([`binary ${dump(500)}`]);
      expect(error).toMatchObject({ code: "RETAINED_LIMIT", closeCode: 1008, offset: whole.length + header });
      expect(decoder.retained).toBe(0);
    });

    test("maxRetainedBytes: a message of just so many bytes passes when its length is known", () => {
      const split = frame({ opcode: 0x2, payload: pattern(100), key });
      for (let cut = 1; cut < split.length; cut++) {
        const decoder = new MessageDecoder({ role, kernel, maxRetainedBytes: 100 });
        const { events } = decodeChunks(decoder, [split.slice(0, cut), split.slice(cut)]);
        expect(events).toEqual([`binary ${dump(100)}`]);
      }
    });

    test("maxRetainedBytes bounds a split ping too", () => {
      const ping = frame({ opcode: 0x9, payload: pattern(20), key });
      const decoder = new MessageDecoder({ role, kernel, maxRetainedBytes: 19 });
      const { error } = decodeChunks(decoder, [ping.slice(0, header), ping.slice(header)]);
      expect(error).toMatchObject({ code: "RETAINED_LIMIT", offset: header });
    });

    test("by default every message within maxMessageLength passes, in any fragments", () => {
      const payload = pattern(3 * 2 ** 20);
      const sizes = [2 ** 20, 2 ** 20 + 1, 777_777, 2 ** 19 - 3];
      for (const size of sizes) {
        const parts: Uint8Array[] = [];
        for (let at = 0; at < payload.length; at += size) {
          const fin = at + size >= payload.length;
          parts.push(frame({ opcode: at === 0 ? 0x2 : 0x0, fin, payload: payload.slice(at, at + size), key }));
        }
        const stream = concat(...parts);
        const decoder = new MessageDecoder({ role, kernel, maxMessageLength: payload.length });
        let whole: Uint8Array | undefined;
        for (let at = 0; at < stream.length; at += 65_536) {
          for (const event of decoder.events(stream.slice(at, at + 65_536))) {
            if (event.type === "message") whole = event.message.data;
          }
        }
        expect(Buffer.compare(whole ?? new Uint8Array(0), payload)).toBe(0);
        expect(decoder.retained).toBe(0);
      }
    });
  });
});

describe("options", () => {
  const NAMES = ["maxFrameLength", "maxMessageLength", "maxFragments", "maxRetainedBytes"] as const;

  test.each(NAMES)("%s must be a whole number", (name) => {
    for (const limit of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "5" as never]) {
      const make = () => new MessageDecoder({ role: "server", [name]: limit });
      expect(make).toThrow(RangeError);
      expect(make).toThrow(new RegExp(`^${name}`));
    }
  });

  test("maxMessageLength may be as long as can be counted", () => {
    const decoder = new MessageDecoder({
      role: "client",
      maxMessageLength: Number.MAX_SAFE_INTEGER,
      maxRetainedBytes: 2 ** 24,
    });
    expect(decoder.retained).toBe(0);
    const { error } = decodeChunks(decoder, [frame({ opcode: 0x2, announced: 2n ** 53n - 1n })]);
    expect(error).toBeUndefined();
  });

  test("a maxMessageLength of 2^53 - 1 alone is allowed: the error does not name what was not passed", () => {
    expect(() => new MessageDecoder({ role: "client", maxMessageLength: Number.MAX_SAFE_INTEGER })).not.toThrow();
  });

  test.each([undefined, "peer"])("role %s is a TypeError", (role) => {
    expect(() => new MessageDecoder({ role: role as never })).toThrow(TypeError);
    expect(() => new MessageDecoder({ role: role as never })).toThrow(/^role/);
  });
});
