import { join } from "../message/join.ts";

/**
 * Reads a format whose every part tells how long the next one is: it yields how many bytes it wants, and is given them. Where the
 * format may end, it asks for none.
 */
export type ByteReader = Generator<number, never, Uint8Array>;

/** Gives a reader what it asks for, from chunks of any length. */
export class ByteFeed {
  readonly #reader: ByteReader;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #wanted: number;
  #unfinished = 0;
  #begun = false;

  constructor(reader: ByteReader) {
    this.#reader = reader;
    this.#wanted = reader.next().value;
  }

  /** How many bytes have come since the format might have ended. */
  get unfinished(): number {
    return this.#unfinished + this.#length;
  }

  /** Whether it has come to where the format may end. */
  get begun(): boolean {
    return this.#begun;
  }

  push(chunk: Uint8Array): void {
    this.#pieces.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= this.#wanted) {
      this.#begun ||= this.#wanted === 0;
      this.#unfinished = this.#wanted === 0 ? 0 : this.#unfinished + this.#wanted;
      this.#wanted = this.#reader.next(this.#take(this.#wanted)).value;
    }
  }

  #take(count: number): Uint8Array {
    if (this.#pieces.length > 1) this.#pieces = [join(this.#pieces)];
    const [bytes] = this.#pieces;
    this.#pieces = [bytes.subarray(count)];
    this.#length -= count;
    return bytes.subarray(0, count);
  }
}
