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

/** Collects one message, or one control frame, that does not lie whole in a chunk. */
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
  /** The message so far, and room for more: it goes on at `length`. */
  bytes: Uint8Array = NOTHING;
  length = 0;
  readonly #limits: AssemblyLimits;

  constructor(opcode: Opcode, limits: AssemblyLimits) {
    this.opcode = opcode;
    this.#limits = limits;
  }

  get at(): number {
    return this.length;
  }

  /** How many bytes of memory it holds. */
  get retained(): number {
    return this.bytes.length;
  }

  /**
   * Makes room for `arrived` bytes that are here and `coming` that are announced.
   * `others` is what the same decoder holds besides. Returns false, and holds what it held, when a limit on retained memory
   * forbids it.
   */
  reserve(arrived: number, coming: number, others = 0): boolean {
    const held = this.bytes.length;
    const needed = this.length + arrived;
    const announced = needed + coming;
    if (announced <= held || (needed <= held && announced > AHEAD)) return true;
    // The message will not be longer than this, whatever is to come of it.
    const longest = this.ending ? announced : Math.max(announced, this.#limits.maxMessageLength);
    // Doubling keeps the copying in proportion to what has arrived, whatever the size of the fragments.
    const capacity = Math.min(Math.max(needed, 2 * held, Math.min(announced, AHEAD)), longest);
    if (held === 0 && capacity < FIRST && this.#grow(Math.min(FIRST, longest), others)) return true;
    return this.#grow(capacity, others);
  }

  /** Appends the payload, for which there is room, and which may lie in its place already. */
  append(piece: Piece): void {
    const { chunk, start, length } = piece;
    if (chunk !== this.bytes) {
      if (length > LOOP_UP_TO) {
        this.bytes.set(piece.payload, this.length);
      } else {
        for (let at = 0; at < length; at++) this.bytes[this.length + at] = chunk[start + at];
      }
    }
    this.length += length;
    this.ascii &&= piece.ascii;
  }

  /** Lets go of the bytes. */
  discard(): void {
    this.#limits.budget?.give(this.bytes.length);
    this.bytes = NOTHING;
    this.length = 0;
  }

  #grow(capacity: number, others: number): boolean {
    const { maxRetainedBytes, budget } = this.#limits;
    const { bytes } = this;
    // While it grows, the old bytes and the new ones are both there.
    if (others + bytes.length + capacity > maxRetainedBytes) return false;
    if (budget !== undefined && !budget.take(capacity)) return false;
    let grown: Uint8Array;
    try {
      grown = new Uint8Array(capacity);
    } catch (error) {
      budget?.give(capacity); // the engine has no memory left
      throw error;
    }
    if (this.length > 0) grown.set(new Uint8Array(bytes.buffer, 0, this.length));
    budget?.give(bytes.length);
    this.bytes = grown;
    return true;
  }
}
