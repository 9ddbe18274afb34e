import type { RetainedBudget } from "./budget.ts";

/** What a known length may allocate before its bytes arrive. Beyond, the buffer grows with what has arrived. */
const AHEAD = 2 ** 20;

/** Collects the payload of one message, or of one control frame, that does not lie whole in a chunk. */
export class Assembly {
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;
  readonly #maxRetained: number;
  readonly #budget: RetainedBudget | undefined;

  constructor(maxRetained: number, budget: RetainedBudget | undefined) {
    this.#maxRetained = maxRetained;
    this.#budget = budget;
  }

  get length(): number {
    return this.#length;
  }

  /** How many bytes of memory it holds. */
  get retained(): number {
    return this.#bytes.length;
  }

  /**
   * Makes room for `arrived` bytes that are here and `coming` that are announced; `last` when no more than these follow.
   * Returns false, and holds what it held, when a limit on retained memory forbids it.
   */
  reserve(arrived: number, coming: number, last: boolean): boolean {
    const needed = this.#length + arrived;
    const announced = needed + coming;
    if (announced <= this.#bytes.length || (needed <= this.#bytes.length && announced > AHEAD)) return true;
    // Doubling keeps the copying in proportion to what has arrived, whatever the size of the fragments.
    const doubled = Math.max(needed, 2 * this.#bytes.length);
    let capacity = Math.max(doubled, Math.min(announced, AHEAD));
    if (last) capacity = Math.min(capacity, announced);
    // While it grows, the old bytes and the new ones are both there.
    if (this.#bytes.length + capacity > this.#maxRetained) return false;
    if (this.#budget !== undefined && !this.#budget.take(capacity)) return false;
    const grown = new Uint8Array(capacity);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#budget?.give(this.#bytes.length);
    this.#bytes = grown;
    return true;
  }

  /** Appends bytes that there is room for. */
  append(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Hands the bytes over, and lets go of them. */
  finish(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.discard();
    return bytes;
  }

  /** Lets go of the bytes. */
  discard(): void {
    this.#budget?.give(this.#bytes.length);
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
  }
}
