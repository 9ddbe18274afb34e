import { ERRORS, type ErrorCode, ProtocolError } from "../protocol/errors.ts";

/** The error for a kernel's fault at `offset` of the stream. The faults are the first of ERRORS, in the order of layout.ts:
 *  FAULT_RESERVED_BITS is 1. */
export function frameError(fault: number, offset: number): ProtocolError {
  return new ProtocolError((Object.keys(ERRORS) as ErrorCode[])[fault - 1], offset);
}
