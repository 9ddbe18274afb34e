// The rules of §5.2 on headers, as the scan enforces them: what a header says is seen in the record it leaves.

import { describe, expect, test } from "vitest";
import {
  FAULT_CONTROL_TOO_LONG,
  FAULT_EXPECTED_CONTINUATION,
  FAULT_FRAGMENTED_CONTROL,
  FAULT_FRAME_TOO_LONG,
  FAULT_LENGTH_NOT_MINIMAL,
  FAULT_LENGTH_TOP_BIT,
  FAULT_LENGTH_UNSAFE,
  FAULT_MASK_FORBIDDEN,
  FAULT_MASK_REQUIRED,
  FAULT_RESERVED_BITS,
  FAULT_RESERVED_OPCODE,
  FAULT_UNEXPECTED_CONTINUATION,
} from "../../src/kernel/layout.ts";
import { concat, frame, KEY, peerKey } from "../wire.ts";
import { type ScanOptions, scanChunks } from "./scan-chunks.ts";
import { subjects } from "./subjects.ts";

const ROLES = ["server", "client"] as const;
const DATA = [0, 1, 2];
const CONTROL = [8, 9, 10];
const RESERVED = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];

describe.each(subjects)("headers, $title", (subject) => {
  test("runs on the kernel it is named for", () => {
    expect(subject.kernel.name).toBe(subject.kernelName);
  });

  describe.each(ROLES)("as a %s reads them", (role) => {
    const key = peerKey(role);

    /** The fault that `bytes` meet, and where; before them comes a frame that is right, and behind them another. */
    function fault(bytes: Uint8Array, options: ScanOptions = {}): readonly [fault: number, at: number] {
      const ping = frame({ opcode: 9, payload: "hi", key });
      const first = scanChunks(subject, [concat(ping, bytes, ping)], { role, ...options });
      const split = scanChunks(subject, [ping, ...Array.from(bytes, (byte) => Uint8Array.of(byte))], {
        role,
        ...options,
      });
      // The first faulty header, byte by byte, fails in the same way as whole.
      expect(split.fault).toBe(first.fault);
      if (first.fault === 0) return [0, 0];
      expect(first.chunks[0][0].payload.toString()).toBe("hi");
      return [first.fault, first.faultAt - ping.length];
    }

    function begunMessage(opcode = 2): Uint8Array {
      return frame({ opcode, fin: false, payload: "begun", key });
    }

    // 0 1 2 3 4 5 6 7
    // F R R R opcode
    test("RSV bits are refused unless they are negotiated", () => {
      for (let negotiated = 0; negotiated < 8; negotiated++) {
        for (let rsv = 0; rsv < 8; rsv++) {
          for (const opcode of [1, 2]) {
            const expected = (rsv & ~negotiated) === 0 ? [0, 0] : [FAULT_RESERVED_BITS, 0];
            const bytes = frame({ opcode, rsv, payload: "text", key });
            expect(fault(bytes, { rsv: negotiated }), `RSV ${rsv} of ${negotiated}`).toStrictEqual(expected);
          }
          for (const opcode of CONTROL) {
            // RFC 7692 §6: not RSV1, negotiated or not.
            const expected = (rsv & ~(negotiated & 3)) === 0 ? [0, 0] : [FAULT_RESERVED_BITS, 0];
            const bytes = frame({ opcode, rsv, payload: "ping", key });
            expect(fault(bytes, { rsv: negotiated }), `control, RSV ${rsv}`).toStrictEqual(expected);
          }
          const expected = (rsv & ~(negotiated & 3)) === 0 ? [0, 0] : [FAULT_RESERVED_BITS, begunMessage().length];
          const bytes = concat(begunMessage(), frame({ opcode: 0, rsv, payload: "more", key }));
          expect(fault(bytes, { rsv: negotiated }), `continuation, RSV ${rsv}`).toStrictEqual(expected);
        }
      }
    });

    test.each(RESERVED)("opcode %i is reserved", (opcode) => {
      for (const fin of [true, false]) {
        expect(fault(frame({ opcode, fin, payload: "?", key }))).toStrictEqual([FAULT_RESERVED_OPCODE, 0]);
        const inside = concat(begunMessage(), frame({ opcode, fin, payload: "?", key }));
        expect(fault(inside)).toStrictEqual([FAULT_RESERVED_OPCODE, begunMessage().length]);
      }
    });

    test.each(CONTROL)("control frame %i must not be fragmented, and may come inside a message", (opcode) => {
      expect(fault(frame({ opcode, fin: false, key }))).toStrictEqual([FAULT_FRAGMENTED_CONTROL, 0]);
      expect(fault(concat(begunMessage(), frame({ opcode, key })))).toStrictEqual([0, 0]);
      expect(fault(concat(begunMessage(), frame({ opcode, fin: false, key })))).toStrictEqual([
        FAULT_FRAGMENTED_CONTROL,
        begunMessage().length,
      ]);
    });

    test("a continuation needs a message, and ends it", () => {
      for (const fin of [true, false]) {
        for (const payload of ["", "more", "m".repeat(200)]) {
          const continuation = frame({ opcode: 0, fin, payload, key });
          expect(fault(continuation)).toStrictEqual([FAULT_UNEXPECTED_CONTINUATION, 0]);
          const before = concat(begunMessage(), frame({ opcode: 0, payload: "end", key }));
          expect(fault(concat(before, continuation))).toStrictEqual([FAULT_UNEXPECTED_CONTINUATION, before.length]);
        }
      }
    });

    test("a new message must not begin inside another", () => {
      for (const opcode of [1, 2]) {
        for (const fin of [true, false]) {
          const before = concat(begunMessage(), frame({ opcode: 0, fin: false, payload: "on", key }));
          const next = frame({ opcode, fin, payload: "new", key });
          expect(fault(concat(before, next))).toStrictEqual([FAULT_EXPECTED_CONTINUATION, before.length]);
        }
      }
    });

    // 8 9 10 11 12 13 14 15
    // M payload length
    test("every frame has the mask bit of the peer's role", () => {
      const expected = role === "server" ? FAULT_MASK_REQUIRED : FAULT_MASK_FORBIDDEN;
      for (const opcode of [1, 2, ...CONTROL]) {
        for (const length of [0, 1, 100]) {
          const wrong = frame({ opcode, payload: "x".repeat(length), key: key === undefined ? KEY : undefined });
          expect(fault(wrong)).toStrictEqual([expected, 1]);
        }
      }
      const wrong = frame({ opcode: 0, payload: "x", key: key === undefined ? KEY : undefined });
      expect(fault(concat(begunMessage(), wrong))).toStrictEqual([expected, begunMessage().length + 1]);
    });

    test("a control frame carries at most 125 bytes", () => {
      for (const opcode of CONTROL) {
        expect(fault(frame({ opcode, payload: "x".repeat(125), key }))).toStrictEqual([0, 0]);
        for (const length of [126, 127, 60_000]) {
          expect(fault(frame({ opcode, payload: "x".repeat(length), key }))).toStrictEqual([FAULT_CONTROL_TOO_LONG, 1]);
        }
        expect(fault(frame({ opcode, payload: "x", form: 16, key }))).toStrictEqual([FAULT_CONTROL_TOO_LONG, 1]);
      }
    });

    // 16                             31
    // extended payload length, 16 or 64 bits
    test("a length takes the shortest form", () => {
      for (const opcode of [1, 2]) {
        for (const length of [0, 1, 124, 125]) {
          const payload = "x".repeat(length);
          expect(fault(frame({ opcode, payload, form: 16, key }))).toStrictEqual([FAULT_LENGTH_NOT_MINIMAL, 2]);
          expect(fault(frame({ opcode, payload, form: 64, key }))).toStrictEqual([FAULT_LENGTH_NOT_MINIMAL, 2]);
          expect(fault(frame({ opcode, payload, key }))).toStrictEqual([0, 0]);
        }
        for (const announced of [126n, 65535n]) {
          const long = frame({ opcode, announced, form: 64, key });
          expect(scanChunks(subject, [long], { role })).toMatchObject({ fault: FAULT_LENGTH_NOT_MINIMAL, faultAt: 2 });
          expect(scanChunks(subject, [frame({ opcode, announced, key })], { role }).fault).toBe(0);
        }
        expect(scanChunks(subject, [frame({ opcode, announced: 65536n, key })], { role })).toMatchObject({
          fault: 0,
          remaining: 65536,
        });
      }
    });

    test.each([2n ** 63n, 2n ** 64n - 1n, 2n ** 63n + 5n])("length %i has the top bit set", (announced) => {
      for (const opcode of [1, 2]) {
        const bytes = frame({ opcode, announced, key });
        expect(fault(bytes)).toStrictEqual([FAULT_LENGTH_TOP_BIT, 2]);
      }
    });

    test.each([2n ** 53n, 2n ** 53n + 1n, 2n ** 62n, 2n ** 63n - 1n])("length %i is past 2^53 - 1", (announced) => {
      for (const opcode of [1, 2]) {
        const bytes = frame({ opcode, announced, key });
        expect(fault(bytes)).toStrictEqual([FAULT_LENGTH_UNSAFE, 2]);
      }
    });

    test.each([2n ** 53n - 1n, 2n ** 52n, 2n ** 32n, 2n ** 32n - 1n, 2n ** 31n, 65536n, 65535n, 126n])(
      "length %i is exact",
      (announced) => {
        const outcome = scanChunks(subject, [frame({ opcode: 2, payload: "abc", announced, key })], { role });
        expect(outcome.fault).toBe(0);
        expect(outcome.remaining).toBe(Number(announced) - 3);
        expect(outcome.chunks[0]).toMatchObject([{ first: 0x82, payload: Buffer.from("abc") }]);
      },
    );

    test("a frame past the limit fails where its length is", () => {
      for (const limit of [0, 1, 125, 126, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 1]) {
        for (const opcode of [1, 2]) {
          const within = frame({ opcode, announced: BigInt(limit), key });
          expect(scanChunks(subject, [within], { role, limit }).fault, `${limit}`).toBe(0);
          const past = frame({ opcode, announced: BigInt(limit) + 1n, key });
          expect(scanChunks(subject, [past], { role, limit }), `${limit}`).toMatchObject({
            fault: FAULT_FRAME_TOO_LONG,
            faultAt: limit < 125 ? 1 : 2,
          });
        }
      }
    });

    test("every first byte that is right leaves its record", () => {
      for (const opcode of [...DATA, ...CONTROL]) {
        for (const fin of opcode >= 8 ? [true] : [true, false]) {
          const before = opcode === 0 ? [begunMessage()] : [];
          const { chunks, fault } = scanChunks(
            subject,
            [concat(...before, frame({ opcode, fin, payload: "y", key }))],
            {
              role,
            },
          );
          expect(fault).toBe(0);
          expect(chunks[0].at(-1)).toMatchObject({ first: (fin ? 0x80 : 0) | opcode, payload: Buffer.from("y") });
        }
      }
    });
  });
});
