// The hot loop: a window of staged bytes in, a record for each frame or piece of a frame out.

import {
  COUNT,
  FAULT,
  FAULT_AT,
  FAULT_INVALID_UTF8,
  FRAME,
  HEAD_FIRST,
  HEAD_LAST,
  HEAD_MASKED,
  HEAD_NON_ASCII,
  HEAD_SIZE_SHIFT,
  HEAD_TEXT,
  HEADER,
  HELD,
  KEY,
  LIMIT_LOW,
  MESSAGE,
  POSITION,
  RECORD_CAPACITY,
  RECORD_WORDS,
  RECORDS_ADDRESS,
  REMAINING_LOW,
  RULES,
  STATE_ADDRESS,
  UTF8,
  UTF8_INVALID,
  UTF8_NON_ASCII,
} from "../src/kernel/layout";
import { checkFirstByte, checkLength, checkSecondByte, faultOffset, headerLength, payloadLength, readKey } from "./header";
import { mask, rotateKey } from "./mask";
import { findInvalid, unmaskUtf8, validateUtf8 } from "./utf8";

@inline
function get(word: i32): i32 {
  return load<i32>(STATE_ADDRESS + (word << 2));
}

@inline
function set(word: i32, value: i32): void {
  store<i32>(STATE_ADDRESS + (word << 2), value);
}

const HEADER_ADDRESS: usize = STATE_ADDRESS + (HEADER << 2);

/** Leaves the fault, where it is, and the bytes `[from, stop)` that show it. */
function fail(fault: i32, at: i32, from: usize, stop: usize): void {
  set(FAULT, fault);
  set(FAULT_AT, at);
  set(HELD, <i32>(stop - from));
  memory.copy(HEADER_ADDRESS, from, stop - from);
}

/** What is wrong with the first `held` bytes of a header, of which the ones before the last were looked at; with 0, all. */
function checkBytes(first: i32, second: i32, held: i32, rules: i32, message: i32): i32 {
  if (held > 2) return 0;
  const fault = held < 2 ? checkFirstByte(first, rules, message) : 0;
  return fault != 0 || held == 1 ? fault : checkSecondByte(first, second, rules);
}

/** Leaves a frame or piece of a frame in the record table. */
@inline
function writeRecord(index: i32, head: i32, start: i32, stop: i32, key: i32): void {
  const record: usize = RECORDS_ADDRESS + index * (RECORD_WORDS << 2);
  store<i32>(record, head);
  store<i32>(record, start, 4);
  store<i32>(record, stop, 8);
  store<i32>(record, key, 12);
}

/** Collects a header that does not lie whole in the window, a byte at a time, so that each fails as it arrives. Returns
 *  the position after what it took: with the last byte of the header, HELD is the header's length. */
function holdHeader(origin: usize, position: i32, end: i32, message: i32): i32 {
  const rules = get(RULES);
  let held = get(HELD);
  while (position < end) {
    store<u8>(HEADER_ADDRESS + held, load<u8>(origin + position));
    held++;
    position++;
    const first: i32 = load<u8>(HEADER_ADDRESS);
    const second: i32 = load<u8>(HEADER_ADDRESS, 1);
    const fault = checkBytes(first, second, held, rules, message);
    if (fault != 0) {
      fail(fault, position - 1, HEADER_ADDRESS, HEADER_ADDRESS + held);
      break;
    }
    if (held >= 2 && held == headerLength(second)) break;
  }
  set(HELD, held);
  return position;
}

/** Takes the whole messages with short headers that lie in the window from `position` on, which is what most chunks are
 *  full of; none may be in progress. So little lives across its rounds that all of it stays in registers. Returns the
 *  position after the last, where `scan` goes on with whatever comes there; COUNT is counted on. */
function scanRun(origin: usize, position: i32, end: i32): i32 {
  const expected = get(RULES) & 0x80;
  const size = expected != 0 ? 6 : 2;
  const flags = HEAD_FIRST | HEAD_LAST | (size << HEAD_SIZE_SHIFT) | (expected << 5);
  const longest = <i32>min<u64>(125, load<u64>(STATE_ADDRESS + (LIMIT_LOW << 2)));
  let count = get(COUNT);
  while (count < RECORD_CAPACITY && end - position >= size) {
    const at = origin + position;
    const first: i32 = load<u8>(at);
    // FIN and text or binary, and in the second byte a wrong mask bit makes the length too long: no rule can be broken.
    const length = <i32>load<u8>(at, 1) ^ expected;
    if (<u32>(first - 0x81) > 1 || length > longest || length > end - position - size) break;
    const start = at + size;
    const stop = start + length;
    const key = expected != 0 ? readKey(start - 4) : 0;
    let head = first | flags;
    if (first == 0x81) {
      const state = expected != 0 ? unmaskUtf8(start, stop, key, 0) : validateUtf8(start, stop, 0);
      if ((state & 0xf) != 0) {
        // Not valid, or not whole: masked again, for the caller to find and tell.
        if (expected != 0) mask(start, stop, key);
        break;
      }
      head |= HEAD_TEXT;
      if (state != 0) head |= HEAD_NON_ASCII;
    } else if (expected != 0) {
      mask(start, stop, key);
    }
    const from = position + size;
    position = from + length;
    writeRecord(count++, head, from, position, key);
  }
  set(COUNT, count);
  return position;
}

/** Scans from POSITION to `end`, the end of the window; an unmasked payload that is not text may be passed over up to
 *  `reach`, the end of the chunk. `origin` is the address of chunk position 0. Returns the number of records. */
export function scan(origin: usize, end: i32, reach: i32): i32 {
  const rules = get(RULES);
  let position = get(POSITION);
  let message = get(MESSAGE);
  let remaining = load<u64>(STATE_ADDRESS + (REMAINING_LOW << 2));
  let resumed = remaining != 0;
  if (message == 0 && !resumed && get(HELD) == 0) {
    position = scanRun(origin, position, end);
    if (position == end) {
      set(POSITION, position);
      return get(COUNT);
    }
  }
  const limit = load<u64>(STATE_ADDRESS + (LIMIT_LOW << 2));
  let count = get(COUNT);
  let utf8 = get(UTF8);
  let head = get(FRAME);
  let key = get(KEY);
  while (position < end) {
    if (!resumed) {
      if (count == RECORD_CAPACITY) break;
      let at = origin + position;
      let size = end - position >= 2 && get(HELD) == 0 ? headerLength(load<u8>(at, 1)) : i32.MAX_VALUE;
      const whole = size <= end - position;
      if (!whole) {
        position = holdHeader(origin, position, end, message);
        size = get(HELD);
        at = HEADER_ADDRESS;
        if (get(FAULT) != 0 || size < 2 || size < headerLength(load<u8>(at, 1))) break;
        set(HELD, 0);
        position -= size;
      }
      const first: i32 = load<u8>(at);
      const second: i32 = load<u8>(at, 1);
      const length = payloadLength(at, second);
      let fault = checkBytes(first, second, 0, rules, message);
      if (fault == 0) fault = checkLength(second, length, limit);
      if (fault != 0) {
        fail(fault, position + faultOffset(fault, second), at, at + size);
        break;
      }
      head = first | HEAD_FIRST | (size << HEAD_SIZE_SHIFT) | ((second & 0x80) << 5);
      remaining = length;
      key = (second & 0x80) != 0 ? readKey(at + size - 4) : 0;
      // The message's opcode and RSV1: text is checked here unless an extension must decode it first.
      const kind = (first & 0x0f) == 0 ? message : first & 0x4f;
      if (kind == 1) head |= HEAD_TEXT;
      if ((first & 0x08) == 0) message = (first & 0x80) != 0 ? 0 : kind;
      position += size;
    }
    const start = position;
    const available: i32 = ((head & (HEAD_MASKED | HEAD_TEXT)) != 0 ? end : reach) - start;
    const taken: i32 = remaining < <u64>available ? <i32>remaining : available;
    let stop = start + taken;
    remaining -= taken;
    if (remaining == 0) head |= HEAD_LAST;
    if ((head & HEAD_TEXT) != 0) {
      const reached =
        (head & HEAD_MASKED) != 0
          ? unmaskUtf8(origin + start, origin + stop, key, utf8)
          : validateUtf8(origin + start, origin + stop, utf8);
      if ((reached & UTF8_NON_ASCII) != 0) head |= HEAD_NON_ASCII;
      if (reached == UTF8_INVALID) {
        // What came before the fault is delivered, as it is when it comes in a chunk of its own.
        const wrong = <i32>(findInvalid(origin + start, origin + stop, utf8) - origin);
        remaining += stop - wrong;
        stop = wrong;
        fail(FAULT_INVALID_UTF8, stop, origin + stop, origin + stop + 1);
      } else if ((reached & 0xf) != 0 && (head & (0x80 | HEAD_LAST)) == (0x80 | HEAD_LAST)) {
        fail(FAULT_INVALID_UTF8, stop, origin + stop, origin + stop); // the message ends inside a character
      }
      if (get(FAULT) != 0) head &= ~HEAD_LAST;
      utf8 = reached & 0xf;
    } else if ((head & HEAD_MASKED) != 0) {
      mask(origin + start, origin + stop, key);
    }
    if (resumed && count > 0) {
      // The piece began in the window before: one record for both.
      const record: usize = RECORDS_ADDRESS + (count - 1) * (RECORD_WORDS << 2);
      store<i32>(record, load<i32>(record) | head);
      store<i32>(record, stop, 8);
    } else if (stop > start || !resumed) {
      writeRecord(count++, head, start, stop, key);
    }
    position = stop;
    resumed = false;
    if (remaining != 0 || get(FAULT) != 0) {
      key = rotateKey(key, taken);
      break;
    }
    if (message == 0) {
      set(COUNT, count);
      position = scanRun(origin, position, end);
      count = get(COUNT);
    }
  }
  set(POSITION, position);
  set(COUNT, count);
  set(MESSAGE, message);
  set(UTF8, utf8);
  set(FRAME, head & ~(HEAD_FIRST | HEAD_LAST | HEAD_NON_ASCII));
  set(KEY, key);
  store<u64>(STATE_ADDRESS + (REMAINING_LOW << 2), remaining);
  return count;
}
