import * as layout from "./layout.ts";

// V8 folds a module's own constants into the code; an imported one it loads and checks at each use. One by one, a bundler
// folds them as well.
const HEADER = layout.HEADER;
const RECORD_CAPACITY = layout.RECORD_CAPACITY;
const RECORD_WORDS = layout.RECORD_WORDS;
const REMAINING_HIGH = layout.REMAINING_HIGH;
const REMAINING_LOW = layout.REMAINING_LOW;
const STATE_WORDS = layout.STATE_WORDS;

/** What a `Kernel`'s scan reads and leaves, word by word as `src/kernel/layout.ts` has it: for the frame layer alone. */
export interface ScanState {
  /** The state: where the scan stands, its rules and limits, what is unfinished, and what fault it has found. */
  readonly words: Int32Array;
  /** The words of HEADER as bytes. */
  readonly header: Uint8Array;
  /** The table of the frames that were found. */
  readonly records: Int32Array;
}

/** A state over memory of its own, or over the WASM kernel's. */
export function createScanState(
  words: Int32Array = new Int32Array(STATE_WORDS),
  records: Int32Array = new Int32Array(RECORD_CAPACITY * RECORD_WORDS),
): ScanState {
  return { words, header: new Uint8Array(words.buffer, words.byteOffset + HEADER * 4, 16), records };
}

/** How much is still to come of the frame that a scan begins in, or ended in. */
export function remainingOf(words: Int32Array): number {
  return words[REMAINING_HIGH] * 2 ** 32 + (words[REMAINING_LOW] >>> 0);
}

const spare: ScanState[] = [];

/** A state in ordinary memory: one for each level of nesting is ever made. */
export function takeSpareState(): ScanState {
  return spare.pop() ?? createScanState();
}

export function returnSpareState(state: ScanState): void {
  spare.push(state);
}
