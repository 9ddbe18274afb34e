import * as layout from "../kernel/layout.ts";
import type { ScanState } from "../kernel/scan-state.ts";
import { payloadLength } from "../kernel/typescript/header.ts";
import { ERRORS, type ErrorCode, ProtocolError } from "../protocol/errors.ts";

/** The error for the fault that a scan left in `state`, of a chunk that began at `offset` of the stream. */
export function frameError({ words, header }: ScanState, offset: number): ProtocolError {
  const fault = words[layout.FAULT];
  const limit = words[layout.LIMIT_HIGH] * 2 ** 32 + (words[layout.LIMIT_LOW] >>> 0);
  // The faults are the first of ERRORS, in the order of layout.ts: FAULT_RESERVED_BITS is 1.
  const code = (Object.keys(ERRORS) as ErrorCode[])[fault - 1];
  const bytes = header.subarray(0, words[layout.HELD]);
  return new ProtocolError(code, offset + words[layout.FAULT_AT], describe(fault, bytes, limit));
}

/** What was received, in words, from the bytes that show it. */
function describe(fault: number, bytes: Uint8Array, limit: number): string {
  const [first, second] = bytes;
  switch (fault) {
    case layout.FAULT_RESERVED_BITS:
      return `${reservedBits(first)} with ${opcode(first)}`;
    case layout.FAULT_CONTROL_TOO_LONG:
      return `${opcode(first)} with the length field ${second & 0x7f}`;
    case layout.FAULT_LENGTH_NOT_MINIMAL:
      return `${payloadLength(bytes, 0, second)} in ${(second & 0x7f) === 126 ? 16 : 64} bits`;
    case layout.FAULT_LENGTH_TOP_BIT:
    case layout.FAULT_LENGTH_UNSAFE:
      return `0x${Array.from(bytes.subarray(2, 10), hex).join("")}`;
    case layout.FAULT_FRAME_TOO_LONG:
      return `${payloadLength(bytes, 0, second)} bytes, where ${limit} are allowed`;
    case layout.FAULT_INVALID_UTF8:
      return describeInvalid(first);
    default:
      return opcode(first);
  }
}

/** What text has in the place of a byte that could go on, in words; `undefined` where it has no more. */
export function describeInvalid(byte: number | undefined): string {
  return byte === undefined ? "its end inside a character" : `the byte 0x${hex(byte)}`;
}

function opcode(first: number): string {
  return `opcode 0x${(first & 0x0f).toString(16)}`;
}

function reservedBits(first: number): string {
  const set = [1, 2, 3].filter((bit) => (first & (0x80 >> bit)) !== 0);
  return set.map((bit) => `RSV${bit}`).join(" and ");
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
