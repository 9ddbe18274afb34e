/** How many results of a timed run are held at once: enough that none can be optimised away, few enough to die young. */
const HELD = 64;

/**
 * What a contestant made of a run: how many results, a sum over a part of each, and the results themselves. The count
 * and the sum are checked after every run; the results, all of them, after an untimed one.
 */
export class Tally<T> {
  count = 0;
  sum = 0;
  taken: T[] = ringOf(HELD);
  /** `taken[count & ring]` is where the next result goes. */
  ring: number = HELD - 1;

  begin(): void {
    this.count = 0;
    this.sum = 0;
  }

  /** Calls `run` with room to hold all of `count` results, and returns them. */
  collect(count: number, run: () => void): T[] {
    const { taken, ring } = this;
    this.ring = 2 ** Math.ceil(Math.log2(Math.max(2, count))) - 1;
    this.taken = ringOf(this.ring + 1);
    try {
      run();
      if (this.count !== count) throw new Error(`${this.count} results instead of ${count}`);
      return this.taken.slice(0, count);
    } finally {
      this.taken = taken;
      this.ring = ring;
    }
  }
}

/** Filled, so that it holds objects from the start: a store that has met several kinds of arrays is a slow one, for all. */
function ringOf<T>(length: number): T[] {
  return new Array(length).fill(undefined);
}
