// §8.1. ASCII is passed over eight bytes a step, whole characters are judged by their ranges, and what is left of a
// character at either end of the bytes goes through `nextState`.

import * as layout from "../layout.ts";
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

/** Validates from `state` on. Returns the state at the end, with UTF8_NON_ASCII when a byte beyond ASCII was met, or
 *  UTF8_INVALID. */
export function validateUtf8(bytes: Uint8Array, start: number, end: number, state: number): number {
  let at = start;
  let reached = state;
  for (; reached !== 0 && at < end; at++) {
    reached = nextState(reached, bytes[at]);
    if (reached === UTF8_INVALID) return UTF8_INVALID;
  }
  if (reached !== 0) return at === start ? reached : reached | UTF8_NON_ASCII;
  at = skipAscii(bytes, at, end);
  if (at === end) return state === 0 || start === end ? 0 : UTF8_NON_ASCII;
  while (end - at >= 4) {
    const lead = bytes[at];
    const second = bytes[at + 1];
    if (lead < 0x80) {
      at = skipAscii(bytes, at, end);
    } else if (lead < 0xe0) {
      if (lead < 0xc2 || second >> 6 !== 2) return UTF8_INVALID;
      at += 2;
    } else if (lead < 0xf0) {
      if (second >> 6 !== 2 || bytes[at + 2] >> 6 !== 2) return UTF8_INVALID;
      if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f)) return UTF8_INVALID;
      at += 3;
    } else {
      if (lead > 0xf4 || second >> 6 !== 2 || bytes[at + 2] >> 6 !== 2 || bytes[at + 3] >> 6 !== 2) return UTF8_INVALID;
      if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return UTF8_INVALID;
      at += 4;
    }
  }
  for (; at < end; at++) {
    reached = nextState(reached, bytes[at]);
    if (reached === UTF8_INVALID) return UTF8_INVALID;
  }
  return reached | UTF8_NON_ASCII;
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
  const high = maskReporting(bytes, start, end, key, words);
  return high === 0 && state === 0 ? 0 : validateUtf8(bytes, start, end, state);
}

/** The position of the first byte beyond ASCII, or `end`. */
function skipAscii(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const high =
      bytes[at] |
      bytes[at + 1] |
      bytes[at + 2] |
      bytes[at + 3] |
      bytes[at + 4] |
      bytes[at + 5] |
      bytes[at + 6] |
      bytes[at + 7];
    if (high >= 0x80) break;
  }
  while (at < end && bytes[at] < 0x80) at++;
  return at;
}
