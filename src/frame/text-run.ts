import * as layout from "../kernel/layout.ts";
import { decodeText, latin1Slice } from "./text.ts";

// One by one, as in frame.ts.
const RECORD_END = layout.RECORD_END;
const RECORD_START = layout.RECORD_START;
const RECORD_WORDS = layout.RECORD_WORDS;

/** How far a run goes at most. Engines keep the string that others are parts of for as long as any of them is there. */
const RUN_RECORDS = 16;
const RUN_BYTES = 4096;

const NONE = -1;

/**
 * Makes the strings of short texts that follow one another as parts of one string. A call into the engine takes as long as
 * copying some kilobytes, and a part next to nothing: strings of 32 to 125 bytes take half the time. What else lies between the
 * texts, headers and other frames, is in the string, but in none of its parts.
 */
export class TextRun {
  #text = "";
  /** Where in the chunk it lies. */
  #start = 0;
  #end = 0;
  /** The record behind the one whose text was asked for last: who asks for two in a row will likely ask for the next ones. */
  #expected = NONE;

  /** Lets go of the string, whose chunk is done with. */
  reset(): void {
    this.#text = "";
    this.#end = 0;
    this.#expected = NONE;
  }

  /** The string of the record at `index` of `records`, a whole text of ASCII; the table goes up to `end`. */
  textOf(chunk: Uint8Array, records: Int32Array, index: number, end: number): string {
    const from = records[index + RECORD_START];
    const to = records[index + RECORD_END];
    const expected = this.#expected === index;
    this.#expected = index + RECORD_WORDS;
    if (to > this.#end) {
      const runEnd = expected ? endOfRun(records, index, Math.min(end, index + RUN_RECORDS * RECORD_WORDS)) : to;
      if (runEnd === to || latin1Slice === undefined) return decodeText(chunk, from, to, true);
      this.#text = latin1Slice.call(chunk, from, runEnd);
      this.#start = from;
      this.#end = runEnd;
    }
    return this.#text.substring(from - this.#start, to - this.#start);
  }
}

/** Where in the chunk the run ends that begins with the record at `index`. */
function endOfRun(records: Int32Array, index: number, end: number): number {
  const limit = records[index + RECORD_START] + RUN_BYTES;
  let last = index;
  for (let next = index + RECORD_WORDS; next < end && records[next + RECORD_END] <= limit; next += RECORD_WORDS)
    last = next;
  return records[last + RECORD_END];
}
