// §5.2: what the bits of a header say, and which of them are allowed.

import * as layout from "../layout.ts";

// V8 folds a module's own constants into the code; an imported one it loads and checks at each use. One by one, a bundler
// folds them as well.
const FAULT_CONTROL_TOO_LONG = layout.FAULT_CONTROL_TOO_LONG;
const FAULT_EXPECTED_CONTINUATION = layout.FAULT_EXPECTED_CONTINUATION;
const FAULT_FRAGMENTED_CONTROL = layout.FAULT_FRAGMENTED_CONTROL;
const FAULT_FRAME_TOO_LONG = layout.FAULT_FRAME_TOO_LONG;
const FAULT_LENGTH_NOT_MINIMAL = layout.FAULT_LENGTH_NOT_MINIMAL;
const FAULT_LENGTH_TOP_BIT = layout.FAULT_LENGTH_TOP_BIT;
const FAULT_LENGTH_UNSAFE = layout.FAULT_LENGTH_UNSAFE;
const FAULT_MASK_FORBIDDEN = layout.FAULT_MASK_FORBIDDEN;
const FAULT_MASK_REQUIRED = layout.FAULT_MASK_REQUIRED;
const FAULT_RESERVED_BITS = layout.FAULT_RESERVED_BITS;
const FAULT_RESERVED_OPCODE = layout.FAULT_RESERVED_OPCODE;
const FAULT_UNEXPECTED_CONTINUATION = layout.FAULT_UNEXPECTED_CONTINUATION;

/** How long the header is, which its second byte tells: 2 to 14 bytes. */
export function headerLength(second: number): number {
  const length = second & 0x7f;
  return 2 + (length < 126 ? 0 : length === 126 ? 2 : 8) + ((second & 0x80) >> 5);
}

/** The payload length of a header; `at` is where it begins. Exact up to 2^53 - 1, past which checkLength fails. */
export function payloadLength(bytes: Uint8Array, at: number, second: number): number {
  const length = second & 0x7f;
  if (length < 126) return length;
  if (length === 126) return (bytes[at + 2] << 8) | bytes[at + 3];
  return highWord(bytes, at) * 2 ** 32 + uint32(bytes, at + 6);
}

/** The masking key at `at`, its first octet in the low bits. */
export function readKey(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

/** The rules on FIN, RSV and opcode, given the fragmented message in progress. Returns a FAULT_* or 0. */
export function checkFirstByte(first: number, rules: number, message: number): number {
  const opcode = first & 0x0f;
  // §5.2: "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
  if ((first & 0x70 & ~rules) !== 0) return FAULT_RESERVED_BITS;
  // RFC 7692 §6: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control frames and non-first fragments
  // of a data message."
  if ((first & 0x40) !== 0 && (opcode === 0 || opcode >= 8)) return FAULT_RESERVED_BITS;
  // §5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."
  if ((opcode & 7) > 2) return FAULT_RESERVED_OPCODE;
  if (opcode >= 8) {
    // §5.5: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented."
    return (first & 0x80) === 0 ? FAULT_FRAGMENTED_CONTROL : 0;
  }
  // §5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another message".
  if (opcode === 0) return message === 0 ? FAULT_UNEXPECTED_CONTINUATION : 0;
  return message !== 0 ? FAULT_EXPECTED_CONTINUATION : 0;
}

/** The rules on the mask bit and on the length of control frames. Returns a FAULT_* or 0. */
export function checkSecondByte(first: number, second: number, rules: number): number {
  if (((second ^ rules) & 0x80) !== 0) {
    // §5.1: "The server MUST close the connection upon receiving a frame that is not masked."
    // §5.1: "A client MUST close a connection if it detects a masked frame."
    return (rules & 0x80) !== 0 ? FAULT_MASK_REQUIRED : FAULT_MASK_FORBIDDEN;
  }
  // §5.5: "All control frames MUST have a payload length of 125 bytes or less".
  return (first & 0x08) !== 0 && (second & 0x7f) > 125 ? FAULT_CONTROL_TOO_LONG : 0;
}

/** The rules on the payload length of the header at `at`. Returns a FAULT_* or 0. */
export function checkLength(bytes: Uint8Array, at: number, second: number, length: number, limit: number): number {
  const form = second & 0x7f;
  if (form === 127) {
    const high = highWord(bytes, at);
    // §5.2: "the most significant bit MUST be 0".
    if (high >= 2 ** 31) return FAULT_LENGTH_TOP_BIT;
    // Legal on the wire, but JavaScript cannot count so far.
    if (high > 0x1fffff) return FAULT_LENGTH_UNSAFE;
  }
  // §5.2: "the minimal number of bytes MUST be used to encode the length".
  if (form >= 126 && length < (form === 126 ? 126 : 65536)) return FAULT_LENGTH_NOT_MINIMAL;
  return length > limit ? FAULT_FRAME_TOO_LONG : 0;
}

/** How far into the header the byte lies that breaks the rule. */
export function faultOffset(fault: number, second: number): number {
  if (fault < FAULT_MASK_REQUIRED) return 0;
  if (fault <= FAULT_CONTROL_TOO_LONG) return 1;
  return (second & 0x7f) < 126 ? 1 : 2;
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** The upper half of a 64-bit length. */
function highWord(bytes: Uint8Array, at: number): number {
  return uint32(bytes, at + 2);
}
