// §5.2: what the bits of a header say, and which of them are allowed.

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
} from "../src/kernel/layout";

/** How long the header is, which its second byte tells: 2 to 14 bytes. */
@inline
export function headerLength(second: i32): i32 {
  const length = second & 0x7f;
  return 2 + (length < 126 ? 0 : length == 126 ? 2 : 8) + ((second & 0x80) >> 5);
}

/** The payload length of a header; `at` is where it begins. */
@inline
export function payloadLength(at: usize, second: i32): u64 {
  const length = second & 0x7f;
  if (length < 126) return length;
  return length == 126 ? bswap<u16>(load<u16>(at, 2)) : bswap<u64>(load<u64>(at, 2));
}

/** The masking key at `at`, its first octet in the low bits. */
@inline
export function readKey(at: usize): i32 {
  return load<i32>(at);
}

/** The rules on FIN, RSV and opcode, given the fragmented message in progress. Returns a FAULT_* or 0. */
export function checkFirstByte(first: i32, rules: i32, message: i32): i32 {
  const opcode = first & 0x0f;
  // §5.2: "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
  if ((first & 0x70 & ~rules) != 0) return FAULT_RESERVED_BITS;
  // RFC 7692 §6: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control frames and non-first fragments
  // of a data message."
  if ((first & 0x40) != 0 && (opcode == 0 || opcode >= 8)) return FAULT_RESERVED_BITS;
  // §5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."
  if ((opcode & 7) > 2) return FAULT_RESERVED_OPCODE;
  if (opcode >= 8) {
    // §5.5: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented."
    return (first & 0x80) == 0 ? FAULT_FRAGMENTED_CONTROL : 0;
  }
  // §5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another message".
  if (opcode == 0) return message == 0 ? FAULT_UNEXPECTED_CONTINUATION : 0;
  return message != 0 ? FAULT_EXPECTED_CONTINUATION : 0;
}

/** The rules on the mask bit and on the length of control frames. Returns a FAULT_* or 0. */
export function checkSecondByte(first: i32, second: i32, rules: i32): i32 {
  if (((second ^ rules) & 0x80) != 0) {
    // §5.1: "The server MUST close the connection upon receiving a frame that is not masked."
    // §5.1: "A client MUST close a connection if it detects a masked frame."
    return (rules & 0x80) != 0 ? FAULT_MASK_REQUIRED : FAULT_MASK_FORBIDDEN;
  }
  // §5.5: "All control frames MUST have a payload length of 125 bytes or less".
  return (first & 0x08) != 0 && (second & 0x7f) > 125 ? FAULT_CONTROL_TOO_LONG : 0;
}

/** The rules on the payload length. Returns a FAULT_* or 0. */
export function checkLength(second: i32, length: u64, limit: u64): i32 {
  const form = second & 0x7f;
  if (form == 127) {
    // §5.2: "the most significant bit MUST be 0".
    if (<i64>length < 0) return FAULT_LENGTH_TOP_BIT;
    // Legal on the wire, but JavaScript cannot count so far.
    if (length > 0x1fffffffffffff) return FAULT_LENGTH_UNSAFE;
  }
  // §5.2: "the minimal number of bytes MUST be used to encode the length".
  if (form >= 126 && length < <u64>(form == 126 ? 126 : 65536)) return FAULT_LENGTH_NOT_MINIMAL;
  return length > limit ? FAULT_FRAME_TOO_LONG : 0;
}

/** How far into the header the byte lies that breaks the rule. */
export function faultOffset(fault: i32, second: i32): i32 {
  if (fault < FAULT_MASK_REQUIRED) return 0;
  if (fault <= FAULT_CONTROL_TOO_LONG) return 1;
  return (second & 0x7f) < 126 ? 1 : 2;
}
