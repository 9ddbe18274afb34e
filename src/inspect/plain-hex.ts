import { InputError } from "./input-error.ts";
import { escapeText } from "./wording.ts";

/** What may stand between bytes; a prefix, `0x` or `\x`, is taken care of besides. */
const SEPARATORS = " \t\r\n,;:[](){}\"'-";

const LINE_FEED = 0x0a;
const SEPARATOR = -1;
const PREFIX = -2;
const WRONG = -3;

/** What each character of ASCII is: a digit's value, or one of the above. `x` ends a prefix, `\` begins one. */
const KINDS = Int8Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[0-9a-f]/i.test(character)) return Number.parseInt(character, 16);
  if (SEPARATORS.includes(character)) return SEPARATOR;
  return /[x\\]/i.test(character) ? PREFIX : WRONG;
});

/** Reads hex without offsets, `81 05`, `8105`, `81:05` or `0x81, 0x05`, however it is broken into lines. */
export class PlainHex {
  /** The digit that waits for another, or -1. */
  #high = -1;
  /** How many digits the word has so far. */
  #digits = 0;
  #line = 1;
  #column = 0;

  /** @throws InputError where it is no hex. */
  read(text: Uint8Array): Uint8Array {
    const bytes = new Uint8Array((text.length + 1) >> 1);
    let length = 0;
    for (const code of text) {
      this.#column++;
      const kind = KINDS[code];
      if (kind >= 0) {
        this.#digits++;
        if (this.#high < 0) {
          this.#high = kind;
        } else {
          bytes[length++] = (this.#high << 4) | kind;
          this.#high = -1;
        }
      } else if (kind === SEPARATOR) {
        this.end();
        if (code === LINE_FEED) {
          this.#line++;
          this.#column = 0;
        }
      } else if (kind === WRONG || !this.#isPrefix(code)) {
        throw new InputError(`${shown(code)} in ${this.#place()} is no hex`);
      }
    }
    return bytes.subarray(0, length);
  }

  /** A word, or the text, has ended. */
  end(): void {
    if (this.#high >= 0) {
      throw new InputError(`the hex that ends in ${this.#place()} has an odd number of digits: a byte is two of them`);
    }
    this.#digits = 0;
  }

  /** `\` may stand between two bytes, `x` behind it or behind a 0 that begins a word. */
  #isPrefix(code: number): boolean {
    if (String.fromCharCode(code) === "\\") {
      this.end();
      return true;
    }
    const zero = this.#digits === 1 && this.#high === 0;
    if (!zero && this.#digits > 0) return false;
    this.#high = -1;
    this.#digits = 0;
    return true;
  }

  #place(): string {
    return `line ${this.#line}, column ${this.#column}`;
  }
}

function shown(code: number): string {
  return code < 0x80 ? `“${escapeText(String.fromCharCode(code))}”` : `the byte 0x${code.toString(16)}`;
}
