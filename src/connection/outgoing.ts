import { FrameBatch } from "../frame/batch.ts";
import type { FrameEncoder, FrameOptions } from "../frame/encoder.ts";
import type { PreparedFrame } from "../frame/prepared.ts";
import { receiveBufferOf } from "../kernel/receive-buffer.ts";
import type { Opcode } from "../protocol/opcode.ts";

/** A payload from this length on is sent where it lies; a shorter one is copied, which costs less than a second buffer. */
const UNCOPIED_FROM = 8192;

/** Frames that wait to be sent, in order. Small ones are collected in one buffer, so that many leave as one write. */
export class Outgoing {
  readonly capacity: number;
  /** Whose frames wait in it. */
  sender: object | undefined = undefined;
  readonly #encoder: FrameEncoder;
  readonly #batch: FrameBatch;
  /** What comes before the batch's frames, from `#next` on. */
  #pieces: Uint8Array[] = [];
  #next = 0;
  #pieceBytes = 0;

  /** `capacity` is the size of its buffers, in bytes. */
  constructor(encoder: FrameEncoder, capacity: number) {
    this.#encoder = encoder;
    this.capacity = capacity;
    this.#batch = new FrameBatch(encoder, capacity);
  }

  /** How many bytes wait. */
  get length(): number {
    return this.#pieceBytes + this.#batch.length;
  }

  /** Appends a frame. Long bytes are sent where they lie: they are not to be changed before. */
  add(opcode: Opcode, payload: string | Uint8Array, options?: FrameOptions): void {
    if (typeof payload !== "string" && payload.length >= UNCOPIED_FROM && !borrowed(payload, this.sender)) {
      this.#push(...this.#encoder.parts(opcode, payload, options));
    } else {
      this.#batch.add(opcode, payload, options);
    }
  }

  /** Appends bytes that are no frame: those of an opening handshake. */
  addBytes(bytes: Uint8Array): void {
    this.#push(bytes);
  }

  /** Appends a frame that was encoded for many: its own bytes, uncopied, unless they can go along with others. */
  addPrepared(frame: PreparedFrame): void {
    if (this.length > 0 && frame.payload.length < UNCOPIED_FROM) this.#batch.add(frame.opcode, frame.payload, frame);
    else this.#push(frame.bytesFor(this.#encoder));
  }

  /** The next bytes to send; `undefined` when nothing waits. */
  take(): Uint8Array | undefined {
    if (this.#next === this.#pieces.length) return this.#batch.length > 0 ? this.#batch.take() : undefined;
    const piece = this.#pieces[this.#next++];
    this.#pieceBytes -= piece.length;
    if (this.#next === this.#pieces.length) {
      this.#pieces = [];
      this.#next = 0;
    }
    return piece;
  }

  /** Takes back what `take` gave, to put frames in its place. Passes over what was no frame of its own. */
  reclaim(bytes: Uint8Array): void {
    this.#batch.reclaim(bytes);
  }

  /** Drops all that waits. */
  clear(): void {
    this.#pieces = [];
    this.#next = 0;
    this.#pieceBytes = 0;
    if (this.#batch.length > 0) this.#batch.take();
  }

  /** Appends whole buffers, behind what the batch has so far. */
  #push(...pieces: Uint8Array[]): void {
    if (this.#batch.length > 0) pieces.unshift(this.#batch.take());
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#pieceBytes += piece.length;
    }
  }
}

/** The memory of what a handler was lent: it is used again, or freed, once the handler has returned. */
let lent: ArrayBufferLike | undefined;
/** Who may send what lies there as it is, since it will not be freed before that is out. */
let keeper: object | undefined;

/** Runs `action`, during which what lies in the same memory as `bytes` is copied when it is sent, but by `sender`. */
export function whileLent(bytes: Uint8Array, action: () => void, sender?: object): void {
  const [outer, outerKeeper] = [lent, keeper];
  lent = bytes.buffer;
  keeper = sender;
  try {
    action();
  } finally {
    lent = outer;
    keeper = outerKeeper;
  }
}

/** Whether the bytes must not be sent where they lie: they are lent, or in a receive buffer, where the next read may overwrite them. */
function borrowed(bytes: Uint8Array, sender: object | undefined): boolean {
  if (receiveBufferOf(bytes) !== undefined) return true;
  return lent !== undefined && sender !== keeper && bytes.buffer === lent;
}
