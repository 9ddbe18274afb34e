/** Bounds the bytes that unfinished messages hold, over any number of decoders. */
export class RetainedBudget {
  readonly maxBytes: number;
  #used = 0;

  /** @throws RangeError when `maxBytes` is not a whole number of bytes. */
  constructor(maxBytes: number) {
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 0) {
      throw new RangeError(`maxBytes must be an integer from 0 to 2^53 - 1, not ${maxBytes}`);
    }
    this.maxBytes = maxBytes;
  }

  /** How many bytes are held now. */
  get used(): number {
    return this.#used;
  }

  /** Takes `bytes`, or nothing and returns false when that would be too many. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.maxBytes) return false;
    this.#used += bytes;
    return true;
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#used -= bytes;
  }
}
