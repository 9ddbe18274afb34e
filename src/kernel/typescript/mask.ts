// §5.3, a byte at a time up to a word's boundary, then a word a step, then what is left.

import { hostWord, wordsOf } from "../words.ts";

/** From this many bytes on, the word loop wins over the byte loop although it must make a view (30–45 ns). */
const WORDS_FROM = 64;
/** The same where the view is there already. */
const SHARED_WORDS_FROM = 16;

/** The key as it applies `by` bytes further on. */
export function rotateKey(key: number, by: number): number {
  const bits = (by & 3) << 3;
  return (key >>> bits) | (key << (32 - bits));
}

/** Masks, and reports whether a byte of the outcome is beyond ASCII, by any number but 0. `words` are those of `bytes`,
 *  if the caller has them. */
export function maskReporting(bytes: Uint8Array, start: number, end: number, key: number, words?: Int32Array): number {
  let at = start;
  let rotated = key;
  // What was seen, OR-ed: the outcome of a byte in its low eight bits, of words whole.
  let inBytes = 0;
  let inWords = 0;
  if (end - start >= (words === undefined ? WORDS_FROM : SHARED_WORDS_FROM)) {
    const view = words ?? wordsOf(bytes);
    const shift = view.byteOffset - bytes.byteOffset;
    for (; ((at - shift) & 3) !== 0; at++) {
      inBytes |= bytes[at] ^= rotated;
      rotated = rotateKey(rotated, 1);
    }
    const word = hostWord(rotated);
    const last = (end - shift) >> 2;
    let index = (at - shift) >> 2;
    for (; index + 4 <= last; index += 4) {
      inWords |= view[index] ^= word;
      inWords |= view[index + 1] ^= word;
      inWords |= view[index + 2] ^= word;
      inWords |= view[index + 3] ^= word;
    }
    for (; index < last; index++) inWords |= view[index] ^= word;
    at = shift + (last << 2);
  }
  for (; at + 4 <= end; at += 4) {
    inBytes |= bytes[at] ^= rotated;
    inBytes |= bytes[at + 1] ^= rotated >> 8;
    inBytes |= bytes[at + 2] ^= rotated >> 16;
    inBytes |= bytes[at + 3] ^= rotated >> 24;
  }
  for (; at < end; at++) {
    inBytes |= bytes[at] ^= rotated;
    rotated >>= 8;
  }
  return (inBytes & 0x80) | (inWords & 0x80808080);
}

/** §5.3: "j = i MOD 4; transformed-octet-i = original-octet-i XOR masking-key-octet-j". In place. Returns the key for
 *  the byte that follows. */
export function mask(bytes: Uint8Array, start: number, end: number, key: number, words?: Int32Array): number {
  maskReporting(bytes, start, end, key, words);
  return rotateKey(key, end - start);
}
