/** How `Deadlines` deals with what waits. */
export interface Waiting<T> {
  /** Where it stands in the queue, as told by `move`; 0 before, while it does not wait. */
  placeOf(item: T): number;
  move(item: T, place: number): void;
  /** Its time has come, and it waits no longer. */
  onTime(item: T): void;
}

/** In milliseconds, some 24 days. A timer that is set for longer goes off at once. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

/**
 * The deadlines of many, with one timer for them all: each takes sixteen bytes, where a timer of its own takes two hundred. A
 * binary heap: the parent of place n is place n / 2, and comes no later. Setting the time that is set already costs nothing.
 */
export class Deadlines<T> {
  readonly #clock: () => number;
  readonly #waiting: Waiting<T>;
  /** From place 1 on. The times lie apart, since an array of nothing but numbers has them unboxed. */
  readonly #items: (T | undefined)[] = [undefined];
  readonly #times: number[] = [Number.NEGATIVE_INFINITY];
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;
  /** When the timer goes off: never later than the first deadline, but maybe earlier. */
  #timerAt = Infinity;

  /** Times are milliseconds of `clock`. */
  constructor(clock: () => number, waiting: Waiting<T>) {
    this.#clock = clock;
    this.#waiting = waiting;
  }

  /** Has `item` called at `time`, instead of when it was to be called before. */
  set(item: T, time: number): void {
    const at = this.#waiting.placeOf(item);
    if (at > 0 && this.#times[at] === time) return;
    this.#settle(item, time, at > 0 ? at : this.#items.length);
    this.#wind();
  }

  /** `item` waits no longer. */
  clear(item: T): void {
    const at = this.#waiting.placeOf(item);
    if (at === 0) return;
    this.#waiting.move(item, 0);
    const last = this.#items.pop()!;
    const time = this.#times.pop()!;
    if (last !== item) this.#settle(last, time, at);
    this.#wind();
  }

  /** Puts `item` where its time belongs, from the free place `at` on: nearer to the first, or farther from it. */
  #settle(item: T, time: number, at: number): void {
    const times = this.#times;
    let free = at;
    while (times[free >> 1] > time) free = this.#move(free >> 1, free);
    for (let next = this.#earlierChild(free); times[next] < time; next = this.#earlierChild(free)) {
      free = this.#move(next, free);
    }
    this.#items[free] = item;
    times[free] = time;
    this.#waiting.move(item, free);
  }

  /** Moves what is at `from` to the free place `to`, and returns the place that is free now. */
  #move(from: number, to: number): number {
    const item = this.#items[from]!;
    this.#items[to] = item;
    this.#times[to] = this.#times[from];
    this.#waiting.move(item, to);
    return from;
  }

  #earlierChild(at: number): number {
    const left = 2 * at;
    return this.#times[left + 1] < this.#times[left] ? left + 1 : left;
  }

  /** Sees to it that the timer goes off for the first deadline. One that goes off earlier is left: it is set again then. */
  #wind(): void {
    const first = this.#items.length > 1 ? this.#times[1] : Infinity;
    if (first >= this.#timerAt && first !== Infinity) return;
    clearTimeout(this.#timer);
    this.#timerAt = first;
    if (first === Infinity) return;
    // After the longest, it is set again.
    const delay = Math.min(Math.max(1, Math.ceil(first - this.#clock())), LONGEST_TIMER);
    this.#timer = setTimeout(Deadlines.#goOff, delay, this);
  }

  static #goOff(deadlines: Deadlines<unknown>): void {
    deadlines.#timerAt = Infinity;
    try {
      deadlines.#callDue();
    } finally {
      // Also when one of them has thrown: the others are called in a turn of their own.
      deadlines.#wind();
    }
  }

  #callDue(): void {
    const now = this.#clock();
    while (this.#items.length > 1 && this.#times[1] <= now) {
      const first = this.#items[1]!;
      this.clear(first);
      this.#waiting.onTime(first);
    }
  }
}
