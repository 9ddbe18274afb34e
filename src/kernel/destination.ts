import * as layout from "./layout.ts";

// V8 folds a module's own constants into the code; an imported one it loads and checks at each use. One by one, a bundler
// folds them as well.
const REMAINING_HIGH = layout.REMAINING_HIGH;
const REMAINING_LOW = layout.REMAINING_LOW;

/** Records count positions in 31 bits: a destination's bytes must end before this one. */
export const MAX_DESTINATION: number = 2 ** 31 - 1;

/** Where the rest of a frame goes that began in an earlier chunk, instead of staying in the chunk: `bytes` from `at` on. */
export interface Destination {
  readonly bytes: Uint8Array;
  readonly at: number;
}

/** How much is still to come of the frame that a scan begins in, or ended in. */
export function remainingOf(words: Int32Array): number {
  return words[REMAINING_HIGH] * 2 ** 32 + (words[REMAINING_LOW] >>> 0);
}

/** Copies the chunk's first `length` bytes to their destination. */
export function copyRest(chunk: Uint8Array, length: number, { bytes, at }: Destination): void {
  bytes.set(length === chunk.length ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, length), at);
}
