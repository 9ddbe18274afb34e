import * as layout from "../kernel/layout.ts";

// V8 folds a module's own constants into the code; an imported one it loads and checks at each use. One by one, a bundler
// folds them as well.
const FRAME = layout.FRAME;
const HEADER = layout.HEADER;
const HELD = layout.HELD;
const KEY = layout.KEY;
const MESSAGE = layout.MESSAGE;
const REMAINING_HIGH = layout.REMAINING_HIGH;
const REMAINING_LOW = layout.REMAINING_LOW;
const UTF8 = layout.UTF8;

/**
 * What a chunk leaves for the next one, word for word as layout.ts names it: part of a header, a payload of which more is
 * to come, or a message of which more frames are. Most chunks on a quiet connection leave nothing.
 */
export class Unfinished {
  // When a full garbage collection finds none, V8 drops the hidden class, and with it the code compiled for it: one is kept.
  static readonly kept: Unfinished = new Unfinished();

  #held = 0;
  #header0 = 0;
  #header1 = 0;
  #header2 = 0;
  #header3 = 0;
  #remainingLow = 0;
  #remainingHigh = 0;
  #key = 0;
  #frame = 0;
  #message = 0;
  #utf8 = 0;

  /** Whether it stands inside a frame. */
  get midFrame(): boolean {
    return (this.#held | this.#remainingLow | this.#remainingHigh) !== 0;
  }

  /** How much of a frame's payload is to come. */
  get remaining(): number {
    return this.#remainingHigh * 2 ** 32 + (this.#remainingLow >>> 0);
  }

  /** Puts into a state what `take` took from one. */
  restore(words: Int32Array): void {
    words[HELD] = this.#held;
    words[HEADER] = this.#header0;
    words[HEADER + 1] = this.#header1;
    words[HEADER + 2] = this.#header2;
    words[HEADER + 3] = this.#header3;
    words[REMAINING_LOW] = this.#remainingLow;
    words[REMAINING_HIGH] = this.#remainingHigh;
    words[KEY] = this.#key;
    words[FRAME] = this.#frame;
    words[MESSAGE] = this.#message;
    words[UTF8] = this.#utf8;
  }

  /** Takes it over from the state, which has nothing unfinished from here on. */
  take(words: Int32Array): void {
    this.#held = words[HELD];
    this.#header0 = words[HEADER];
    this.#header1 = words[HEADER + 1];
    this.#header2 = words[HEADER + 2];
    this.#header3 = words[HEADER + 3];
    this.#remainingLow = words[REMAINING_LOW];
    this.#remainingHigh = words[REMAINING_HIGH];
    this.#key = words[KEY];
    this.#frame = words[FRAME];
    this.#message = words[MESSAGE];
    this.#utf8 = words[UTF8];
    words[HELD] = 0;
    words[REMAINING_LOW] = 0;
    words[REMAINING_HIGH] = 0;
    words[MESSAGE] = 0;
    words[UTF8] = 0;
  }
}

/** Whether a scan left something unfinished in its state. */
export function isUnfinished(words: Int32Array): boolean {
  return (words[HELD] | words[REMAINING_LOW] | words[REMAINING_HIGH] | words[MESSAGE] | words[UTF8]) !== 0;
}
