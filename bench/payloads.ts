import type { Payload } from "./plan.ts";

/** A chunk as it comes from a socket: 64 KiB. */
export const CHUNK_SIZE = 65_536;

/** Frames, one behind the other. */
export interface Frames {
  readonly bytes: Uint8Array;
  /** The messages' payloads before they were masked, in order; each message has its own. */
  readonly payloads: Uint8Array[];
  /** Where each frame's payload begins in `bytes`, and its masking key as four octets: zeros where it is not masked. */
  readonly starts: number[];
  readonly keys: Uint8Array[];
}

export interface FramesOptions {
  /** As many messages as this has room for. Default: a chunk. */
  readonly room?: number;
  /** But no more than these. */
  readonly most?: number;
  /** Default: true. */
  readonly masked?: boolean;
  /** How many frames a message has. Default: 1. */
  readonly fragments?: number;
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
  fillPayload(kind, bytes, random);
  return bytes;
}

function fillPayload(kind: Payload, bytes: Uint8Array, random: () => number): void {
  const { length } = bytes;
  if (kind === "binary") {
    for (let at = 0; at < length; at++) bytes[at] = random() & 0xff;
  } else if (kind === "ascii") {
    for (let at = 0; at < length; at++) bytes[at] = 0x20 + (random() % 0x5f);
  } else if (kind === "json") {
    fillRecords(bytes, random);
  } else {
    fillWords(bytes, CHARACTERS[kind], random);
  }
}

/** The next character of a text. */
const CHARACTERS: Record<"latin" | "korean" | "emoji", (random: () => number) => number> = {
  // A third of the letters is accented (U+00E0 to U+00F6, two bytes each), the rest is a to z.
  latin: (random) => (random() % 3 === 0 ? 0xe0 + (random() % 23) : 0x61 + (random() % 26)),
  // Hangul syllables, three bytes each.
  korean: (random) => 0xac00 + (random() % 11_172),
  // U+1F600 to U+1F64F, four bytes each.
  emoji: (random) => 0x1f600 + (random() % 80),
};

/** Characters with a space now and then; what is left at the end is full stops. */
function fillWords(bytes: Uint8Array, character: (random: () => number) => number, random: () => number): void {
  let at = 0;
  while (at < bytes.length) {
    const next = character(random);
    const size = next < 0x80 ? 1 : next < 0x800 ? 2 : next < 0x10000 ? 3 : 4;
    if (size > bytes.length - at) break;
    if (size === 1) bytes[at] = next;
    else bytes[at] = (0xf00 >> size) | (next >> (6 * (size - 1)));
    for (let index = 1; index < size; index++) bytes[at + index] = 0x80 | ((next >> (6 * (size - 1 - index))) & 0x3f);
    at += size;
    if (random() % 4 === 0 && at < bytes.length) bytes[at++] = 0x20;
  }
  bytes.fill(0x2e, at);
}

const STATES = ["open", "filled", "cancelled", "rejected"];

/** A list of records as an application sends them: the same names again and again, and numbers that differ. */
function fillRecords(bytes: Uint8Array, random: () => number): void {
  let at = 0;
  while (at < bytes.length) {
    const record = {
      id: random(),
      state: STATES[random() % STATES.length],
      price: (random() % 100_000) / 100,
      quantity: random() % 1000,
      account: `user-${random() % 500}`,
      at: new Date(1.7e12 + random()).toISOString(),
    };
    const text = `${at === 0 ? "[" : ","}${JSON.stringify(record)}`;
    // What is left at the end is white space.
    if (text.length + 1 > bytes.length - at) break;
    at += new TextEncoder().encodeInto(text, bytes.subarray(at)).written;
  }
  if (at === 0 && bytes.length > 1) bytes[at++] = 0x5b;
  bytes.fill(0x20, at);
  bytes[bytes.length - 1] = at === 0 ? 0x30 : 0x5d;
}

/** As many whole messages as there is room for. Written without wsimd, so that both sides are checked against something
 *  that is neither. */
export function createFrames(kind: Payload, length: number, options: FramesOptions = {}): Frames {
  const { room = CHUNK_SIZE, most = Number.POSITIVE_INFINITY, masked = true, fragments = 1 } = options;
  const random = createRandom();
  const lengths = splitEvenly(length, fragments);
  const messageLength = lengths.reduce((sum, part) => sum + headerLengthOf(part, masked) + part, 0);
  const count = Math.min(most, Math.floor(room / messageLength));
  const frames = { bytes: new Uint8Array(count * messageLength), payloads: [], starts: [], keys: [] } as Frames;
  // Views of two memories: tens of thousands of small ones would be the garbage collector's work in every turn.
  const allPayloads = new Uint8Array(count * length);
  const allKeys = new Uint8Array(count * fragments * 4);
  let at = 0;
  for (let message = 0; message < count; message++) {
    const payload = allPayloads.subarray(message * length, (message + 1) * length);
    fillPayload(kind, payload, random);
    frames.payloads.push(payload);
    let taken = 0;
    for (const [index, part] of lengths.entries()) {
      const opcode = index > 0 ? 0 : kind === "binary" ? 2 : 1;
      const fin = index === lengths.length - 1 ? 0x80 : 0;
      const keyAt = frames.keys.length * 4;
      const key = allKeys.subarray(keyAt, keyAt + 4);
      if (masked) for (let octet = 0; octet < 4; octet++) key[octet] = 1 + (random() % 255);
      const start = at + headerLengthOf(part, masked);
      writeHeader(frames.bytes.subarray(at, start), fin | opcode, part, masked ? key : undefined);
      for (let index = 0; index < part; index++) frames.bytes[start + index] = payload[taken + index] ^ key[index & 3];
      frames.starts.push(start);
      frames.keys.push(key);
      taken += part;
      at = start + part;
    }
  }
  return frames;
}

/** `createFrames` of masked messages of one frame each. */
export function createMaskedFrames(kind: Payload, length: number, room: number = CHUNK_SIZE): Frames {
  return createFrames(kind, length, { room });
}

/** `length` in so many parts, none of which is longer than the one before. */
function splitEvenly(length: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, index) => Math.ceil((length - index) / parts));
}

export function headerLengthOf(length: number, masked: boolean): number {
  return (length < 126 ? 2 : length < 65_536 ? 4 : 10) + (masked ? 4 : 0);
}

/** Fills `header`, whose length says which form it has. */
function writeHeader(header: Uint8Array, first: number, length: number, key: Uint8Array | undefined): void {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const maskBit = key === undefined ? 0 : 0x80;
  view.setUint8(0, first);
  if (length < 126) {
    view.setUint8(1, maskBit | length);
  } else if (length < 65_536) {
    view.setUint8(1, maskBit | 126);
    view.setUint16(2, length);
  } else {
    view.setUint8(1, maskBit | 127);
    view.setBigUint64(2, BigInt(length));
  }
  if (key !== undefined) header.set(key, header.length - 4);
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
