import type { Frame } from "../frame/frame.ts";
import { Opcode } from "../protocol/opcode.ts";
import type { RetainedBudget } from "./budget.ts";

export interface AssemblyLimits {
  readonly maxMessageLength: number;
  readonly maxRetainedBytes: number;
  readonly budget: RetainedBudget | undefined;
}

/** What is appended: a frame, or the piece of one that has arrived. */
type Piece = Pick<Frame, "chunk" | "start" | "length" | "payload" | "ascii">;

/** What a known length may allocate before its bytes arrive. Beyond, the buffer grows with what has arrived. */
const AHEAD = 2 ** 20;
/** What a message of unknown length takes at first: buffers are dear, and short fragments many. */
const FIRST = 256;
/** Up to here, a loop over bytes wins over `set` and the view it needs. */
const LOOP_UP_TO = 64;
const NOTHING = new Uint8Array(0);

/**
 * Collects one message, or one control frame, that did not come as one whole frame: in the chunk itself, where its fragments are
 * moved together, or in memory of its own.
 */
export class Assembly {
  // As in message.ts, one is kept so that the code compiled for it outlives a full garbage collection.
  static readonly kept: Assembly = new Assembly(Opcode.Binary, {
    maxMessageLength: 0,
    maxRetainedBytes: 0,
    budget: undefined,
  });

  readonly opcode: Opcode;
  /** How many frames it has so far. */
  fragments = 0;
  /** Whether all of it so far is ASCII. */
  ascii = true;
  /** Whether the frame in progress, or the last one, ends it. */
  ending = false;
  /** What the message so far lies in, from `start` on: a chunk, or memory of its own with room for more. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  length = 0;
  /** How many bytes of memory it holds. */
  retained = 0;
  readonly #limits: AssemblyLimits;

  constructor(opcode: Opcode, limits: AssemblyLimits) {
    this.opcode = opcode;
    this.#limits = limits;
  }

  /** Where the next piece goes. */
  get at(): number {
    return this.start + this.length;
  }

  /** Begins in the chunk, which holds no memory. What follows there is moved up to it, until `reserve` takes it out. */
  begin({ chunk, start }: Piece): void {
    this.bytes = chunk;
    this.start = start;
  }

  /**
   * Makes room for `arrived` bytes that are here and `coming` that are announced.
   * `others` is what the same decoder holds besides. Returns false, and holds what it held, when a limit on retained memory
   * forbids it.
   */
  reserve(arrived: number, coming: number, others = 0): boolean {
    const held = this.retained;
    const needed = this.length + arrived;
    const announced = needed + coming;
    if (announced <= held || (needed <= held && announced > AHEAD)) return true;
    // The message will not be longer than this, whatever is to come of it.
    const longest = this.ending ? announced : Math.max(announced, this.#limits.maxMessageLength);
    // Doubling keeps the copying in proportion to what has arrived, whatever the size of the fragments.
    const capacity = Math.min(Math.max(needed, 2 * held, Math.min(announced, AHEAD)), longest);
    const guess = Math.min(Math.max(FIRST, 2 * announced), AHEAD, longest);
    if (held === 0 && capacity < guess && this.#grow(guess, others)) return true;
    return this.#grow(capacity, others);
  }

  /** Appends the payload, for which there is room, and which may lie in its place already. */
  append(piece: Piece): void {
    const { chunk, start, length } = piece;
    const { bytes, at } = this;
    if (chunk !== bytes || start !== at) {
      if (length > LOOP_UP_TO) {
        bytes.set(piece.payload, at);
      } else {
        // Within a chunk, bytes only ever move towards its beginning.
        for (let index = 0; index < length; index++) bytes[at + index] = chunk[start + index];
      }
    }
    this.length += length;
    this.ascii &&= piece.ascii;
  }

  /** Lets go of the bytes. */
  discard(): void {
    this.#limits.budget?.give(this.retained);
    this.bytes = NOTHING;
    this.start = 0;
    this.length = 0;
    this.retained = 0;
  }

  #grow(capacity: number, others: number): boolean {
    const { maxRetainedBytes, budget } = this.#limits;
    const { bytes, start, length, retained } = this;
    // While it grows, the old bytes and the new ones are both there.
    if (others + retained + capacity > maxRetainedBytes) return false;
    if (budget !== undefined && !budget.take(capacity)) return false;
    let grown: Uint8Array;
    try {
      grown = new Uint8Array(capacity);
    } catch (error) {
      budget?.give(capacity); // the engine has no memory left
      throw error;
    }
    if (length > 0) grown.set(new Uint8Array(bytes.buffer, bytes.byteOffset + start, length));
    budget?.give(retained);
    this.bytes = grown;
    this.start = 0;
    this.retained = capacity;
    return true;
  }
}
