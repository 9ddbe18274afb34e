// The third opinion: a decoder written from RFC 6455 alone, over a stream that is all there, a byte at a time, with no
// thought of speed. Where the twins share a fault, this one does not. It knows of src only the names of the error codes.

import type { ErrorCode } from "../../src/protocol/errors.ts";
import { BOUNDARY, INVALID, step } from "../kernel/rfc3629.ts";

export interface NaiveOptions {
  readonly role: "client" | "server";
  /** The reserved bits an extension has negotiated: RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  readonly rsv: number;
  readonly maxFrameLength: number;
}

export interface NaiveFrame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  /** Where the header begins, and where the payload does. */
  readonly at: number;
  readonly payloadAt: number;
  readonly announced: number;
  /** The payload that came, unmasked; up to the byte at fault when the text is wrong. */
  readonly payload: Uint8Array;
  readonly complete: boolean;
}

export interface NaiveViolation {
  readonly code: ErrorCode;
  readonly offset: number;
}

export interface NaiveFrames {
  /** Every frame whose header came whole and broke no rule. Only the last can be incomplete. */
  readonly frames: readonly NaiveFrame[];
  readonly violation: NaiveViolation | undefined;
  /** Whether the stream ends inside a frame. */
  readonly midFrame: boolean;
}

/** The message that fragments belong to. */
interface Fragmented {
  /** Whether the bytes are text that can be checked: not when RSV1 says that an extension must decode them first. */
  readonly checked: boolean;
}

export function naiveFrames(stream: Uint8Array, options: NaiveOptions): NaiveFrames {
  const frames: NaiveFrame[] = [];
  let fragmented: Fragmented | undefined;
  let utf8 = BOUNDARY;
  let at = 0;
  const fail = (code: ErrorCode, offset: number): NaiveFrames => ({
    frames,
    violation: { code, offset },
    midFrame: false,
  });

  while (at < stream.length) {
    const fin = stream[at] >= 128;
    const rsv = Math.floor(stream[at] / 16) % 8;
    const opcode = stream[at] % 16;
    const control = opcode >= 8;
    const wrongFirst = faultOfFirstByte(fin, rsv, opcode, options.rsv, fragmented !== undefined);
    if (wrongFirst !== undefined) return fail(wrongFirst, at);

    if (at + 1 === stream.length) break;
    const masked = stream[at + 1] >= 128;
    const form = stream[at + 1] % 128;
    // §5.1: a server closes "upon receiving a frame that is not masked", a client "if it detects a masked frame".
    if (options.role === "server" && !masked) return fail("MASK_REQUIRED", at + 1);
    if (options.role === "client" && masked) return fail("MASK_FORBIDDEN", at + 1);
    // §5.5: "All control frames MUST have a payload length of 125 bytes or less".
    if (control && form > 125) return fail("CONTROL_TOO_LONG", at + 1);

    const octets = form === 127 ? 8 : form === 126 ? 2 : 0;
    const payloadAt = at + 2 + octets + (masked ? 4 : 0);
    if (payloadAt > stream.length) break;
    let length = BigInt(form);
    if (octets > 0) {
      length = 0n;
      for (let i = 0; i < octets; i++) length = length * 256n + BigInt(stream[at + 2 + i]);
    }
    const wrongLength = faultOfLength(length, octets, options.maxFrameLength);
    if (wrongLength !== undefined) return fail(wrongLength, at + (octets > 0 ? 2 : 1));

    const announced = Number(length);
    const end = Math.min(payloadAt + announced, stream.length);
    const payload = stream.slice(payloadAt, end);
    if (masked) for (let i = 0; i < payload.length; i++) payload[i] ^= stream[payloadAt - 4 + (i % 4)];
    const complete = payload.length === announced;
    const frame = { fin, rsv, opcode, masked, at, payloadAt, announced };

    if (!control) {
      // §5.4: the opcode and the extension data of a message are its first frame's.
      const message: Fragmented = opcode === 0 ? fragmented! : { checked: opcode === 1 && rsv < 4 };
      if (message.checked) {
        for (let i = 0; i < payload.length; i++) {
          utf8 = step(utf8, payload[i]);
          if (utf8 === INVALID) {
            frames.push({ ...frame, payload: payload.slice(0, i), complete: false });
            return fail("INVALID_UTF8", payloadAt + i);
          }
        }
        if (fin && complete && utf8 !== BOUNDARY) {
          frames.push({ ...frame, payload, complete: false });
          return fail("INVALID_UTF8", end);
        }
      }
      fragmented = fin ? undefined : message;
    }
    frames.push({ ...frame, payload, complete });
    if (!complete) break;
    at = end;
  }
  return { frames, violation: undefined, midFrame: at < stream.length };
}

function faultOfFirstByte(
  fin: boolean,
  rsv: number,
  opcode: number,
  negotiated: number,
  inMessage: boolean,
): ErrorCode | undefined {
  // §5.2: "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
  for (const bit of [4, 2, 1]) if (rsv % (2 * bit) >= bit && negotiated % (2 * bit) < bit) return "RESERVED_BITS";
  // RFC 7692 §6: RSV1 is for the first frame of a data message alone.
  if (rsv >= 4 && (opcode === 0 || opcode >= 8)) return "RESERVED_BITS";
  // §5.2: "%x3-7 are reserved for further non-control frames", "%xB-F are reserved for further control frames".
  if ((opcode >= 3 && opcode <= 7) || opcode >= 11) return "RESERVED_OPCODE";
  // §5.5: control frames "MUST NOT be fragmented."
  if (opcode >= 8 && !fin) return "FRAGMENTED_CONTROL";
  // §5.4: a continuation needs a message, and a message in progress must end before another begins.
  if (opcode === 0 && !inMessage) return "UNEXPECTED_CONTINUATION";
  if ((opcode === 1 || opcode === 2) && inMessage) return "EXPECTED_CONTINUATION";
  return undefined;
}

function faultOfLength(length: bigint, octets: number, maxFrameLength: number): ErrorCode | undefined {
  // §5.2: "the most significant bit MUST be 0".
  if (length >= 2n ** 63n) return "LENGTH_TOP_BIT";
  if (length >= 2n ** 53n) return "LENGTH_UNSAFE";
  // §5.2: "the minimal number of bytes MUST be used to encode the length".
  if (octets === 2 && length <= 125n) return "LENGTH_NOT_MINIMAL";
  if (octets === 8 && length <= 65535n) return "LENGTH_NOT_MINIMAL";
  return length > BigInt(maxFrameLength) ? "FRAME_TOO_LONG" : undefined;
}

export interface NaiveLimits extends NaiveOptions {
  readonly maxMessageLength: number;
  readonly maxFragments: number;
}

/** An event: its type, its payload or a Close's reason, and a Close's code. */
export type NaiveEvent = readonly [type: "text" | "binary" | "ping" | "pong" | "close", payload: Buffer, code?: number];

export interface NaiveMessages {
  readonly events: readonly NaiveEvent[];
  readonly violation: NaiveViolation | undefined;
}

/** What the frames of a stream amount to (§5.4, §5.5). */
export function naiveMessages({ frames, violation }: NaiveFrames, limits: NaiveLimits): NaiveMessages {
  const events: NaiveEvent[] = [];
  let type: "text" | "binary" = "text";
  let parts: Uint8Array[] = [];
  let length = 0;
  const fail = (code: ErrorCode, offset: number): NaiveMessages => ({ events, violation: { code, offset } });

  for (const frame of frames) {
    const { opcode, payload, payloadAt } = frame;
    if (opcode < 8) {
      if (opcode !== 0) {
        type = opcode === 1 ? "text" : "binary";
        parts = [];
        length = 0;
      }
      if (parts.length + 1 > limits.maxFragments) return fail("TOO_MANY_FRAGMENTS", payloadAt);
      length += frame.announced;
      if (length > limits.maxMessageLength) return fail("MESSAGE_TOO_LONG", payloadAt);
      parts.push(payload);
      if (frame.fin && frame.complete) events.push([type, Buffer.concat(parts)]);
    } else if (frame.complete) {
      if (opcode === 9) events.push(["ping", Buffer.from(payload)]);
      else if (opcode === 10) events.push(["pong", Buffer.from(payload)]);
      else {
        const wrong = faultOfClose(payload);
        if (wrong !== undefined) return fail(wrong.code, payloadAt + wrong.at);
        events.push(["close", Buffer.from(payload.slice(2)), payload.length === 0 ? 1005 : closeCode(payload)]);
        // §1.4: "that peer discards any further data received."
        return { events, violation: undefined };
      }
    }
  }
  return { events, violation };
}

function closeCode(payload: Uint8Array): number {
  return payload[0] * 256 + payload[1];
}

/** §7.4.1 and the registry it opens, number by number. */
const REGISTERED: readonly number[] = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];

/** What is wrong with a Close payload, and at which of its bytes. */
function faultOfClose(payload: Uint8Array): { code: ErrorCode; at: number } | undefined {
  if (payload.length === 0) return undefined;
  // §5.5.1: "the first two bytes of the body MUST be a 2-byte unsigned integer".
  if (payload.length === 1) return { code: "CLOSE_PAYLOAD_TRUNCATED", at: 0 };
  const code = closeCode(payload);
  // §7.4.2: 3000–3999 are for libraries and frameworks, 4000–4999 for private use.
  if (!REGISTERED.includes(code) && (code < 3000 || code > 4999)) return { code: "INVALID_CLOSE_CODE", at: 0 };
  let state = BOUNDARY;
  for (let at = 2; at < payload.length; at++) {
    state = step(state, payload[at]);
    if (state === INVALID) return { code: "INVALID_CLOSE_REASON", at };
  }
  return state === BOUNDARY ? undefined : { code: "INVALID_CLOSE_REASON", at: payload.length };
}
