import { headerLength, payloadLength, readKey } from "../kernel/typescript/header.ts";

import { checkBytes, checkInteger } from "../protocol/argument.ts";

/** What the bits of a header say (§5.2), allowed or not. */
export interface FrameHeader {
  /** Whether the frame is the last one of its message. */
  readonly fin: boolean;
  /** The reserved bits as one number: RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  readonly rsv: number;
  /** One of `Opcode`, or a reserved number up to 15. */
  readonly opcode: number;
  /** Whether the payload is masked (§5.3). */
  readonly masked: boolean;
  /** The masking key as a signed 32-bit integer, its first octet in the low eight bits; 0 if not masked. */
  readonly maskingKey: number;
  /** The payload's length in bytes; not exact past 2^53 - 1, which no decoder accepts. */
  readonly payloadLength: number;
  /** The header's own length, 2 to 14 bytes: the payload begins there. */
  readonly headerLength: number;
}

/** The longest header, in bytes (§5.2): two bytes, a 64-bit length and a masking key. */
export const MAX_HEADER_LENGTH = 14;

/**
 * Reads the header at `offset`, by default 0, as it stands, without judging it: `FrameDecoder` knows the rules.
 * Returns `undefined` when the bytes end inside the header.
 * @throws TypeError when `bytes` is not a `Uint8Array`, RangeError when `offset` is not a position.
 */
export function parseHeader(bytes: Uint8Array, offset = 0): FrameHeader | undefined {
  checkBytes("bytes", bytes);
  checkInteger("offset", offset, 0, Number.MAX_SAFE_INTEGER);
  if (bytes.length - offset < 2) return undefined;
  const first = bytes[offset];
  const second = bytes[offset + 1];
  const length = headerLength(second);
  if (bytes.length - offset < length) return undefined;
  const masked = (second & 0x80) !== 0;
  return {
    fin: (first & 0x80) !== 0,
    rsv: (first >> 4) & 7,
    opcode: first & 0x0f,
    masked,
    maskingKey: masked ? readKey(bytes, offset + length - 4) : 0,
    payloadLength: payloadLength(bytes, offset, second),
    headerLength: length,
  };
}

/** The length of the header for a payload of `length` bytes: §5.2 asks for the shortest form. */
export function headerLengthFor(length: number, masked: boolean): number {
  return (length < 126 ? 2 : length < 65536 ? 4 : 10) + (masked ? 4 : 0);
}

/**
 * Writes a header at `offset`, where there is room for it, and returns the offset after it. `first` is the frame's first
 * byte; `key` the masking key, or `undefined` for a frame that is not masked.
 */
export function writeHeader(
  target: Uint8Array,
  offset: number,
  first: number,
  length: number,
  key: number | undefined,
): number {
  const maskBit = key === undefined ? 0 : 0x80;
  let at = offset;
  target[at++] = first;
  if (length < 126) {
    target[at++] = maskBit | length;
  } else if (length < 65536) {
    target[at++] = maskBit | 126;
    target[at++] = length >> 8;
    target[at++] = length;
  } else {
    target[at++] = maskBit | 127;
    at = writeUint32(target, at, Math.floor(length / 2 ** 32));
    at = writeUint32(target, at, length | 0);
  }
  if (key !== undefined) {
    target[at++] = key;
    target[at++] = key >> 8;
    target[at++] = key >> 16;
    target[at++] = key >> 24;
  }
  return at;
}

function writeUint32(target: Uint8Array, offset: number, value: number): number {
  target[offset] = value >> 24;
  target[offset + 1] = value >> 16;
  target[offset + 2] = value >> 8;
  target[offset + 3] = value;
  return offset + 4;
}
