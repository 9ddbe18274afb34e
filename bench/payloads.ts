import type { Payload } from "./plan.ts";

/** A chunk as it comes from a socket: 64 KiB. */
export const CHUNK_SIZE = 65_536;

/** Masked frames, one behind the other. */
export interface MaskedFrames {
  readonly bytes: Uint8Array;
  /** The frames' payloads before they were masked, in order; each frame has its own. */
  readonly payloads: Uint8Array[];
  /** Where each payload begins in `bytes`, and its masking key as four octets. */
  readonly starts: number[];
  readonly keys: Uint8Array[];
}

/** The same numbers at every run: xorshift32. */
export function createRandom(seed = 0x5eed): () => number {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** A payload of exactly `length` bytes; text is valid UTF-8. */
export function createPayload(kind: Payload, length: number, random: () => number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (kind === "binary") {
    for (let at = 0; at < length; at++) bytes[at] = random() & 0xff;
  } else if (kind === "ascii") {
    for (let at = 0; at < length; at++) bytes[at] = 0x20 + (random() % 0x5f);
  } else {
    fillKorean(bytes, random);
  }
  return bytes;
}

/** Words of Hangul syllables, three bytes each, with spaces between; what is left at the end is full stops. */
function fillKorean(bytes: Uint8Array, random: () => number): void {
  let at = 0;
  while (bytes.length - at >= 3) {
    const syllable = 0xac00 + (random() % 11_172);
    bytes[at++] = 0xe0 | (syllable >> 12);
    bytes[at++] = 0x80 | ((syllable >> 6) & 0x3f);
    bytes[at++] = 0x80 | (syllable & 0x3f);
    if (random() % 4 === 0 && at < bytes.length) bytes[at++] = 0x20;
  }
  bytes.fill(0x2e, at);
}

/** As many whole frames as `room` has room for, a chunk's unless it says otherwise. Written without wsimd, so that both
 *  sides are checked against something that is neither. */
export function createMaskedFrames(kind: Payload, length: number, room: number = CHUNK_SIZE): MaskedFrames {
  const random = createRandom();
  const headerLength = (length < 126 ? 2 : length < 65_536 ? 4 : 10) + 4;
  const count = Math.floor(room / (headerLength + length));
  const bytes = new Uint8Array(count * (headerLength + length));
  const payloads: Uint8Array[] = [];
  const starts: number[] = [];
  const keys: Uint8Array[] = [];
  for (let frame = 0; frame < count; frame++) {
    const payload = createPayload(kind, length, random);
    const key = Uint8Array.from({ length: 4 }, () => 1 + (random() % 255));
    const at = frame * (headerLength + length);
    writeMaskedHeader(bytes, at, kind === "binary" ? 2 : 1, length, key);
    const start = at + headerLength;
    for (let index = 0; index < length; index++) bytes[start + index] = payload[index] ^ key[index & 3];
    payloads.push(payload);
    starts.push(start);
    keys.push(key);
  }
  return { bytes, payloads, starts, keys };
}

function writeMaskedHeader(bytes: Uint8Array, at: number, opcode: number, length: number, key: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint8(at, 0x80 | opcode);
  if (length < 126) {
    view.setUint8(at + 1, 0x80 | length);
    bytes.set(key, at + 2);
  } else if (length < 65_536) {
    view.setUint8(at + 1, 0x80 | 126);
    view.setUint16(at + 2, length);
    bytes.set(key, at + 4);
  } else {
    view.setUint8(at + 1, 0x80 | 127);
    view.setBigUint64(at + 2, BigInt(length));
    bytes.set(key, at + 10);
  }
}

/** The unmasked payloads of a run of whole frames, read without wsimd; `bytes` is left as it was. */
export function readPayloads(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const payloads: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const masked = (bytes[at + 1] & 0x80) !== 0;
    let length = bytes[at + 1] & 0x7f;
    at += 2;
    if (length === 126) {
      length = view.getUint16(at);
      at += 2;
    } else if (length === 127) {
      length = Number(view.getBigUint64(at));
      at += 8;
    }
    const key = masked ? bytes.subarray(at, at + 4) : undefined;
    if (masked) at += 4;
    if (at + length > bytes.length) throw new Error(`a frame of ${length} bytes is cut at ${bytes.length - at}`);
    const payload = bytes.slice(at, at + length);
    if (key !== undefined) for (let index = 0; index < length; index++) payload[index] ^= key[index & 3];
    payloads.push(payload);
    at += length;
  }
  return payloads;
}
