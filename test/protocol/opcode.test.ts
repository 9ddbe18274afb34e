import { expect, test } from "vitest";
import { isControl, Opcode } from "../../src/index.ts";
import { MAX_CONTROL_PAYLOAD } from "../../src/protocol/opcode.ts";

test("the opcodes of §5.2 have its numbers", () => {
  expect(Opcode).toEqual({ Continuation: 0x0, Text: 0x1, Binary: 0x2, Close: 0x8, Ping: 0x9, Pong: 0xa });
});

// §5.5: "Control frames are identified by opcodes where the most significant bit of the opcode is 1."
test.each(Array.from({ length: 16 }, (_, opcode) => opcode))("opcode %d is control from 8 on", (opcode) => {
  expect(isControl(opcode)).toBe(opcode >= 8);
});

test("§5.5 bounds a control payload at 125 bytes", () => {
  expect(MAX_CONTROL_PAYLOAD).toBe(125);
});
