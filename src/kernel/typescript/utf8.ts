// §8.1. A byte, and in longer text two, cost a look-up and a shift: the automaton of `nextState`, packed into one 32-bit word
// for each byte and for each pair. ASCII is passed over 32 bytes a step.

import * as layout from "../layout.ts";
import { LITTLE_ENDIAN as littleEndian, wordsOf } from "../words.ts";
import { maskReporting } from "./mask.ts";

// V8 folds a module's own constants into the code; an imported one it loads and checks at each use. One by one, a bundler
// folds them as well.
const UTF8_AFTER_E0 = layout.UTF8_AFTER_E0;
const UTF8_AFTER_ED = layout.UTF8_AFTER_ED;
const UTF8_AFTER_F0 = layout.UTF8_AFTER_F0;
const UTF8_AFTER_F4 = layout.UTF8_AFTER_F4;
const UTF8_INVALID = layout.UTF8_INVALID;
const UTF8_NON_ASCII = layout.UTF8_NON_ASCII;
const UTF8_ONE_MORE = layout.UTF8_ONE_MORE;
const UTF8_THREE_MORE = layout.UTF8_THREE_MORE;
const UTF8_TWO_MORE = layout.UTF8_TWO_MORE;
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
 * Where each state's successor lies in a byte's word, five bits each. A state is held as this offset of its own, so a
 * byte's word shifted by it has the offset of the next state in its low five bits, which are all that the next shift
 * looks at. Offset 0 is that of invalid text, for ever.
 *
 * Nine states of five bits do not fit 32 bits side by side, but they may overlap where every word has the same bits for
 * both, and be cut off where it has zeros. A search over all offsets found 20 ways that serve STEPS and PAIRS alike; the
 * test that takes every state through every byte is the proof.
 */
const OFFSETS: readonly number[] = [16, 8, 2, 11, 21, 27, 6, 25];
const BOUNDARY = OFFSETS[0];
/** The states that only a lead byte of four can lead to, a bit each. */
const FOURS = (1 << OFFSETS[UTF8_THREE_MORE]) | (1 << OFFSETS[UTF8_AFTER_F0]) | (1 << OFFSETS[UTF8_AFTER_F4]);

/** For each byte, the offsets of the states that follow it, each at the offset of the state before. Made by its length,
 *  since V8 then folds its address into the loops, which it does not for `Int32Array.of`. */
const STEPS = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  for (const [state, offset] of OFFSETS.entries()) {
    const next = nextState(state, byte);
    if (next !== UTF8_INVALID) STEPS[byte] |= OFFSETS[next] << offset;
  }
}

/** The same for two bytes, the first in the low bits: twice as fast, and filled when long text beyond ASCII first asks for it,
 *  once. Of FOURS it knows nothing: it has rubbish from there, and 0 to there. */
const PAIRS = new Int32Array(65536);

function fillPairs(): void {
  const known = OFFSETS.filter((offset) => ((FOURS >> offset) & 1) === 0);
  for (let pair = 0; pair < 65536; pair++) {
    // Most bytes are as the one before.
    if ((pair & 0xff) !== 0 && STEPS[pair & 0xff] === STEPS[(pair & 0xff) - 1]) {
      PAIRS[pair] = PAIRS[pair - 1];
      continue;
    }
    for (const offset of known) {
      const next = (STEPS[pair >> 8] >> (STEPS[pair & 0xff] >> offset)) & 31;
      if (((FOURS >> next) & 1) === 0) PAIRS[pair] |= next << offset;
    }
  }
}

/** From this many bytes on, steps from words win over steps from bytes: where the view is there already, and where it
 *  must be made. */
const SHARED_WORDS_FROM = 64;
const WORDS_FROM = 128;

// The next two return the offset reached, with 0x80 set when a byte beyond ASCII was met. They hold nothing else, so that
// all of it stays in registers. They ask for ASCII before they ask for a boundary, which comes too irregularly to be
// guessed: in text of one script the first answer is always the same.

function stepBytes(bytes: Uint8Array, start: number, end: number, before: number): number {
  let at = start;
  let offset = before;
  let high = 0;
  for (; at + 8 <= end; at += 8) {
    const a = bytes[at];
    const b = bytes[at + 1];
    const c = bytes[at + 2];
    const d = bytes[at + 3];
    const e = bytes[at + 4];
    const f = bytes[at + 5];
    const g = bytes[at + 6];
    const h = bytes[at + 7];
    if ((a | b | c | d | e | f | g | h) < 0x80 && (offset & 31) === BOUNDARY) continue;
    high = 0x80;
    offset = STEPS[b] >> (STEPS[a] >> offset);
    offset = STEPS[d] >> (STEPS[c] >> offset);
    offset = STEPS[f] >> (STEPS[e] >> offset);
    offset = STEPS[h] >> (STEPS[g] >> offset);
  }
  for (; at < end; at++) {
    high |= bytes[at];
    offset = STEPS[bytes[at]] >> offset;
  }
  return (offset & 31) | (high & 0x80);
}

/** The index of the first words, eight together, that are not all ASCII. */
function skipAscii(words: Int32Array, start: number, end: number): number {
  let index = start;
  for (; index + 8 <= end; index += 8) {
    const low = words[index] | words[index + 1] | words[index + 2] | words[index + 3];
    const high = words[index + 4] | words[index + 5] | words[index + 6] | words[index + 7];
    if (((low | high) & 0x80808080) !== 0) break;
  }
  return index;
}

/** Takes `words` four by four, as many as there are: by pairs of bytes, and by bytes what pairs know nothing of. */
function stepWords(words: Int32Array, start: number, end: number, before: number): number {
  let index = start;
  let offset = before;
  let high = 0;
  for (let paired = ((FOURS >> before) & 1) === 0; index + 4 <= end; paired = true) {
    for (; paired && index + 4 <= end; index += 4) {
      const a = words[index];
      const b = words[index + 1];
      const c = words[index + 2];
      const d = words[index + 3];
      if (((a | b | c | d) & 0x80808080) === 0 && (offset & 31) === BOUNDARY) continue;
      let next = PAIRS[a >>> 16] >> (PAIRS[a & 0xffff] >> offset);
      next = PAIRS[b >>> 16] >> (PAIRS[b & 0xffff] >> next);
      next = PAIRS[c >>> 16] >> (PAIRS[c & 0xffff] >> next);
      next = PAIRS[d >>> 16] >> (PAIRS[d & 0xffff] >> next);
      if ((next & 31) === 0) break;
      offset = next;
      high = 0x80;
    }
    if (PAIRS[0] === 0) fillPairs();
    // Characters of four bytes, of which there are more where one is, or a fault.
    for (; index + 4 <= end; index += 4) {
      const a = words[index];
      const b = words[index + 1];
      const c = words[index + 2];
      const d = words[index + 3];
      if (((a | b | c | d) & 0x80808080) === 0 && (offset & 31) === BOUNDARY) break;
      offset = stepWord(d, stepWord(c, stepWord(b, stepWord(a, offset))));
      high = 0x80;
    }
  }
  return (offset & 31) | high;
}

function stepWord(word: number, offset: number): number {
  const half = STEPS[(word >> 8) & 0xff] >> (STEPS[word & 0xff] >> offset);
  return STEPS[word >>> 24] >> (STEPS[(word >> 16) & 0xff] >> half);
}

/** Validates from `state` on. Returns the state at the end, with UTF8_NON_ASCII when a byte beyond ASCII was met, or
 *  UTF8_INVALID. `words` are those of `bytes`, if the caller has them. */
export function validateUtf8(bytes: Uint8Array, start: number, end: number, state: number, words?: Int32Array): number {
  let at = start;
  let reached = OFFSETS[state];
  let high = 0;
  if (LITTLE_ENDIAN && end - start >= (words === undefined ? WORDS_FROM : SHARED_WORDS_FROM)) {
    const view = words ?? wordsOf(bytes);
    const shift = view.byteOffset - bytes.byteOffset;
    for (; ((at - shift) & 3) !== 0; at++) {
      high |= bytes[at];
      reached = STEPS[bytes[at]] >> reached;
    }
    let index = (at - shift) >> 2;
    const last = (end - shift) >> 2;
    if (reached === BOUNDARY) index = skipAscii(view, index, last);
    reached = stepWords(view, index, last, reached);
    high |= reached;
    at += (end - at) & ~15;
  }
  reached = stepBytes(bytes, at, end, reached);
  const next = (reached & 31) === BOUNDARY ? 0 : OFFSETS.indexOf(reached & 31);
  return ((high | reached) & 0x80) === 0 || next === UTF8_INVALID ? next : next | UTF8_NON_ASCII;
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
  return high === 0 && state === 0 ? 0 : validateUtf8(bytes, start, end, state, words);
}
