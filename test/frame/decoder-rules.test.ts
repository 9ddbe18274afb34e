// Every rule of §5 and §8.1 that a frame can break: its code, the byte at fault, and what came before it.

import { describe, expect, test } from "vitest";
import { type ErrorCode, FrameDecoder, type FrameHandler, ProtocolError } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex, KEY, pattern, peerKey } from "../wire.ts";
import { expectEveryWay, type SeenFrame, seen } from "./frames.ts";

const IGNORE: FrameHandler = { onFrame: () => undefined };

/** A good frame that every violation follows. */
const GOOD = "Hello";

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("as a %s", (role) => {
    const key = peerKey(role);
    const masked = role === "server";
    const good = frame({ opcode: 0x1, payload: GOOD, key });
    const start = good.length;
    const maskBit = masked ? 0x80 : 0;

    /** Expects `bad` to fail `at` bytes into it, after the good frame and `before`. */
    function expectFault(
      bad: Uint8Array,
      code: ErrorCode,
      at: number,
      before: readonly SeenFrame[] = [],
      options: { maxFrameLength?: number; rsv?: number } = {},
    ): void {
      expectEveryWay(kernel, { role, ...options }, concat(good, bad), {
        frames: [seen(0x1, GOOD, 0, { masked }), ...before],
        error: { code, offset: start + at },
      });
    }

    // §5.2: "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
    //  FIN RSV  opcode
    //   1  100   0001
    //   1  010   0001
    //   1  001   0001, and all of them together
    test.each([1, 2, 3, 4, 5, 6, 7])("RESERVED_BITS: rsv %d without an extension", (rsv) => {
      for (const opcode of [0x1, 0x2, 0x9]) {
        expectFault(frame({ opcode, rsv, payload: "abc", key }), "RESERVED_BITS", 0);
      }
    });

    test("RESERVED_BITS: a bit beside those negotiated", () => {
      expectFault(frame({ opcode: 0x2, rsv: 6, payload: "abc", key }), "RESERVED_BITS", 0, [], { rsv: 4 });
      expectFault(frame({ opcode: 0x2, rsv: 4, payload: "abc", key }), "RESERVED_BITS", 0, [], { rsv: 3 });
    });

    // RFC 7692 §6: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control frames and non-first fragments
    // of a data message." Others accept it once compression is negotiated.
    test.each([0x8, 0x9, 0xa])("RESERVED_BITS: RSV1 on control opcode %d, although RSV1 is negotiated", (opcode) => {
      expectFault(frame({ opcode, rsv: 4, key }), "RESERVED_BITS", 0, [], { rsv: 7 });
    });

    test("RESERVED_BITS: RSV1 on a continuation, although RSV1 is negotiated", () => {
      const first = frame({ opcode: 0x2, rsv: 4, fin: false, payload: "ab", key });
      const bad = frame({ opcode: 0x0, rsv: 4, payload: "cd", key });
      const before = seen(0x2, "ab", start, { rsv: 4, fin: false, masked });
      expectFault(concat(first, bad), "RESERVED_BITS", first.length, [before], { rsv: 4 });
    });

    // §5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."
    test.each([0x3, 0x4, 0x5, 0x6, 0x7, 0xb, 0xc, 0xd, 0xe, 0xf])("RESERVED_OPCODE: %d", (opcode) => {
      expectFault(frame({ opcode, payload: "abc", key }), "RESERVED_OPCODE", 0);
    });

    // §5.5: "All control frames [...] MUST NOT be fragmented."
    //  FIN RSV  opcode
    //   0  000   1001
    test.each([0x8, 0x9, 0xa])("FRAGMENTED_CONTROL: opcode %d without FIN", (opcode) => {
      expectFault(frame({ opcode, fin: false, key }), "FRAGMENTED_CONTROL", 0);
    });

    // §5.4: the first frame of a message has an opcode, the rest are continuations.
    test.each([true, false])("UNEXPECTED_CONTINUATION: with nothing to continue, FIN %s", (fin) => {
      expectFault(frame({ opcode: 0x0, fin, payload: "abc", key }), "UNEXPECTED_CONTINUATION", 0);
    });

    test("UNEXPECTED_CONTINUATION: after the last fragment of a message", () => {
      const message = [frame({ opcode: 0x2, fin: false, key }), frame({ opcode: 0x0, payload: "z", key })];
      const bad = frame({ opcode: 0x0, payload: "abc", key });
      expectFault(concat(...message, bad), "UNEXPECTED_CONTINUATION", message[0].length + message[1].length, [
        seen(0x2, "", start, { fin: false, masked }),
        seen(0x0, "z", start + message[0].length, { masked }),
      ]);
    });

    test.each([0x1, 0x2])("EXPECTED_CONTINUATION: opcode %d inside a fragmented message", (opcode) => {
      const first = frame({ opcode: 0x1, fin: false, payload: "ab", key });
      const ping = frame({ opcode: 0x9, payload: "?", key });
      const bad = frame({ opcode, payload: "abc", key });
      expectFault(concat(first, ping, bad), "EXPECTED_CONTINUATION", first.length + ping.length, [
        seen(0x1, "ab", start, { fin: false, masked }),
        seen(0x9, "?", start + first.length, { masked }),
      ]);
    });

    // §5.1: "The server MUST close the connection upon receiving a frame that is not masked." "A client MUST close a
    // connection if it detects a masked frame."
    test.each([0x1, 0x2, 0x9, 0x8])("a frame of opcode %d with the other role's mask bit", (opcode) => {
      const bad = frame({ opcode, payload: "abcd", key: masked ? undefined : KEY });
      expectFault(bad, masked ? "MASK_REQUIRED" : "MASK_FORBIDDEN", 1);
    });

    test("MASK_REQUIRED and MASK_FORBIDDEN: on an empty frame too", () => {
      expectFault(hex(masked ? "81 00" : "81 80 01 02 03 04"), masked ? "MASK_REQUIRED" : "MASK_FORBIDDEN", 1);
    });

    // §5.5: "All control frames MUST have a payload length of 125 bytes or less".
    //  MASK length
    //   ?   1111110 or 1111111
    test.each([0x8, 0x9, 0xa])("CONTROL_TOO_LONG: opcode %d with 126 bytes", (opcode) => {
      expectFault(frame({ opcode, payload: pattern(126), key }), "CONTROL_TOO_LONG", 1);
      expectFault(frame({ opcode, form: 64, payload: "ab", key }), "CONTROL_TOO_LONG", 1);
    });

    // §5.2: "the minimal number of bytes MUST be used to encode the length".
    test.each([
      [16, 0n],
      [16, 125n],
      [64, 0n],
      [64, 125n],
      [64, 126n],
      [64, 65535n],
    ] as const)("LENGTH_NOT_MINIMAL: the %d-bit form for %d bytes", (form, announced) => {
      expectFault(frame({ opcode: 0x2, form, announced, payload: "abc", key }), "LENGTH_NOT_MINIMAL", 2);
    });

    // §5.2: "the most significant bit MUST be 0".
    test.each([2n ** 63n, 2n ** 63n + 5n, 2n ** 64n - 1n])("LENGTH_TOP_BIT: %d bytes announced", (announced) => {
      expectFault(frame({ opcode: 0x2, announced, payload: "abc", key }), "LENGTH_TOP_BIT", 2);
    });

    // Length arithmetic past 2^53: 2^53 + 1 rounds to 2^53, and 2^32 wraps to 0 in 32 bits.
    test.each([2n ** 53n, 2n ** 53n + 1n, 2n ** 56n + 3n, 2n ** 62n, 2n ** 63n - 1n])(
      "LENGTH_UNSAFE: %d bytes announced (CVE-2026-1528, CVE-2026-54466)",
      (announced) => {
        expectFault(frame({ opcode: 0x2, announced, payload: "abc", key }), "LENGTH_UNSAFE", 2);
      },
    );

    test.each([
      [0, 1, 1],
      [124, 125, 1],
      [125, 126, 2],
      [65535, 65536, 2],
      [2 ** 32 + 7, 2 ** 32 + 8, 2],
      [2 ** 53 - 2, 2 ** 53 - 1, 2],
    ])("FRAME_TOO_LONG: with maxFrameLength %d, %d bytes announced", (maxFrameLength, length, at) => {
      const bad = frame({ opcode: 0x2, announced: BigInt(length), key });
      const decoder = new FrameDecoder({ role, kernel, maxFrameLength });
      expect(() => decoder.decode(bad, IGNORE)).toThrow(
        expect.objectContaining({ code: "FRAME_TOO_LONG", offset: at, closeCode: 1009 }),
      );
      // One byte less is allowed, and one more than the limit would be.
      const allowed = new FrameDecoder({ role, kernel, maxFrameLength });
      allowed.decode(frame({ opcode: 0x2, announced: BigInt(maxFrameLength), key }), IGNORE);
      expect(allowed.midFrame).toBe(maxFrameLength > 0);
    });

    test("FRAME_TOO_LONG: at every split", () => {
      expectFault(frame({ opcode: 0x2, payload: pattern(126), key }), "FRAME_TOO_LONG", 2, [], { maxFrameLength: 125 });
      expectFault(frame({ opcode: 0x9, payload: pattern(6), key }), "FRAME_TOO_LONG", 1, [], { maxFrameLength: 5 });
    });

    // §8.1 over whole messages: the byte at fault is the first that no valid text could have there.
    test.each([
      ["a lone continuation", "61 80 61", 1],
      ["an overlong form", "61 c0 af", 1],
      ["an overlong form of three bytes", "e0 9f bf", 1],
      ["a surrogate", "61 62 ed a0 80", 3],
      ["past U+10FFFF", "f4 90 80 80", 1],
      ["a byte no text has", "61 62 63 ff 64", 3],
      ["a character that breaks off", "e4 b8 61", 2],
    ])("INVALID_UTF8: %s", (_, dump, at) => {
      const bad = frame({ opcode: 0x1, payload: hex(dump), key });
      const header = bad.length - hex(dump).length;
      expectFault(bad, "INVALID_UTF8", header + at);
      expectFault(frame({ opcode: 0x1, fin: false, payload: hex(dump), key }), "INVALID_UTF8", header + at);
    });

    test("INVALID_UTF8: deep in a long text", () => {
      const text = new TextEncoder().encode("안녕 wsimd ".repeat(12));
      text[text.length - 20] = 0xff;
      expectFault(frame({ opcode: 0x1, payload: text, key }), "INVALID_UTF8", (masked ? 8 : 4) + text.length - 20);
    });

    test("INVALID_UTF8: a message that ends inside a character fails at its end", () => {
      const bad = frame({ opcode: 0x1, payload: hex("61 e4 b8"), key });
      expectFault(bad, "INVALID_UTF8", bad.length);
    });

    test("INVALID_UTF8: in a later fragment, by what an earlier one began", () => {
      const first = frame({ opcode: 0x1, fin: false, payload: hex("61 f0"), key });
      const ping = frame({ opcode: 0x9, payload: hex("ff"), key });
      // After F0, 8F would be an overlong form; alone it would only be a continuation.
      const bad = frame({ opcode: 0x0, payload: hex("8f 80 80"), key });
      const header = bad.length - 3;
      expectFault(concat(first, ping, bad), "INVALID_UTF8", first.length + ping.length + header, [
        seen(0x1, hex("61 f0"), start, { fin: false, masked }),
        seen(0x9, hex("ff"), start + first.length, { masked }),
      ]);
    });

    test("INVALID_UTF8: an empty last fragment that leaves a character unfinished", () => {
      const first = frame({ opcode: 0x1, fin: false, payload: hex("c3"), key });
      const last = frame({ opcode: 0x0, key });
      expectFault(concat(first, last), "INVALID_UTF8", first.length + last.length, [
        seen(0x1, hex("c3"), start, { fin: false, masked }),
      ]);
    });

    test("binary and control payloads are not text", () => {
      const payload = hex("ff fe c0 80 ed a0");
      const parts = [0x2, 0x9, 0xa, 0x8].map((opcode) => frame({ opcode, payload, key }));
      const frames = parts.map((part, index) =>
        seen([0x2, 0x9, 0xa, 0x8][index], payload, index * part.length, { masked }),
      );
      expectEveryWay(kernel, { role }, concat(...parts), { frames });
    });

    test("the first rule broken is the one reported", () => {
      const other = maskBit ^ 0x80;
      // RSV2, a reserved opcode, no FIN, the other mask bit and a long control frame: the first byte comes first.
      expectFault(Uint8Array.of(0x2b, other | 126, 0, 1), "RESERVED_BITS", 0);
      expectFault(Uint8Array.of(0x0b, other | 126, 0, 1), "RESERVED_OPCODE", 0);
      expectFault(Uint8Array.of(0x09, other | 126, 0, 1), "FRAGMENTED_CONTROL", 0);
      expectFault(Uint8Array.of(0x89, other | 126, 0, 1), masked ? "MASK_REQUIRED" : "MASK_FORBIDDEN", 1);
    });

    test("a fault shows with its byte, before the rest of the header is there", () => {
      const early = (...octets: number[]) => {
        const decoder = new FrameDecoder({ role, kernel });
        return () => decoder.decode(Uint8Array.of(...octets), IGNORE);
      };
      expect(early(0xc1)).toThrow(expect.objectContaining({ code: "RESERVED_BITS", offset: 0 }));
      expect(early(0x83)).toThrow(expect.objectContaining({ code: "RESERVED_OPCODE", offset: 0 }));
      expect(early(0x80)).toThrow(expect.objectContaining({ code: "UNEXPECTED_CONTINUATION", offset: 0 }));
      expect(early(0x89, maskBit | 126)).toThrow(expect.objectContaining({ code: "CONTROL_TOO_LONG", offset: 1 }));
    });

    test("the same error again at every later call", () => {
      const decoder = new FrameDecoder({ role, kernel });
      const errors = [hex("83"), frame({ opcode: 0x1, payload: "fine", key }), new Uint8Array(0)].map((chunk) => {
        try {
          decoder.decode(chunk, { onFrame: () => expect.unreachable("a frame after the violation") });
        } catch (error) {
          return error;
        }
        return undefined;
      });
      expect(errors[0]).toBeInstanceOf(ProtocolError);
      expect(errors[1]).toBe(errors[0]);
      expect(errors[2]).toBe(errors[0]);
    });
  });
});
