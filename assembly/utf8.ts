// §8.1, by the look-up method of Keiser and Lemire ("Validating UTF-8 In Less Than One Instruction Per Byte", 2021):
// three 16-entry tables, indexed by the nibbles of each pair of neighbouring bytes, are AND-ed; a bit that survives
// names what is wrong with the pair. Blocks without a high bit skip it. What is left of a character at either end of
// the bytes goes through `nextState`, so the outcome is that of the byte-wise automaton, whatever the split.

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

// What the tables' bits mean, as patterns of two bytes.
const SHORT: u8 = 1 << 0; //       11______ 0_______, 11______ 11______: a lead byte without its continuation
const LONG: u8 = 1 << 1; //        0_______ 10______: a continuation after ASCII
const OVERLONG_3: u8 = 1 << 2; //  11100000 100_____
const LARGE: u8 = 1 << 3; //       11110100 1001____, 11110100 101_____, 11110101+ 1001____, 101_____
const SURROGATE: u8 = 1 << 4; //   11101101 101_____
const OVERLONG_2: u8 = 1 << 5; //  1100000_ 10______
const OVERLONG_4: u8 = 1 << 6; //  11110000 1000____
const LARGER: u8 = 1 << 6; //      11110101+ 1000____: shares its bit with OVERLONG_4, for the low nibbles tell them apart
const CONTINUED: u8 = 1 << 7; //   10______ 10______: right after a lead of three or four bytes only
const ANY: u8 = SHORT | LONG | CONTINUED; // does not depend on the first byte's low nibble

// Tables and constants are loaded from memory: V8 builds a v128 constant anew in each round of a loop, and a load is
// cheaper.
const TABLES: usize = memory.data<u8>([
  // by the high nibble of the first byte
  LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG,
  CONTINUED, CONTINUED, CONTINUED, CONTINUED,
  SHORT | OVERLONG_2, SHORT, SHORT | OVERLONG_3 | SURROGATE, SHORT | LARGE | LARGER | OVERLONG_4,
  // by the low nibble of the first byte
  ANY | OVERLONG_2 | OVERLONG_3 | OVERLONG_4, ANY | OVERLONG_2, ANY, ANY,
  ANY | LARGE, ANY | LARGE | LARGER, ANY | LARGE | LARGER, ANY | LARGE | LARGER,
  ANY | LARGE | LARGER, ANY | LARGE | LARGER, ANY | LARGE | LARGER, ANY | LARGE | LARGER,
  ANY | LARGE | LARGER, ANY | LARGE | LARGER | SURROGATE, ANY | LARGE | LARGER, ANY | LARGE | LARGER,
  // by the high nibble of the second byte
  SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT,
  LONG | OVERLONG_2 | CONTINUED | OVERLONG_3 | LARGER | OVERLONG_4,
  LONG | OVERLONG_2 | CONTINUED | OVERLONG_3 | LARGE,
  LONG | OVERLONG_2 | CONTINUED | SURROGATE | LARGE,
  LONG | OVERLONG_2 | CONTINUED | SURROGATE | LARGE,
  SHORT, SHORT, SHORT, SHORT,
  // a low nibble
  15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
  // what a lead byte of three (E0+) and of four (F0+) exceeds, to leave the top bit set
  0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60,
  0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70,
  // the top bit
  0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
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

/** Non-zero lanes where `bytes` are wrong after `before`, the 16 bytes in front of them. */
@inline
function errorsIn(bytes: v128, before: v128): v128 {
  const nibble = v128.load(TABLES, 48);
  const one = i8x16.shuffle(before, bytes, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  const two = i8x16.shuffle(before, bytes, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
  const three = i8x16.shuffle(before, bytes, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
  // Shifted as 16-bit lanes and masked: x86 has no shift of bytes, and i8x16.shr_u is emulated.
  const pairs = v128.and(
    v128.and(
      i8x16.swizzle(v128.load(TABLES), v128.and(i16x8.shr_u(one, 4), nibble)),
      i8x16.swizzle(v128.load(TABLES, 16), v128.and(one, nibble)),
    ),
    i8x16.swizzle(v128.load(TABLES, 32), v128.and(i16x8.shr_u(bytes, 4), nibble)),
  );
  // A third or fourth byte must be a continuation after a continuation, and nothing else may be.
  const required = v128.or(
    i8x16.sub_sat_u(two, v128.load(TABLES, 64)),
    i8x16.sub_sat_u(three, v128.load(TABLES, 80)),
  );
  return v128.xor(v128.and(required, v128.load(TABLES, 96)), pairs);
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
  let errors = i64x2.splat(0);
  let before = i64x2.splat(0);
  let pending = 0; // whether the vectors just before had a high bit, so that a character may reach into this one
  const blocks = at + ((end - at) & ~63);
  for (;;) {
    // ASCII has a loop of its own, so that nothing of the look-up takes part in it.
    for (; at < blocks; at += 64) {
      const a = plain(v128.load(at), splat, unmasking);
      const b = plain(v128.load(at, 16), splat, unmasking);
      const c = plain(v128.load(at, 32), splat, unmasking);
      const d = plain(v128.load(at, 48), splat, unmasking);
      if (i8x16.bitmask(v128.or(v128.or(a, b), v128.or(c, d))) != 0) break;
      if (unmasking) {
        v128.store(at, a);
        v128.store(at, b, 16);
        v128.store(at, c, 32);
        v128.store(at, d, 48);
      }
    }
    if (at == blocks) break;
    // From a block with a high bit to the first without: a character may reach into that one.
    do {
      const a = plain(v128.load(at), splat, unmasking);
      const b = plain(v128.load(at, 16), splat, unmasking);
      const c = plain(v128.load(at, 32), splat, unmasking);
      const d = plain(v128.load(at, 48), splat, unmasking);
      if (unmasking) {
        v128.store(at, a);
        v128.store(at, b, 16);
        v128.store(at, c, 32);
        v128.store(at, d, 48);
      }
      errors = v128.or(errors, v128.or(errorsIn(a, before), errorsIn(b, a)));
      errors = v128.or(errors, v128.or(errorsIn(c, b), errorsIn(d, c)));
      before = d;
      pending = i8x16.bitmask(v128.or(v128.or(a, b), v128.or(c, d)));
      beyond = UTF8_NON_ASCII;
      at += 64;
    } while (at < blocks && pending != 0);
    if (at == blocks) break;
  }
  for (; end - at >= 16; at += 16) {
    const bytes = plain(v128.load(at), splat, unmasking);
    if (unmasking) v128.store(at, bytes);
    const high = i8x16.bitmask(bytes);
    if ((high | pending) != 0) {
      errors = v128.or(errors, errorsIn(bytes, before));
      before = bytes;
      pending = high;
      beyond = UTF8_NON_ASCII;
    }
  }
  if (at < end) {
    // The lanes past the end are not judged. Loaded before the bytes are masked: a load of what was just stored in parts waits.
    const lanes = v128.load(LANES + 16 - (end - at));
    const bytes = v128.and(plain(v128.load(at), splat, unmasking), lanes);
    const high = unmasking ? maskReporting(at, end, key) : i8x16.bitmask(bytes);
    if ((high | pending) != 0) {
      errors = v128.or(errors, v128.and(errorsIn(bytes, before), lanes));
      beyond = UTF8_NON_ASCII;
    }
  }
  if (beyond == 0) return 0;
  if (v128.any_true(errors)) return UTF8_INVALID;
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
