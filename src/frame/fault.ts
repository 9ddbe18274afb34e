import { type ErrorCode, ProtocolError } from "../protocol/errors.ts";

/** The kernel's faults by number: FAULT_RESERVED_BITS is 1, and so on in the order of layout.ts. */
const FRAME_ERRORS: readonly ErrorCode[] = [
  "RESERVED_BITS",
  "RESERVED_OPCODE",
  "FRAGMENTED_CONTROL",
  "UNEXPECTED_CONTINUATION",
  "EXPECTED_CONTINUATION",
  "MASK_REQUIRED",
  "MASK_FORBIDDEN",
  "CONTROL_TOO_LONG",
  "LENGTH_NOT_MINIMAL",
  "LENGTH_TOP_BIT",
  "LENGTH_UNSAFE",
  "FRAME_TOO_LONG",
  "INVALID_UTF8",
];

/** The error for a kernel's fault at `offset` of the stream. */
export function frameError(fault: number, offset: number): ProtocolError {
  return new ProtocolError(FRAME_ERRORS[fault - 1], offset);
}
