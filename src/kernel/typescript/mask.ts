// §5.3, a word a step where that pays, and a byte a step up to its boundary and for what is left.

import { hostWord, wordsOf } from "../words.ts";

/** From this many bytes on, words win over bytes although the view of them must be made (20–50 ns; Node 24, where it is
 *  20, decides: in Node 20 it pays from 192). */
const WORDS_FROM = 96;
/** The same where the view is there already. */
const SHARED_WORDS_FROM = 48;

/** The key as it applies `by` bytes further on. */
export function rotateKey(key: number, by: number): number {
  const bits = (by & 3) << 3;
  return (key >>> bits) | (key << (32 - bits));
}

/** Masks, and reports whether a byte of the outcome is beyond ASCII, by any number but 0. `words` are those of `bytes`,
 *  if the caller has them. */
export function maskReporting(bytes: Uint8Array, start: number, end: number, key: number, words?: Int32Array): number {
  if (end - start < (words === undefined ? WORDS_FROM : SHARED_WORDS_FROM)) return maskBytes(bytes, start, end, key);
  const view = words ?? wordsOf(bytes);
  const shift = view.byteOffset - bytes.byteOffset;
  const first = (start - shift + 3) >> 2;
  const last = (end - shift) >> 2;
  const aligned = shift + (first << 2);
  const rotated = rotateKey(key, aligned - start);
  return (
    maskBytes(bytes, start, aligned, key) |
    maskWords(view, first, last, hostWord(rotated)) |
    maskBytes(bytes, shift + (last << 2), end, rotated)
  );
}

function maskBytes(bytes: Uint8Array, start: number, end: number, key: number): number {
  const second = key >> 8;
  const third = key >> 16;
  const fourth = key >> 24;
  let at = start;
  let seen = 0;
  for (; at + 8 <= end; at += 8) {
    seen |= bytes[at] ^= key;
    seen |= bytes[at + 1] ^= second;
    seen |= bytes[at + 2] ^= third;
    seen |= bytes[at + 3] ^= fourth;
    seen |= bytes[at + 4] ^= key;
    seen |= bytes[at + 5] ^= second;
    seen |= bytes[at + 6] ^= third;
    seen |= bytes[at + 7] ^= fourth;
  }
  for (let rotated = key; at < end; at++) {
    seen |= bytes[at] ^= rotated;
    rotated = rotateKey(rotated, 1);
  }
  return seen & 0x80;
}

function maskWords(words: Int32Array, start: number, end: number, word: number): number {
  let index = start;
  let seen = 0;
  for (; index + 8 <= end; index += 8) {
    seen |= words[index] ^= word;
    seen |= words[index + 1] ^= word;
    seen |= words[index + 2] ^= word;
    seen |= words[index + 3] ^= word;
    seen |= words[index + 4] ^= word;
    seen |= words[index + 5] ^= word;
    seen |= words[index + 6] ^= word;
    seen |= words[index + 7] ^= word;
  }
  for (; index < end; index++) seen |= words[index] ^= word;
  return seen & 0x80808080;
}

/** §5.3: "j = i MOD 4; transformed-octet-i = original-octet-i XOR masking-key-octet-j". In place. Returns the key for
 *  the byte that follows. */
export function mask(bytes: Uint8Array, start: number, end: number, key: number, words?: Int32Array): number {
  maskReporting(bytes, start, end, key, words);
  return rotateKey(key, end - start);
}
