/** Hex that is not hex, with where and why. */
export class HexError extends Error {
  override readonly name = "HexError";
}

/** What may stand between bytes, with the prefixes that some tools put before each. */
const SEPARATORS = /[\s:,;]+|0x|\\x/gi;

/**
 * Reads bytes written in hex: `81 05`, `8105`, `81:05`, `0x81, 0x05` or `\x81\x05`.
 * @throws HexError with a sentence for people.
 */
export function parseHex(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const digits of text.split(SEPARATORS)) {
    const wrong = /[^0-9a-f]/i.exec(digits);
    if (wrong !== null) {
      const character = String.fromCodePoint(digits.codePointAt(wrong.index)!);
      throw new HexError(`“${character}” in “${shorten(digits)}” is not a hex digit.`);
    }
    if (digits.length % 2 !== 0) {
      throw new HexError(`“${shorten(digits)}” has an odd number of digits: a byte is two of them.`);
    }
    for (let at = 0; at < digits.length; at += 2) bytes.push(Number.parseInt(digits.slice(at, at + 2), 16));
  }
  return Uint8Array.from(bytes);
}

function shorten(word: string): string {
  return word.length > 20 ? `${word.slice(0, 20)}…` : word;
}

export function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** The bytes as hex, a space between each two. */
export function formatHex(bytes: Uint8Array): string {
  return Array.from(bytes, hexByte).join(" ");
}

/** The first `most` bytes as hex, and how many are left out. */
export function abbreviateHex(bytes: Uint8Array, most: number): string {
  if (bytes.length <= most) return formatHex(bytes);
  return `${formatHex(bytes.subarray(0, most))} … ${plural(bytes.length - most, "more byte")}`;
}

/** `65,536`. */
export function grouped(count: number): string {
  return count.toLocaleString("en");
}

/** `1 byte`, `2 bytes`, `65,536 bytes`. */
export function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}
