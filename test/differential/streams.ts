// Streams that are mostly valid, and sometimes wrong in one way. A tape of bytes makes every choice, so that fast-check
// can shrink it: a shorter tape is a shorter stream, and a zero the plainest choice.

/** What is decoded, how, and how it arrives. */
export interface StreamCase {
  readonly role: "client" | "server";
  /** The reserved bits the frame layer allows: RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  readonly rsv: number;
  readonly limits: CaseLimits;
  readonly stream: Uint8Array;
  /** The lengths of the chunks; together the stream's. */
  readonly chunks: readonly number[];
  /** Whether chunks lie in the kernel's own memory, where it has some. */
  readonly inKernelMemory: boolean;
  /** How far into its surroundings each chunk begins. */
  readonly misalignment: number;
}

export interface CaseLimits {
  readonly maxFrameLength?: number;
  readonly maxMessageLength?: number;
  readonly maxFragments?: number;
  readonly maxRetainedBytes?: number;
}

/** Reads choices off the tape; past its end, every choice is 0. */
class Tape {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#at < this.#bytes.length ? this.#bytes[this.#at++] : 0;
  }

  /** From 0 up to, not including, `bound`. */
  below(bound: number): number {
    return bound <= 256 ? (this.byte() * bound) >> 8 : Math.floor(((this.byte() * 256 + this.byte()) * bound) / 65536);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  /** True in `percent` of a hundred; false at the end of the tape. */
  chance(percent: number): boolean {
    return this.byte() >= 256 - percent * 2.56;
  }
}

const encoder = new TextEncoder();
const TEXTS: readonly Uint8Array[] = [
  "plain ASCII, eight bytes a step. ",
  "Ελληνικά, русский, עברית; ",
  "한국어 日本語 ไทย हिन्दी ",
  "🦊🐶👩‍👧𝒳 ",
  "a é 한 🦊 \u0000\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}",
].map((text) => encoder.encode(text.repeat(40)));

const BAD_TEXTS: readonly (readonly number[])[] = [
  [0x80],
  [0xc0, 0xaf],
  [0xc1, 0xbf],
  [0xc3, 0x41],
  [0xe0, 0x9f, 0xbf],
  [0xe2, 0x82],
  [0xe2, 0x82, 0x41],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x8f, 0xbf, 0xbf],
  [0xf0, 0x9f, 0xa6],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xff],
];

/** Mostly short; at times around the bounds of the length's forms, of vectors and of blocks. */
function payloadLength(tape: Tape): number {
  const kind = tape.byte();
  if (kind < 130) return tape.below(24);
  if (kind < 170) return tape.below(180);
  if (kind < 195) return tape.pick([125, 126, 127, 128]);
  if (kind < 253) return 64 + tape.below(700);
  if (!tape.chance(10)) return tape.below(1500);
  return tape.pick([16370, 16383, 16384, 16385, 33000, 65535, 65536, 65537]);
}

function binary(tape: Tape, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let value = tape.byte();
  for (let at = 0; at < length; at++) {
    value = (value * 73 + 41 + at) & 0xff;
    bytes[at] = value;
  }
  return bytes;
}

function text(tape: Tape, length: number): Uint8Array {
  const source = tape.pick(TEXTS);
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    let end = Math.min(source.length, length - at);
    while (end > 0 && end < source.length && (source[end] & 0xc0) === 0x80) end--;
    if (end === 0) break; // no whole character fits: the rest stays U+0000
    bytes.set(source.subarray(0, end), at);
    at += end;
  }
  return bytes;
}

/** Writes frames as the peer of `role` does. */
class StreamBuilder {
  readonly tape: Tape;
  readonly role: "client" | "server";
  readonly rsv: number;
  readonly #parts: Uint8Array[] = [];

  constructor(tape: Tape, role: "client" | "server", rsv: number) {
    this.tape = tape;
    this.role = role;
    this.rsv = rsv;
  }

  /** A frame with the length in its shortest form. */
  frame(first: number, payload: Uint8Array, masked = this.role === "server"): void {
    const { length } = payload;
    const octets = length < 126 ? 0 : length < 65536 ? 2 : 8;
    const header = new Uint8Array(2 + octets + (masked ? 4 : 0));
    header[0] = first;
    header[1] = (masked ? 0x80 : 0) | (octets === 0 ? length : octets === 2 ? 126 : 127);
    for (let i = 0, rest = length; i < octets; i++, rest = Math.floor(rest / 256)) header[1 + octets - i] = rest & 0xff;
    this.raw(header);
    if (!masked) {
      this.raw(payload);
      return;
    }
    const key = [this.tape.byte(), 0xa5, this.tape.byte(), 0x3c];
    header.set(key, 2 + octets);
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = payload[i] ^ key[i & 3];
    this.raw(bytes);
  }

  /** A header whose length is written as `octets` say, with nothing behind it but `payload`. */
  header(first: number, form: number, octets: readonly number[], payload: Uint8Array = new Uint8Array(0)): void {
    const masked = this.role === "server";
    this.raw(Uint8Array.from([first, (masked ? 0x80 : 0) | form, ...octets, ...(masked ? [0, 0, 0, 0] : [])]));
    this.raw(payload);
  }

  raw(bytes: Uint8Array): void {
    this.#parts.push(bytes);
  }

  /** Reserved bits that are allowed here. */
  reserved(allowed: number): number {
    return this.rsv !== 0 && this.tape.chance(40) ? (this.tape.below(8) & this.rsv & allowed) << 4 : 0;
  }

  control(): void {
    const length = this.tape.chance(15) ? this.tape.pick([124, 125]) : this.tape.below(12);
    this.frame(this.tape.pick([0x89, 0x8a]) | this.reserved(3), binary(this.tape, length));
  }

  /** A message in one frame, or in fragments cut anywhere with control frames between them. */
  message(payload: Uint8Array, opcode: number): void {
    const { tape } = this;
    let pieces = tape.chance(35) ? 2 + tape.below(4) : 1;
    let first = opcode | this.reserved(7);
    let at = 0;
    while (pieces > 1) {
      const end = Math.min(payload.length, at + tape.below(Math.floor((2 * (payload.length - at)) / pieces) + 2));
      this.frame(first, payload.subarray(at, end));
      if (tape.chance(30)) this.control();
      first = this.reserved(3);
      at = end;
      pieces--;
    }
    this.frame(first | 0x80, payload.subarray(at));
  }

  /** Frames by the hundred and more than a record table holds, empty or of one byte. */
  burst(): void {
    const frames = this.tape.chance(10) ? 1000 + this.tape.below(60) : this.tape.below(200);
    const empty = this.tape.chance(50);
    for (let i = 0; i < frames; i++) this.frame(i % 3 === 0 ? 0x89 : 0x82, new Uint8Array(empty ? 0 : 1));
  }

  close(): void {
    const { tape } = this;
    if (tape.chance(20)) {
      this.frame(0x88, new Uint8Array(0));
      return;
    }
    const code = tape.pick([1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 3999, 4999]);
    const reason = text(tape, tape.chance(10) ? 123 : tape.below(30));
    this.frame(0x88, Uint8Array.from([code >> 8, code & 0xff, ...reason]));
  }

  /** What a valid stream holds next. */
  next(): void {
    const kind = this.tape.byte();
    if (kind < 110) this.message(text(this.tape, payloadLength(this.tape)), 1);
    else if (kind < 190) this.message(binary(this.tape, payloadLength(this.tape)), 2);
    else if (kind < 245) this.control();
    else if (kind < 247) this.burst();
    else if (kind < 249) this.close();
    else this.message(new Uint8Array(0), 1 + this.tape.below(2));
  }

  finish(): Uint8Array {
    const bytes = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}

/** Everything a peer can do wrong, one a line. */
const VIOLATIONS: readonly ((builder: StreamBuilder) => void)[] = [
  (to) => to.frame(0x81 | (1 << (4 + to.tape.below(3))), text(to.tape, 3)),
  (to) => to.frame(0xc0 | to.tape.pick([0, 8, 9, 10]), binary(to.tape, 2)),
  (to) => to.frame(0x80 | to.tape.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), binary(to.tape, 2)),
  (to) => to.frame(to.tape.pick([8, 9, 10]), binary(to.tape, 2)),
  (to) => to.frame(to.tape.pick([0x00, 0x80]), binary(to.tape, 2)),
  (to) => {
    to.frame(to.tape.pick([1, 2]), text(to.tape, 5));
    to.frame(to.tape.pick([0x01, 0x81, 0x02, 0x82]), text(to.tape, 5));
  },
  (to) => to.frame(to.tape.pick([0x81, 0x82, 0x89]), text(to.tape, 7), to.role !== "server"),
  (to) => to.frame(to.tape.pick([0x88, 0x89, 0x8a]), binary(to.tape, to.tape.pick([126, 127, 65536]))),
  (to) => to.header(to.tape.pick([0x81, 0x82]), 126, [0, to.tape.below(126)], text(to.tape, 4)),
  (to) => to.header(0x82, 127, [0, 0, 0, 0, 0, 0, to.tape.byte(), to.tape.byte()], binary(to.tape, 4)),
  (to) => to.header(0x82, 127, [0x80 | to.tape.byte(), 0, 0, 0, 0, 0, 0, to.tape.byte()]),
  (to) => to.header(0x82, 127, [to.tape.below(0x80), to.tape.pick([0x20, 0xff]), 0, 0, 0, 0, 0, to.tape.byte()]),
  (to) => to.header(0x82, 127, [0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], binary(to.tape, 9)),
  (to) => to.message(badText(to.tape), 1),
  (to) => to.message(badText(to.tape), 1),
  (to) => to.frame(0x88, binary(to.tape, 1)),
  (to) => {
    const code = to.tape.pick([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535]);
    to.frame(0x88, Uint8Array.from([code >> 8, code & 0xff, ...text(to.tape, to.tape.below(9))]));
  },
  (to) => to.frame(0x88, Uint8Array.from([0x03, 0xe8, ...badText(to.tape).subarray(0, 123)])),
];

/** Text with something wrong at its end or in the middle; long enough at times to meet whole blocks. */
function badText(tape: Tape): Uint8Array {
  const before = text(tape, tape.chance(40) ? tape.below(300) : tape.below(20));
  const after = text(tape, tape.chance(50) ? tape.below(100) : 0);
  return Uint8Array.from([...before, ...tape.pick(BAD_TEXTS), ...after]);
}

/** One small change somewhere in the bytes. */
function mutate({ kind, where, value }: Mutation, stream: Uint8Array): Uint8Array {
  const at = Math.floor(stream.length * where);
  const before = stream.subarray(0, at);
  if (kind === "truncate") return before;
  if (kind === "delete") return Uint8Array.from([...before, ...stream.subarray(at + 1 + (value & 3))]);
  if (kind === "insert") return Uint8Array.from([...before, value, ...stream.subarray(at)]);
  const mutated = stream.slice();
  mutated[at] = kind === "flip" ? mutated[at] ^ (1 << (value & 7)) : value;
  return mutated;
}

interface Mutation {
  readonly kind: "flip" | "replace" | "insert" | "delete" | "truncate";
  /** A fraction of the stream's length. */
  readonly where: number;
  readonly value: number;
}

function mutationOf(tape: Tape): Mutation {
  const kind = tape.pick(["flip", "replace", "insert", "delete", "truncate"] as const);
  return { kind, where: tape.below(65536) / 65536, value: tape.byte() };
}

/** How a stream is cut: the whole of it, or chunks of up to so many bytes, whose lengths the seed decides. */
interface Chunking {
  readonly most: "all" | number;
  readonly seed: number;
}

function chunkingOf(tape: Tape): Chunking {
  const most = tape.pick(["all", "all", "all", 900, 900, 350, 350, 350, 130, 130, 40, 40, 8, 3, 1] as const);
  return { most, seed: tape.below(65536) };
}

function chunksOf({ most, seed }: Chunking, length: number): number[] {
  const chunks: number[] = [];
  // However long the stream, it comes in no more than some hundreds of chunks.
  const bound = most === "all" ? length : Math.max(most, length >> 8);
  let random = seed;
  for (let rest = length; rest > 0; ) {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    const chunk = most === "all" ? length : Math.min(rest, 1 + ((random >>> 8) % bound));
    chunks.push(chunk);
    rest -= chunk;
  }
  return chunks;
}

function limitsOf(tape: Tape): CaseLimits {
  if (!tape.chance(45)) return {};
  const limits: { -readonly [limit in keyof CaseLimits]: CaseLimits[limit] } = {};
  if (tape.chance(30)) limits.maxFrameLength = tape.below(200);
  if (tape.chance(50)) limits.maxMessageLength = tape.below(300);
  if (tape.chance(30)) limits.maxFragments = 1 + tape.below(4);
  if (tape.chance(25)) limits.maxRetainedBytes = tape.below(400);
  return limits;
}

/** How many bytes of tape a case is worth, at least and at most. */
export const TAPE_LENGTHS = { minLength: 32, maxLength: 200 };

export function buildCase(bytes: Uint8Array): StreamCase {
  const tape = new Tape(bytes);
  const role = tape.chance(40) ? "client" : "server";
  const rsv = tape.chance(15) ? tape.below(8) : 0;
  const limits = limitsOf(tape);
  const inKernelMemory = tape.chance(50);
  const misalignment = tape.below(20);
  // Drawn before the frames, since these use up the tape.
  const chunking = chunkingOf(tape);
  const violation = tape.chance(40) ? tape.pick(VIOLATIONS) : undefined;
  const mutation = tape.chance(30) ? mutationOf(tape) : undefined;
  const builder = new StreamBuilder(tape, role, rsv);
  const count = 1 + tape.below(violation === undefined ? 12 : 6);
  for (let frames = 0; frames < count && !tape.ended; frames++) builder.next();
  violation?.(builder);
  if (!tape.ended) builder.next();
  let stream = builder.finish();
  if (mutation !== undefined && stream.length > 0) stream = mutate(mutation, stream);
  return { role, rsv, limits, stream, chunks: chunksOf(chunking, stream.length), inKernelMemory, misalignment };
}
