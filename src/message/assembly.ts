import type { Opcode } from "../protocol/opcode.ts";
import type { RetainedBudget } from "./budget.ts";

export interface AssemblyLimits {
  readonly maxMessageLength: number;
  readonly maxRetainedBytes: number;
  readonly budget: RetainedBudget | undefined;
}

/** What a known length may allocate before its bytes arrive. Beyond, the buffer grows with what has arrived. */
const AHEAD = 2 ** 20;

/** Collects one message, or one control frame, that does not lie whole in a chunk. */
export class Assembly {
  readonly opcode: Opcode;
  /** How many frames it has so far. */
  fragments = 0;
  /** Whether all of it so far is ASCII. */
  ascii = true;
  /** Whether the frame in progress, or the last one, ends it. */
  ending = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;
  readonly #limits: AssemblyLimits;

  constructor(opcode: Opcode, limits: AssemblyLimits) {
    this.opcode = opcode;
    this.#limits = limits;
  }

  get length(): number {
    return this.#length;
  }

  /** Where the next bytes go: from `at` on. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get at(): number {
    return this.#length;
  }

  /** How many bytes of memory it holds. */
  get retained(): number {
    return this.#bytes.length;
  }

  /**
   * Makes room for `arrived` bytes that are here and `coming` that are announced.
   * `others` is what the same decoder holds besides. Returns false, and holds what it held, when a limit on retained memory
   * forbids it.
   */
  reserve(arrived: number, coming: number, others = 0): boolean {
    const { maxMessageLength, maxRetainedBytes, budget } = this.#limits;
    const needed = this.#length + arrived;
    const announced = needed + coming;
    if (announced <= this.#bytes.length || (needed <= this.#bytes.length && announced > AHEAD)) return true;
    // Doubling keeps the copying in proportion to what has arrived, whatever the size of the fragments.
    const doubled = Math.max(needed, 2 * this.#bytes.length);
    let capacity = Math.max(doubled, Math.min(announced, AHEAD));
    // The message will not be longer than this, whatever is to come of it.
    capacity = Math.min(capacity, this.ending ? announced : Math.max(announced, maxMessageLength));
    // While it grows, the old bytes and the new ones are both there.
    if (others + this.#bytes.length + capacity > maxRetainedBytes) return false;
    if (budget !== undefined && !budget.take(capacity)) return false;
    let grown: Uint8Array;
    try {
      grown = new Uint8Array(capacity);
    } catch (error) {
      budget?.give(capacity); // the engine has no memory left
      throw error;
    }
    grown.set(this.#bytes.subarray(0, this.#length));
    budget?.give(this.#bytes.length);
    this.#bytes = grown;
    return true;
  }

  /** Appends bytes that there is room for. */
  append(bytes: Uint8Array, ascii: boolean): void {
    this.#bytes.set(bytes, this.#length);
    this.extend(bytes.length, ascii);
  }

  /** Takes in bytes that were written to their place already. */
  extend(length: number, ascii: boolean): void {
    this.#length += length;
    this.ascii &&= ascii;
  }

  /** Hands the bytes over, and lets go of them. */
  finish(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.discard();
    return bytes;
  }

  /** Lets go of the bytes. */
  discard(): void {
    this.#limits.budget?.give(this.#bytes.length);
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
  }
}
