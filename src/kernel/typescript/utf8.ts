// §8.1. A byte costs a look-up and a shift: the automaton of `nextState`, packed into one 32-bit word for each byte. ASCII
// is passed over 16 bytes a step.

import * as layout from "../layout.ts";
import { hostWord, LITTLE_ENDIAN as littleEndian, wordsOf } from "../words.ts";
import { maskReporting } from "./mask.ts";

// V8 folds a module's own constants into the code; an imported one it loads and checks at each use.
const {
  UTF8_AFTER_E0,
  UTF8_AFTER_ED,
  UTF8_AFTER_F0,
  UTF8_AFTER_F4,
  UTF8_INVALID,
  UTF8_NON_ASCII,
  UTF8_ONE_MORE,
  UTF8_THREE_MORE,
  UTF8_TWO_MORE,
} = layout;
const LITTLE_ENDIAN = littleEndian;

/** One step of the automaton: the state after `byte`. The ranges are those of the table in RFC 3629 §4. */
export function nextState(state: number, byte: number): number {
  if (state === 0) {
    if (byte < 0x80) return 0;
    if (byte < 0xc2 || byte > 0xf4) return UTF8_INVALID;
    if (byte < 0xe0) return UTF8_ONE_MORE;
    if (byte === 0xe0) return UTF8_AFTER_E0;
    if (byte === 0xed) return UTF8_AFTER_ED;
    if (byte < 0xf0) return UTF8_TWO_MORE;
    if (byte === 0xf0) return UTF8_AFTER_F0;
    return byte === 0xf4 ? UTF8_AFTER_F4 : UTF8_THREE_MORE;
  }
  const low = state === UTF8_AFTER_E0 ? 0xa0 : state === UTF8_AFTER_F0 ? 0x90 : 0x80;
  const high = state === UTF8_AFTER_ED ? 0x9f : state === UTF8_AFTER_F4 ? 0x8f : 0xbf;
  if (byte < low || byte > high) return UTF8_INVALID;
  if (state >= UTF8_AFTER_F0) return UTF8_TWO_MORE;
  return state >= UTF8_AFTER_E0 ? UTF8_ONE_MORE : state - 1;
}

/** The position of the first byte that cannot follow, or `end`. Called once it is known that there is a fault. */
export function findInvalid(bytes: Uint8Array, start: number, end: number, state: number): number {
  let reached = state;
  for (let at = start; at < end; at++) {
    reached = nextState(reached, bytes[at]);
    if (reached === UTF8_INVALID) return at;
  }
  return end;
}

/**
 * Where each state's successor lies in the words of STEPS, five bits each: a state is held as its own offset, so that
 * shifting a byte's word by it leaves the next state in the low five bits, and a shift looks at no others. An invalid
 * text is at offset 0, and stays there.
 *
 * Nine states of five bits do not fit 32 bits side by side, but they may overlap where all words agree, and be cut off
 * where the word ends in zeros. These offsets are the first that trying all of them found (2296 do it); a word that they
 * did not suit would hold a wrong state, which the test of every state and byte would show.
 */
const OFFSETS: readonly number[] = [6, 16, 1, 11, 19, 25, 24, 30];
const BOUNDARY = OFFSETS[0];

/** For each byte, the offsets of the states that follow it, each at the offset of the state before. */
const STEPS: Int32Array = Int32Array.of(
  ...Array.from({ length: 256 }, (_, byte) =>
    OFFSETS.reduce((word, offset, state) => {
      const next = nextState(state, byte);
      return next === UTF8_INVALID ? word : word | (OFFSETS[next] << offset);
    }, 0),
  ),
);

/** From this many bytes on, words are worth the view that must be made. */
const WORDS_FROM = 64;

/** Validates from `state` on. Returns the state at the end, with UTF8_NON_ASCII when a byte beyond ASCII was met, or
 *  UTF8_INVALID. `words` are those of `bytes`, if the caller has them. */
export function validateUtf8(bytes: Uint8Array, start: number, end: number, state: number, words?: Int32Array): number {
  let at = start;
  let offset = OFFSETS[state];
  let high = 0;
  if (end - start >= (words === undefined ? WORDS_FROM : 16)) {
    const view = words ?? wordsOf(bytes);
    for (; ((bytes.byteOffset + at) & 3) !== 0; at++) {
      high |= bytes[at];
      offset = STEPS[bytes[at]] >> offset;
    }
    const shift = view.byteOffset - bytes.byteOffset;
    const last = (end - shift) >> 2;
    let index = (at - shift) >> 2;
    for (; index + 4 <= last; index += 4) {
      const seen = view[index] | view[index + 1] | view[index + 2] | view[index + 3];
      if ((seen & 0x80808080) === 0 && (offset & 31) === BOUNDARY) continue;
      high = 0x80;
      for (let at = index; at < index + 4; at++) {
        const word = LITTLE_ENDIAN ? view[at] : hostWord(view[at]);
        offset = STEPS[word & 0xff] >> offset;
        offset = STEPS[(word >> 8) & 0xff] >> offset;
        offset = STEPS[(word >> 16) & 0xff] >> offset;
        offset = STEPS[word >>> 24] >> offset;
      }
    }
    at = shift + (index << 2);
  }
  for (; at < end; at++) {
    high |= bytes[at];
    offset = STEPS[bytes[at]] >> offset;
  }
  const reached = (offset & 31) === BOUNDARY ? 0 : OFFSETS.indexOf(offset & 31);
  return (high & 0x80) === 0 || reached < 0 ? reached : reached | UTF8_NON_ASCII;
}

/** `mask` and `validateUtf8` over the same bytes; ASCII is known for it once it is unmasked. */
export function unmaskUtf8(
  bytes: Uint8Array,
  start: number,
  end: number,
  key: number,
  state: number,
  words?: Int32Array,
): number {
  const view = words ?? (end - start >= WORDS_FROM ? wordsOf(bytes) : undefined);
  const high = maskReporting(bytes, start, end, key, view);
  return high === 0 && state === 0 ? 0 : validateUtf8(bytes, start, end, state, view);
}
