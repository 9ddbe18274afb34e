/** A queue: first in, first out. `Array.shift` moves all that is behind, once that is much. */
export class Fifo<T> {
  #in: T[] = [];
  /** Those that came before, the first one last. */
  #out: T[] = [];

  push(item: T): void {
    this.#in.push(item);
  }

  /** `undefined` when there is none. */
  shift(): T | undefined {
    if (this.#out.length === 0) [this.#in, this.#out] = [this.#out, this.#in.reverse()];
    return this.#out.pop();
  }
}
