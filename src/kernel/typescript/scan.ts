// The hot loop: a chunk in, a record for each frame or piece of a frame out.

import * as layout from "../layout.ts";
import { remainingOf, type ScanState } from "../scan-state.ts";
import { wordsOf } from "../words.ts";
import {
  checkFirstByte,
  checkLength,
  checkSecondByte,
  faultOffset,
  headerLength,
  payloadLength,
  readKey,
} from "./header.ts";
import { mask, rotateKey } from "./mask.ts";
import { findInvalid, unmaskUtf8, validateUtf8 } from "./utf8.ts";

// V8 folds a module's own constants into the code; an imported one it loads and checks at each use. One by one, a bundler
// folds them as well.
const COUNT = layout.COUNT;
const FAULT = layout.FAULT;
const FAULT_AT = layout.FAULT_AT;
const FAULT_INVALID_UTF8 = layout.FAULT_INVALID_UTF8;
const FRAME = layout.FRAME;
const HEAD_FIRST = layout.HEAD_FIRST;
const HEAD_LAST = layout.HEAD_LAST;
const HEAD_MASKED = layout.HEAD_MASKED;
const HEAD_NON_ASCII = layout.HEAD_NON_ASCII;
const HEAD_SIZE_SHIFT = layout.HEAD_SIZE_SHIFT;
const HEAD_TEXT = layout.HEAD_TEXT;
const HELD = layout.HELD;
const KEY = layout.KEY;
const LIMIT_HIGH = layout.LIMIT_HIGH;
const LIMIT_LOW = layout.LIMIT_LOW;
const MESSAGE = layout.MESSAGE;
const POSITION = layout.POSITION;
const RECORD_CAPACITY = layout.RECORD_CAPACITY;
const REMAINING_HIGH = layout.REMAINING_HIGH;
const REMAINING_LOW = layout.REMAINING_LOW;
const RULES = layout.RULES;
const UTF8 = layout.UTF8;
const UTF8_INVALID = layout.UTF8_INVALID;
const UTF8_NON_ASCII = layout.UTF8_NON_ASCII;

/** From this many bytes on, a chunk's words are worth a view: several frames share it. */
const VIEW_FROM = 64;

/** Leaves the fault, where it is, and the bytes `[from, stop)` that show it. */
function fail(state: ScanState, fault: number, at: number, bytes: Uint8Array, from: number, stop: number): void {
  const { words, header } = state;
  words[FAULT] = fault;
  words[FAULT_AT] = at;
  words[HELD] = stop - from;
  header.set(bytes.subarray(from, stop));
}

/** What is wrong with the first `held` bytes of a header, of which the ones before the last were looked at; with 0, all. */
function checkBytes(first: number, second: number, held: number, rules: number, message: number): number {
  if (held > 2) return 0;
  const fault = held < 2 ? checkFirstByte(first, rules, message) : 0;
  return fault !== 0 || held === 1 ? fault : checkSecondByte(first, second, rules);
}

/** Leaves a frame or piece of a frame in the record table. */
function writeRecord(records: Int32Array, index: number, head: number, start: number, stop: number, key: number): void {
  const record = index << 2;
  records[record] = head;
  records[record + 1] = start;
  records[record + 2] = stop;
  records[record + 3] = key;
}

/** Collects a header that does not lie whole in the chunk, a byte at a time, so that each fails as it arrives. Returns
 *  the position after what it took: with the last byte of the header, HELD is the header's length. */
function holdHeader(state: ScanState, chunk: Uint8Array, from: number, end: number, message: number): number {
  const { words, header } = state;
  const rules = words[RULES];
  let held = words[HELD];
  let position = from;
  while (position < end) {
    header[held++] = chunk[position++];
    const [first, second] = header;
    const fault = checkBytes(first, second, held, rules, message);
    if (fault !== 0) {
      fail(state, fault, position - 1, header, 0, held);
      break;
    }
    if (held >= 2 && held === headerLength(second)) break;
  }
  words[HELD] = held;
  return position;
}

/** Takes the whole messages with short headers that lie in the chunk from `position` on, which is what most chunks are
 *  full of; none may be in progress. So little lives across its rounds that all of it stays in registers. Returns the
 *  position after the last, where `scan` goes on with whatever comes there; COUNT is counted on. */
function scanRun(state: ScanState, chunk: Uint8Array, from: number, end: number, view: Int32Array | undefined): number {
  const { words, records } = state;
  const expected = words[RULES] & 0x80;
  const size = expected !== 0 ? 6 : 2;
  const flags = HEAD_FIRST | HEAD_LAST | (size << HEAD_SIZE_SHIFT) | (expected << 5);
  const longest = words[LIMIT_HIGH] !== 0 ? 125 : Math.min(125, words[LIMIT_LOW] >>> 0);
  let count = words[COUNT];
  let position = from;
  while (count < RECORD_CAPACITY && end - position >= size) {
    const first = chunk[position];
    // FIN and text or binary, and in the second byte a wrong mask bit makes the length too long: no rule can be broken.
    const length = chunk[position + 1] ^ expected;
    if ((first - 0x81) >>> 0 > 1 || length > longest || length > end - position - size) break;
    const start = position + size;
    const stop = start + length;
    const key = expected !== 0 ? readKey(chunk, start - 4) : 0;
    let head = first | flags;
    if (first === 0x81) {
      const reached =
        expected !== 0 ? unmaskUtf8(chunk, start, stop, key, 0, view) : validateUtf8(chunk, start, stop, 0, view);
      if ((reached & 0xf) !== 0) {
        // Not valid, or not whole: masked again, for the caller to find and tell.
        if (expected !== 0) mask(chunk, start, stop, key, view);
        break;
      }
      head |= HEAD_TEXT;
      if (reached !== 0) head |= HEAD_NON_ASCII;
    } else if (expected !== 0) {
      mask(chunk, start, stop, key, view);
    }
    writeRecord(records, count++, head, start, stop, key);
    position = stop;
  }
  words[COUNT] = count;
  return position;
}

/** Scans from POSITION to `end`, at most to the end of the chunk. Returns the number of records. */
export function scan(state: ScanState, chunk: Uint8Array, end: number): number {
  const { words, header, records } = state;
  const rules = words[RULES];
  let position = words[POSITION];
  let message = words[MESSAGE];
  let remaining = remainingOf(words);
  let resumed = remaining !== 0;
  const view = end - position >= VIEW_FROM ? wordsOf(chunk) : undefined;
  if (message === 0 && !resumed && words[HELD] === 0) {
    position = scanRun(state, chunk, position, end, view);
    if (position === end) {
      words[POSITION] = position;
      return words[COUNT];
    }
  }
  const limit = words[LIMIT_HIGH] * 2 ** 32 + (words[LIMIT_LOW] >>> 0);
  let count = words[COUNT];
  let utf8 = words[UTF8];
  let head = words[FRAME];
  let key = words[KEY];
  while (position < end) {
    if (!resumed) {
      if (count === RECORD_CAPACITY) break;
      let bytes = chunk;
      let at = position;
      let size = end - position >= 2 && words[HELD] === 0 ? headerLength(chunk[at + 1]) : Number.MAX_SAFE_INTEGER;
      const whole = size <= end - position;
      if (!whole) {
        position = holdHeader(state, chunk, position, end, message);
        size = words[HELD];
        bytes = header;
        at = 0;
        if (words[FAULT] !== 0 || size < 2 || size < headerLength(header[1])) break;
        words[HELD] = 0;
        position -= size;
      }
      const first = bytes[at];
      const second = bytes[at + 1];
      const length = payloadLength(bytes, at, second);
      let fault = checkBytes(first, second, 0, rules, message);
      if (fault === 0) fault = checkLength(bytes, at, second, length, limit);
      if (fault !== 0) {
        fail(state, fault, position + faultOffset(fault, second), bytes, at, at + size);
        break;
      }
      head = first | HEAD_FIRST | (size << HEAD_SIZE_SHIFT) | ((second & 0x80) << 5);
      remaining = length;
      key = (second & 0x80) !== 0 ? readKey(bytes, at + size - 4) : 0;
      // The message's opcode and RSV1: text is checked here unless an extension must decode it first.
      const kind = (first & 0x0f) === 0 ? message : first & 0x4f;
      if (kind === 1) head |= HEAD_TEXT;
      if ((first & 0x08) === 0) message = (first & 0x80) !== 0 ? 0 : kind;
      position += size;
    }
    const start = position;
    const available = end - start;
    const taken = Math.min(remaining, available);
    let stop = start + taken;
    remaining -= taken;
    if (remaining === 0) head |= HEAD_LAST;
    if ((head & HEAD_TEXT) !== 0) {
      const reached =
        (head & HEAD_MASKED) !== 0
          ? unmaskUtf8(chunk, start, stop, key, utf8, view)
          : validateUtf8(chunk, start, stop, utf8, view);
      if ((reached & UTF8_NON_ASCII) !== 0) head |= HEAD_NON_ASCII;
      if (reached === UTF8_INVALID) {
        // What came before the fault is delivered, as it is when it comes in a chunk of its own.
        const wrong = findInvalid(chunk, start, stop, utf8);
        remaining += stop - wrong;
        stop = wrong;
        fail(state, FAULT_INVALID_UTF8, stop, chunk, stop, stop + 1);
      } else if ((reached & 0xf) !== 0 && (head & (0x80 | HEAD_LAST)) === (0x80 | HEAD_LAST)) {
        fail(state, FAULT_INVALID_UTF8, stop, chunk, stop, stop); // the message ends inside a character
      }
      if (words[FAULT] !== 0) head &= ~HEAD_LAST;
      utf8 = reached & 0xf;
    } else if ((head & HEAD_MASKED) !== 0) {
      mask(chunk, start, stop, key, view);
    }
    if (stop > start || !resumed) {
      writeRecord(records, count++, head, start, stop, key);
    }
    position = stop;
    resumed = false;
    if (remaining !== 0 || words[FAULT] !== 0) {
      key = rotateKey(key, taken);
      break;
    }
    if (message === 0) {
      words[COUNT] = count;
      position = scanRun(state, chunk, position, end, view);
      count = words[COUNT];
    }
  }
  words[POSITION] = position;
  words[COUNT] = count;
  words[MESSAGE] = message;
  words[UTF8] = utf8;
  words[FRAME] = head & ~(HEAD_FIRST | HEAD_LAST | HEAD_NON_ASCII);
  words[KEY] = key;
  words[REMAINING_LOW] = remaining | 0;
  words[REMAINING_HIGH] = (remaining / 2 ** 32) | 0;
  return count;
}
