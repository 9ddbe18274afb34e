import { checkInteger } from "../protocol/argument.ts";

/** Bounds the bytes that unfinished messages hold, over any number of decoders, which take and give by themselves. */
export class RetainedBudget {
  /** The most bytes that may be held together. */
  readonly maxBytes: number;
  #used = 0;

  /** @throws RangeError when `maxBytes` is not a whole number of bytes. */
  constructor(maxBytes: number) {
    checkInteger("maxBytes", maxBytes, 0, Number.MAX_SAFE_INTEGER);
    this.maxBytes = maxBytes;
  }

  /** How many bytes are held now. */
  get used(): number {
    return this.#used;
  }

  /** Takes `bytes`, or nothing and returns false when that would be too many. @throws RangeError when it is no number of bytes. */
  take(bytes: number): boolean {
    checkInteger("bytes", bytes, 0, Number.MAX_SAFE_INTEGER);
    if (this.#used + bytes > this.maxBytes) return false;
    this.#used += bytes;
    return true;
  }

  /** Gives back what was taken. @throws RangeError when it is more than that. */
  give(bytes: number): void {
    checkInteger("bytes", bytes, 0, this.#used);
    this.#used -= bytes;
  }
}
