// What an error says: the rule, the place, what was received there, and what can be done, however the stream was cut.

import { describe, expect, test } from "vitest";
import { type ErrorCode, FrameDecoder, MessageDecoder, ProtocolError, type Role } from "../../src/index.ts";
import * as layout from "../../src/kernel/layout.ts";
import { ERRORS } from "../../src/protocol/errors.ts";
import { feedings, onBothKernels } from "../vectors.ts";
import { concat, frame, hex, KEY } from "../wire.ts";

const FAULTS = Object.entries(layout)
  .filter(([name]) => /^FAULT_[A-Z]/.test(name) && name !== "FAULT_AT")
  .sort(([, one], [, other]) => one - other);

test("there are 13 faults, numbered from 1 without a gap, in the order of their errors", () => {
  const names = FAULTS.map(([name]) => name.slice("FAULT_".length));
  expect(FAULTS.map(([, number]) => number)).toEqual(Array.from({ length: 13 }, (_, index) => index + 1));
  expect(names).toEqual(Object.keys(ERRORS).slice(0, 13));
});

const key = KEY;
const begun = frame({ opcode: 0x1, fin: false, payload: "begun", key });
/** "€" is e2 82 ac. */
const cutEuro = hex("e2 82");

const RECEIVED: [code: ErrorCode, bad: Uint8Array, at: number, received: string, role?: Role][] = [
  ["RESERVED_BITS", frame({ opcode: 0x9, rsv: 4, key }), 0, "RSV1 with opcode 0x9"],
  ["RESERVED_BITS", frame({ opcode: 0x1, rsv: 3, key }), 0, "RSV2 and RSV3 with opcode 0x1"],
  ["RESERVED_OPCODE", frame({ opcode: 0xb, key }), 0, "opcode 0xb"],
  ["FRAGMENTED_CONTROL", frame({ opcode: 0x8, fin: false, key }), 0, "opcode 0x8"],
  ["UNEXPECTED_CONTINUATION", frame({ opcode: 0x0, payload: "a", key }), 0, "opcode 0x0"],
  ["EXPECTED_CONTINUATION", concat(begun, frame({ opcode: 0x2, key })), begun.length, "opcode 0x2"],
  ["MASK_REQUIRED", frame({ opcode: 0x2, payload: "abcd" }), 1, "opcode 0x2"],
  ["MASK_FORBIDDEN", frame({ opcode: 0x2, payload: "abcd", key }), 1, "opcode 0x2", "client"],
  ["CONTROL_TOO_LONG", frame({ opcode: 0x9, payload: "?", form: 16, key }), 1, "opcode 0x9 with the length field 126"],
  ["LENGTH_NOT_MINIMAL", frame({ opcode: 0x2, payload: "abc", form: 16, key }), 2, "3 in 16 bits"],
  ["LENGTH_NOT_MINIMAL", frame({ opcode: 0x2, announced: 65_535n, form: 64, key }), 2, "65535 in 64 bits"],
  ["LENGTH_TOP_BIT", frame({ opcode: 0x2, announced: 2n ** 63n + 1n, key }), 2, "0x8000000000000001"],
  ["LENGTH_UNSAFE", frame({ opcode: 0x2, announced: 2n ** 53n, key }), 2, "0x0020000000000000"],
  ["FRAME_TOO_LONG", frame({ opcode: 0x2, announced: 65_537n, key }), 2, "65537 bytes, where 300 are allowed"],
  ["FRAME_TOO_LONG", frame({ opcode: 0x2, announced: 301n, form: 16, key }), 2, "301 bytes, where 300 are allowed"],
  ["INVALID_UTF8", frame({ opcode: 0x1, payload: hex("61 ff 62"), key }), 7, "the byte 0xff"],
  ["INVALID_UTF8", frame({ opcode: 0x1, payload: hex("ed a0"), key }), 7, "the byte 0xa0"],
  ["INVALID_UTF8", frame({ opcode: 0x1, payload: cutEuro, key }), 8, "its end inside a character"],
  ["INVALID_UTF8", frame({ opcode: 0x1, payload: hex("c3 41") }), 3, "the byte 0x41", "client"],
];

/** Every fault has its case. */
test.each(FAULTS)("%s is among the cases", (name) => {
  expect(RECEIVED.map(([code]) => `FAULT_${code}`)).toContain(name);
});

onBothKernels((kernel) => {
  describe.each(RECEIVED)("%s", (code, bad, at, received, role = "server") => {
    const good = frame({ opcode: 0x2, payload: "good", key: role === "server" ? KEY : undefined });
    const { closeCode, section, message, advice } = ERRORS[code];
    const words =
      `${message} (byte ${good.length + at}, RFC 6455 §${section}): received ${received}. ` +
      `The connection fails with ${closeCode}; ${advice}.`;
    const decoders = {
      frames: () => {
        const decoder = new FrameDecoder({ role, maxFrameLength: 300, kernel });
        return (chunk: Uint8Array) => decoder.decode(chunk, { onFrame() {} });
      },
      messages: () => {
        const decoder = new MessageDecoder({ role, maxFrameLength: 300, kernel });
        return (chunk: Uint8Array) => decoder.decode(chunk, { onMessage() {}, onPing() {}, onPong() {}, onClose() {} });
      },
    };

    test.each(Object.entries(decoders))(`received ${received}, as %s`, (_, begin) => {
      for (const { title, chunks } of feedings(kernel, concat(good, bad), new Uint8Array(40))) {
        const decode = begin();
        const feed = () => {
          for (const chunk of chunks) decode(chunk);
        };
        expect(feed, title).toThrow(ProtocolError);
        expect(() => decode(Uint8Array.of(0)), title).toThrow(words);
      }
    });
  });
});
