import { HEADER, RECORD_CAPACITY, RECORD_WORDS, STATE_WORDS } from "./layout.ts";

/** What a scan reads and leaves: layout.ts says what each word is. */
export interface ScanState {
  readonly words: Int32Array;
  /** The words of HEADER as bytes. */
  readonly header: Uint8Array;
  readonly records: Int32Array;
}

/** A state over memory of its own, or over the WASM kernel's. */
export function createScanState(
  words: Int32Array = new Int32Array(STATE_WORDS),
  records: Int32Array = new Int32Array(RECORD_CAPACITY * RECORD_WORDS),
): ScanState {
  return { words, header: new Uint8Array(words.buffer, words.byteOffset + HEADER * 4, 16), records };
}

const spare: ScanState[] = [];

/** A state in ordinary memory: one for each level of nesting is ever made. */
export function takeSpareState(): ScanState {
  return spare.pop() ?? createScanState();
}

export function returnSpareState(state: ScanState): void {
  spare.push(state);
}
