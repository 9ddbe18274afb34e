const FIRST = 256;
const NOTHING = new Uint8Array(0);

/**
 * The end of what was decompressed, as much as can be referred to (RFC 1951 §2): it outlives the inflater, which is dropped
 * when a connection is idle, and ends with a block that has BFINAL set. It takes no more memory than has come.
 */
export class Window {
  readonly #size: number;
  /** A ring once it has its full size. */
  #bytes: Uint8Array = NOTHING;
  #length = 0;
  /** Where the next byte goes. */
  #at = 0;

  constructor(windowBits: number) {
    this.#size = 2 ** windowBits;
  }

  get length(): number {
    return this.#length;
  }

  push(bytes: Uint8Array): void {
    const size = this.#size;
    const latest = bytes.length > size ? bytes.subarray(bytes.length - size) : bytes;
    const length = Math.min(size, this.#length + latest.length);
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(size, Math.max(FIRST, length, 2 * this.#bytes.length)));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    const straight = Math.min(latest.length, size - this.#at);
    this.#bytes.set(latest.subarray(0, straight), this.#at);
    this.#bytes.set(latest.subarray(straight));
    this.#at = (this.#at + latest.length) % size;
    this.#length = length;
  }

  /** The bytes in their order, until the next are pushed. */
  toBytes(): Uint8Array {
    if (this.#length < this.#size) return this.#bytes.subarray(0, this.#length);
    // In place: what must be set aside is no more than what has come since the last time.
    const latest = this.#bytes.slice(0, this.#at);
    this.#bytes.copyWithin(0, this.#at);
    this.#bytes.set(latest, this.#size - this.#at);
    this.#at = 0;
    return this.#bytes;
  }

  clear(): void {
    this.#bytes = NOTHING;
    this.#length = 0;
    this.#at = 0;
  }
}
