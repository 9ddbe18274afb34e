// §5.5.1, §7.4: Close payloads, and the silence after them.

import { describe, expect, test } from "vitest";
import { isWireCloseCode, MessageDecoder, RetainedBudget } from "../../src/index.ts";
import { parseClosePayload } from "../../src/message/close.ts";
import { SWEEP_STEP, swept } from "../sweep.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex, pattern, peerKey } from "../wire.ts";
import { decodeChunks, expectEveryWay, recorder } from "./events.ts";

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("as a %s", (role) => {
    const key = peerKey(role);
    const header = role === "server" ? 6 : 2;

    /** A Close after a good frame, and after the first part of a message. */
    function expectClose(payload: Uint8Array, expected: string | { code: string; at: number }): void {
      const good = frame({ opcode: 0x1, payload: "good", key });
      const begun = frame({ opcode: 0x2, fin: false, payload: "begun", key });
      const stream = concat(good, begun, frame({ opcode: 0x8, payload, key }));
      const start = good.length + begun.length + header;
      if (typeof expected === "string") {
        const splits = Array.from({ length: stream.length - 1 }, (_, at) => at + 1);
        for (const cut of swept(splits)) {
          const decoder = new MessageDecoder({ role, kernel });
          const { events } = decodeChunks(decoder, [stream.slice(0, cut), stream.slice(cut)]);
          expect(events).toEqual(["text good", expected]);
          expect([decoder.closed, decoder.retained]).toEqual([true, 0]);
        }
      } else {
        const error = { code: expected.code as never, offset: start + expected.at };
        expectEveryWay(kernel, { role }, stream, { events: ["text good"], error });
      }
    }

    // §7.1.5: "If this Close control frame contains no status code, _The WebSocket Connection Close Code_ is considered
    // to be 1005."
    test("an empty Close is 1005", () => expectClose(new Uint8Array(0), "close 1005 "));

    //  03 e8 is 1000; 03 e9 is 1001; 0b b8 is 3000; 13 87 is 4999
    test.each([
      ["03 e8", "close 1000 "],
      ["03 e9 62 79 65", "close 1001 bye"],
      ["03 ea ed 95 9c", "close 1002 한"],
      ["03 f4", "close 1012 "],
      ["03 f6", "close 1014 "],
      ["0b b8 ef bb bf", "close 3000 \ufeff"],
      ["13 87", "close 4999 "],
    ])("%s is %s", (dump, expected) => expectClose(hex(dump), expected));

    test("a Close of 125 bytes has a reason of 123", () => {
      expectClose(concat(hex("03 e8"), new TextEncoder().encode("x".repeat(123))), `close 1000 ${"x".repeat(123)}`);
    });

    // §5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer".
    test("a Close of one byte is truncated", () => {
      expectClose(hex("03"), { code: "CLOSE_PAYLOAD_TRUNCATED", at: 0 });
    });

    test.each(["00 00", "03 e7", "03 ec", "03 ed", "03 ee", "03 f7", "03 f8", "0b b7", "13 88", "ff ff", "03 ed 61"])(
      "code %s must not be sent",
      (dump) => expectClose(hex(dump), { code: "INVALID_CLOSE_CODE", at: 0 }),
    );

    test.each([
      ["ff", 2],
      ["61 c0 80", 3],
      ["ed a0 80", 3],
      ["61 e4 b8", 5],
    ])("a reason of %s is not UTF-8, from byte %d of the payload on", (dump, at) => {
      expectClose(concat(hex("03 e8"), hex(dump)), { code: "INVALID_CLOSE_REASON", at });
    });

    // §1.4: "After receiving a control frame indicating the connection should be closed, that peer discards any further
    // data received."
    describe("after a Close nothing is delivered", () => {
      const close = frame({ opcode: 0x8, payload: hex("03 e8"), key });
      const text = frame({ opcode: 0x1, payload: "late", key });

      test.each([
        ["good frames", concat(text, frame({ opcode: 0x9, payload: "late", key }), close)],
        ["an unfinished message", frame({ opcode: 0x2, fin: false, payload: pattern(50), key })],
        ["frames that break the rules", frame({ opcode: 0x3, payload: "x", key })],
        [
          "frames of the wrong role",
          frame({ opcode: 0x1, payload: "x", key: role === "server" ? undefined : [1, 2, 3, 4] }),
        ],
        ["garbage", pattern(300)],
        ["a Close that breaks the rules", frame({ opcode: 0x8, payload: hex("00 01"), key })],
        ["a header past every limit", frame({ opcode: 0x2, announced: 2n ** 52n, key })],
      ])("and it is no error: %s", (_, garbage) => {
        const stream = concat(text, close, garbage);
        for (const cut of [stream.length, text.length + close.length, text.length + close.length + 1, 3]) {
          const budget = new RetainedBudget(1000);
          const decoder = new MessageDecoder({ role, kernel, budget });
          const { events, error } = decodeChunks(decoder, [stream.slice(0, cut), stream.slice(cut), garbage.slice()]);
          expect(error).toBeUndefined();
          expect(events).toEqual(["text late", "close 1000 "]);
          expect([decoder.closed, decoder.retained, budget.used]).toEqual([true, 0, 0]);
        }
      });
    });

    test("a Close in the middle of a fragmented message lets go of it", () => {
      const budget = new RetainedBudget(10_000);
      const decoder = new MessageDecoder({ role, kernel, budget });
      const begun = frame({ opcode: 0x2, fin: false, payload: pattern(500), key });
      const seen: string[] = [];
      decoder.decode(begun, recorder(seen));
      expect(budget.used).toBeGreaterThanOrEqual(500);
      decoder.decode(frame({ opcode: 0x8, key }), recorder(seen));
      expect([seen, budget.used, decoder.retained]).toEqual([["close 1005 "], 0, 0]);
    });
  });

  test("every code of two bytes", () => {
    const wrong: number[] = [];
    for (let code = 0; code <= 65535; code += SWEEP_STEP) {
      let parsed = -1;
      try {
        parsed = parseClosePayload(Uint8Array.of(code >> 8, code & 0xff), 0, kernel).code;
      } catch (error) {
        if ((error as { code?: string }).code !== "INVALID_CLOSE_CODE") throw error;
      }
      if (parsed !== (isWireCloseCode(code) ? code : -1)) wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });
});
