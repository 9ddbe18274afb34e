import { mask } from "./typescript/index.ts";
import { hostWord } from "./words.ts";

/** The longest payload that goes by way of the words here; a longer one is copied and masked in its new place. */
const SHORT_PAYLOAD = 256;
/** Up to here, loops over bytes win over two calls of `set`, which cost about 10 ns each. */
export const LOOP_UP_TO = 12;

const words = new Int32Array(SHORT_PAYLOAD / 4);
const bytes = new Uint8Array(words.buffer);
/** `bytes[0, length)`, by length: a new view costs as much as all the rest. */
const views: (Uint8Array | undefined)[] = new Array(SHORT_PAYLOAD + 1).fill(undefined);

/**
 * Writes `source`, masked, into `target` at `offset`, where there is room for it; they may overlap (§5.3). It goes by way
 * of words of this module's own, which can be masked four bytes a step wherever the two lie.
 */
export function copyMasked(source: Uint8Array, target: Uint8Array, offset: number, key: number): void {
  const { length } = source;
  if (length <= LOOP_UP_TO) {
    for (let at = 0; at < length; at++) bytes[at] = source[at] ^ (key >> ((at & 3) << 3));
    for (let at = 0; at < length; at++) target[offset + at] = bytes[at];
  } else if (length <= SHORT_PAYLOAD) {
    bytes.set(source);
    const word = hostWord(key);
    for (let index = 0; index << 2 < length; index++) words[index] ^= word;
    views[length] ??= new Uint8Array(words.buffer, 0, length);
    target.set(views[length], offset);
  } else {
    target.set(source, offset);
    mask(target, offset, offset + length, key);
  }
}
