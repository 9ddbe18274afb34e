// §8.1, 64 bytes a step. Each byte is compared with those before it, by the table of RFC 3629 §4: where a continuation must
// be and where none may be, and what a second byte may be after E0, ED, F0 and F4. ASCII skips it, and only blocks with a
// lead byte of four (F0+) pay for that. What is left of a character at either end of the bytes goes through `nextState`,
// so the outcome is that of the byte-wise automaton, whatever the split.

import {
  UTF8_AFTER_E0,
  UTF8_AFTER_ED,
  UTF8_AFTER_F0,
  UTF8_AFTER_F4,
  UTF8_INVALID,
  UTF8_NON_ASCII,
  UTF8_ONE_MORE,
  UTF8_THREE_MORE,
  UTF8_TWO_MORE,
} from "../src/kernel/layout";
import { maskReporting, rotateKey } from "./mask";

/** 16 bytes of ones, then 16 of zeros: loaded `16 - n` bytes in, it keeps the first n lanes of a vector. */
const LANES: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

// Constants are loaded from memory: V8 builds a v128 constant anew in each round of a loop, and a load is cheaper.
const OVER_LEAD: usize = 0; // what a lead byte (C0+) exceeds, to leave the top bit set
const OVER_THREE: usize = 16; // a lead byte of three (E0+)
const OVER_FOUR: usize = 32; // a lead byte of four (F0+)
const LEAD: usize = 48; // the least lead byte
const E0: usize = 64;
const ED: usize = 80;
const F0: usize = 96;
const F4: usize = 112;
const SECOND_OF_FOUR: usize = 128; // the bits that F0 and F4 narrow in the byte after them
const OVERLONG: usize = 144; // exceeds C0 and C1, once 0x40 is added to them, to leave the top bit set
const OVER_LAST: usize = 160; // what bytes past F4 exceed, likewise
const SPLATS: usize = memory.data<u8>([
  0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40,
  0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60,
  0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70,
  0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0,
  0xe0, 0xe0, 0xe0, 0xe0, 0xe0, 0xe0, 0xe0, 0xe0, 0xe0, 0xe0, 0xe0, 0xe0, 0xe0, 0xe0, 0xe0, 0xe0,
  0xed, 0xed, 0xed, 0xed, 0xed, 0xed, 0xed, 0xed, 0xed, 0xed, 0xed, 0xed, 0xed, 0xed, 0xed, 0xed,
  0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0,
  0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4,
  0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30,
  0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81,
  0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75,
]);

/** One step of the automaton: the state after `byte`. The ranges are those of the table in RFC 3629 §4. */
export function nextState(state: i32, byte: i32): i32 {
  if (state == 0) {
    if (byte < 0x80) return 0;
    if (byte < 0xc2 || byte > 0xf4) return UTF8_INVALID;
    if (byte < 0xe0) return UTF8_ONE_MORE;
    if (byte == 0xe0) return UTF8_AFTER_E0;
    if (byte == 0xed) return UTF8_AFTER_ED;
    if (byte < 0xf0) return UTF8_TWO_MORE;
    if (byte == 0xf0) return UTF8_AFTER_F0;
    return byte == 0xf4 ? UTF8_AFTER_F4 : UTF8_THREE_MORE;
  }
  const low = state == UTF8_AFTER_E0 ? 0xa0 : state == UTF8_AFTER_F0 ? 0x90 : 0x80;
  const high = state == UTF8_AFTER_ED ? 0x9f : state == UTF8_AFTER_F4 ? 0x8f : 0xbf;
  if (byte < low || byte > high) return UTF8_INVALID;
  if (state >= UTF8_AFTER_F0) return UTF8_TWO_MORE;
  return state >= UTF8_AFTER_E0 ? UTF8_ONE_MORE : state - 1;
}

/** The address of the first byte that cannot follow, or `end`. Called once it is known that there is a fault. */
export function findInvalid(start: usize, end: usize, state: i32): usize {
  for (let at = start; at < end; at++) {
    state = nextState(state, load<u8>(at));
    if (state == UTF8_INVALID) return at;
  }
  return end;
}

/** The state after bytes that began, and were found valid, from a boundary: their last character tells it. */
@inline
function stateAtEnd(start: usize, end: usize): i32 {
  // A lead byte that wants more bytes than follow is the rare case; three bytes back there can be one of four only.
  const whole = load<u8>(end - 1) < 0xc0 && load<u8>(end - 2) < 0xe0 && load<u8>(end - 3) < 0xf0;
  return whole ? 0 : stateInside(start, end);
}

/** The same where the last character may be unfinished, or what lies before `start` made it look so. */
function stateInside(start: usize, end: usize): i32 {
  for (let back: usize = 1; back <= 3 && back <= end - start; back++) {
    if ((load<u8>(end - back) & 0xc0) == 0x80) continue;
    let state = 0;
    for (let at = end - back; at < end; at++) state = nextState(state, load<u8>(at));
    return state;
  }
  return 0; // three continuation bytes: the end of a character of four
}

/** The bytes one place before those of `bytes`, which lie at `at`; `before` are the 16 in front of them. What was just
 *  stored in two parts is slow to load as one, so that it is put together from registers where the bytes are unmasked. */
@inline
function oneBefore(at: usize, before: v128, bytes: v128, unmasking: bool): v128 {
  return unmasking
    ? i8x16.shuffle(before, bytes, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)
    : v128.load(at - 1);
}

/** The same for two places. */
@inline
function twoBefore(at: usize, before: v128, bytes: v128, unmasking: bool): v128 {
  return unmasking
    ? i8x16.shuffle(before, bytes, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29)
    : v128.load(at - 2);
}

/** The top bit tells where a byte must continue a character: after a lead byte, and two places after one of three. */
@inline
function needed(one: v128, two: v128, overLead: v128, overThree: v128): v128 {
  return v128.or(i8x16.sub_sat_u(one, overLead), i8x16.sub_sat_u(two, overThree));
}

/** Lanes of ones where a byte continues a character: 10______, which as signed numbers are those below 11000000. */
@inline
function continuing(bytes: v128, lead: v128): v128 {
  return i8x16.lt_s(bytes, lead);
}

/** Bit 5 tells where a continuation is wrong after `one`, the byte before it: overlong after E0 (100_____), a surrogate
 *  after ED (101_____). */
@inline
function narrowed(one: v128, bytes: v128, e0: v128, ed: v128): v128 {
  return v128.or(v128.andnot(i8x16.eq(one, e0), bytes), v128.and(i8x16.eq(one, ed), bytes));
}

/** Lanes of ones where a continuation is wrong after `one`: overlong after F0 (1000____), past U+10FFFF after F4 (1001____,
 *  101_____). */
@inline
function narrowedAfterFour(one: v128, bytes: v128): v128 {
  const f4 = i8x16.eq(one, v128.load(SPLATS, F4));
  const low = i8x16.eq(v128.and(bytes, v128.load(SPLATS, SECOND_OF_FOUR)), i64x2.splat(0));
  return v128.and(v128.or(i8x16.eq(one, v128.load(SPLATS, F0)), f4), v128.xor(low, f4));
}

/** The top bit tells which bytes are never right: C0 and C1, which begin overlong forms only, and F5+, past U+10FFFF. */
@inline
function never(bytes: v128, overLead: v128): v128 {
  const overlong = i8x16.sub_sat_u(v128.load(SPLATS, OVERLONG), i8x16.add(bytes, overLead));
  return v128.or(overlong, i8x16.sub_sat_u(bytes, v128.load(SPLATS, OVER_LAST)));
}

@inline
function plain(bytes: v128, splat: v128, unmasking: bool): v128 {
  return unmasking ? v128.xor(bytes, splat) : bytes;
}

/** The body of both functions below; `unmasking` is a constant where it is inlined. */
@inline
function check(start: usize, end: usize, key: i32, state: i32, unmasking: bool): i32 {
  let at = start;
  if (state != 0) {
    for (; state != 0 && at < end; at++) {
      if (unmasking) {
        store<u8>(at, load<u8>(at) ^ <u8>key);
        key = rotateKey(key, 1);
      }
      state = nextState(state, load<u8>(at));
      if (state == UTF8_INVALID) return UTF8_INVALID;
    }
    if (state != 0) return at == start ? state : state | UTF8_NON_ASCII;
  }
  const boundary = at;
  const splat = i32x4.splat(key);
  let beyond: i32 = at == start ? 0 : UTF8_NON_ASCII;
  let errors = i64x2.splat(0); // in the top bits
  let before = i64x2.splat(0);
  let pending = 0; // whether the vectors just before had a high bit, so that a character may reach into this one
  for (;;) {
    const blocks = at + ((end - at) & ~63);
    do {
      // ASCII has a loop of its own, so that no comparison takes part in it.
      for (; at < blocks; at += 64) {
        const a = plain(v128.load(at), splat, unmasking);
        const b = plain(v128.load(at, 16), splat, unmasking);
        const c = plain(v128.load(at, 32), splat, unmasking);
        const d = plain(v128.load(at, 48), splat, unmasking);
        if ((i8x16.bitmask(v128.or(v128.or(a, b), v128.or(c, d))) | pending) != 0) break;
        if (unmasking) {
          v128.store(at, a);
          v128.store(at, b, 16);
          v128.store(at, c, 32);
          v128.store(at, d, 48);
        }
      }
      // To load the bytes before a block, there must be some of the same text.
      if (at == blocks || (!unmasking && at == boundary)) break;
      const overLead = v128.load(SPLATS, OVER_LEAD);
      const overThree = v128.load(SPLATS, OVER_THREE);
      const lead = v128.load(SPLATS, LEAD);
      const e0 = v128.load(SPLATS, E0);
      const ed = v128.load(SPLATS, ED);
      let narrow = i64x2.splat(0); // in bit 5
      let least = i64x2.splat(-1); // of the bytes and 0x40: below 2 is C0 or C1, which begin overlong forms only
      for (; at < blocks; at += 64) {
        const a = plain(v128.load(at), splat, unmasking);
        const b = plain(v128.load(at, 16), splat, unmasking);
        const c = plain(v128.load(at, 32), splat, unmasking);
        const d = plain(v128.load(at, 48), splat, unmasking);
        const largest = i8x16.max_u(before, i8x16.max_u(i8x16.max_u(a, b), i8x16.max_u(c, d)));
        pending = i8x16.bitmask(largest);
        // All of ASCII again, or a lead byte of four.
        if (pending == 0 || i8x16.bitmask(i8x16.sub_sat_u(largest, v128.load(SPLATS, OVER_FOUR))) != 0) break;
        if (unmasking) {
          v128.store(at, a);
          v128.store(at, b, 16);
          v128.store(at, c, 32);
          v128.store(at, d, 48);
        }
        const oneA = oneBefore(at, before, a, unmasking);
        const oneB = oneBefore(at + 16, a, b, unmasking);
        const oneC = oneBefore(at + 32, b, c, unmasking);
        const oneD = oneBefore(at + 48, c, d, unmasking);
        const neededA = needed(oneA, twoBefore(at, before, a, unmasking), overLead, overThree);
        const neededB = needed(oneB, twoBefore(at + 16, a, b, unmasking), overLead, overThree);
        const neededC = needed(oneC, twoBefore(at + 32, b, c, unmasking), overLead, overThree);
        const neededD = needed(oneD, twoBefore(at + 48, c, d, unmasking), overLead, overThree);
        errors = v128.or(errors, v128.xor(neededA, continuing(a, lead)));
        errors = v128.or(errors, v128.xor(neededB, continuing(b, lead)));
        errors = v128.or(errors, v128.xor(neededC, continuing(c, lead)));
        errors = v128.or(errors, v128.xor(neededD, continuing(d, lead)));
        narrow = v128.or(narrow, v128.or(narrowed(oneA, a, e0, ed), narrowed(oneB, b, e0, ed)));
        narrow = v128.or(narrow, v128.or(narrowed(oneC, c, e0, ed), narrowed(oneD, d, e0, ed)));
        least = i8x16.min_u(least, i8x16.min_u(i8x16.add(a, overLead), i8x16.add(b, overLead)));
        least = i8x16.min_u(least, i8x16.min_u(i8x16.add(c, overLead), i8x16.add(d, overLead)));
        before = d;
        beyond = UTF8_NON_ASCII;
      }
      errors = v128.or(errors, v128.or(i16x8.shl(narrow, 2), i8x16.lt_u(least, i8x16.splat(2))));
    } while (at < blocks && pending == 0);
    // 16 bytes a step: what is left, and a block with characters of four bytes.
    const steps = at < blocks ? at + 64 : end;
    for (; at < steps; at += 16) {
      let bytes = plain(v128.load(at), splat, unmasking);
      const left = end - at;
      if (left < 16) {
        // Loaded before the bytes are masked: a load of what was just stored in parts waits.
        bytes = v128.and(bytes, v128.load(LANES + 16 - left));
        if (unmasking) maskReporting(at, end, key);
      } else if (unmasking) {
        v128.store(at, bytes);
      }
      const high = i8x16.bitmask(bytes);
      if ((high | pending) != 0) {
        const overLead = v128.load(SPLATS, OVER_LEAD);
        const overThree = v128.load(SPLATS, OVER_THREE);
        const lead = v128.load(SPLATS, LEAD);
        const e0 = v128.load(SPLATS, E0);
        const ed = v128.load(SPLATS, ED);
        const one = oneBefore(at, before, bytes, true);
        const two = twoBefore(at, before, bytes, true);
        const three = i8x16.shuffle(before, bytes, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
        const lanes = v128.load(LANES + 16 - min(left, 16)); // those past the end are not judged
        const due = v128.or(needed(one, two, overLead, overThree), i8x16.sub_sat_u(three, v128.load(SPLATS, OVER_FOUR)));
        const narrow = v128.or(i16x8.shl(narrowed(one, bytes, e0, ed), 2), narrowedAfterFour(one, bytes));
        const wrong = v128.or(v128.xor(due, continuing(bytes, lead)), narrow);
        errors = v128.or(errors, v128.or(v128.and(wrong, lanes), never(bytes, overLead)));
        before = bytes;
        pending = high;
        beyond = UTF8_NON_ASCII;
      }
    }
    if (at >= end) break;
  }
  if (beyond == 0) return 0;
  if (i8x16.bitmask(errors) != 0) return UTF8_INVALID;
  return stateAtEnd(boundary, end) | UTF8_NON_ASCII;
}

/** Validates from `state` on. Returns the state at the end, with UTF8_NON_ASCII when a byte beyond ASCII was met, or
 *  UTF8_INVALID. */
export function validateUtf8(start: usize, end: usize, state: i32): i32 {
  return check(start, end, 0, state, false);
}

/** `mask` and `validateUtf8` in one pass. When the answer is UTF8_INVALID, the bytes past the fault may still be masked. */
export function unmaskUtf8(start: usize, end: usize, key: i32, state: i32): i32 {
  return check(start, end, key, state, true);
}
