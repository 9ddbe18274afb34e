import { InputError } from "./input-error.ts";
import { escapeText } from "./wording.ts";

/** What may stand between bytes, `\` of `\x` included. */
const SEPARATORS = " \t\r\n,;:[](){}\"'-\\";

/** What Node prints in front of the bytes of a Buffer; `>` stands behind them. */
const BUFFER = "<Buffer";

const LINE_FEED = 0x0a;
const FULL_STOP = 0x2e;
const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;

const SEPARATOR = -1;
const PREFIX = -2;
const WRONG = -3;

/** What each character of ASCII is: a digit's value, or one of the above. `x` is, or ends, a prefix. */
const KINDS = Int8Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[0-9a-f]/i.test(character)) return Number.parseInt(character, 16);
  if (SEPARATORS.includes(character)) return SEPARATOR;
  return /x/i.test(character) ? PREFIX : WRONG;
});

/** Reads hex without offsets, `81 05`, `8105`, `81:05`, `0x81, 0x5` or `<Buffer 81 05>`, however it is broken into lines. */
export class PlainHex {
  /** The digit that waits for another, or -1. */
  #high = -1;
  /** How many digits the word has so far, and whether behind a prefix. */
  #digits = 0;
  #prefixed = false;
  /** How much of `<Buffer` has come: all of it inside a Buffer, and nothing outside. */
  #buffer = 0;
  #line = 1;
  #column = 0;

  /** @throws InputError where it is no hex. */
  read(text: Uint8Array): Uint8Array {
    const bytes = new Uint8Array((text.length + 1) >> 1);
    let length = 0;
    for (const code of text) {
      this.#column++;
      const kind = this.#buffer > 0 || code === LESS_THAN ? this.#kindInBuffer(code) : KINDS[code];
      if (kind >= 0) {
        this.#digits++;
        if (this.#high < 0) {
          this.#high = kind;
        } else {
          bytes[length++] = (this.#high << 4) | kind;
          this.#high = -1;
        }
      } else if (kind === SEPARATOR) {
        const left = this.#endWord();
        if (left !== undefined) bytes[length++] = left;
        this.#beginWord(false);
        if (code === LINE_FEED) {
          this.#line++;
          this.#column = 0;
        }
      } else if (kind === PREFIX && this.#maybePrefix) {
        this.#beginWord(true);
      } else {
        const unless = "text is read as hex unless it is an HTTP head, or the format is said to be raw";
        throw new InputError(`${shown(code)} in ${this.#place()} is no hex: ${unless}`);
      }
    }
    return bytes.subarray(0, length);
  }

  /** The text has ended: the byte that is left, if one is. */
  end(): Uint8Array {
    if (this.#buffer > 0) throw new InputError(`the text ends in ${this.#place()}, within “${BUFFER} ...>”`);
    const left = this.#endWord();
    return left === undefined ? new Uint8Array(0) : Uint8Array.of(left);
  }

  #beginWord(prefixed: boolean): void {
    this.#high = -1;
    this.#digits = 0;
    this.#prefixed = prefixed;
  }

  /** `x` may begin a word, or stand behind a 0 that does. */
  get #maybePrefix(): boolean {
    return !this.#prefixed && (this.#digits === 0 || (this.#digits === 1 && this.#high === 0));
  }

  /** The byte that is left of a word: one digit behind a prefix is one, as of a number in C. */
  #endWord(): number | undefined {
    if (this.#prefixed && this.#digits === 0) throw new InputError(`no digits follow the prefix in ${this.#place()}`);
    if (this.#high < 0) return undefined;
    if (this.#prefixed && this.#digits === 1) return this.#high;
    throw new InputError(`the hex that ends in ${this.#place()} has an odd number of digits: a byte is two of them`);
  }

  #kindInBuffer(code: number): number {
    if (this.#buffer < BUFFER.length) return code === BUFFER.charCodeAt(this.#buffer++) ? SEPARATOR : WRONG;
    if (code === FULL_STOP) {
      const missing = "stands for the rest of a Buffer, which is missing";
      throw new InputError(`“...” in ${this.#place()} ${missing}: print buffer.toString("hex")`);
    }
    if (code !== GREATER_THAN) return KINDS[code];
    this.#buffer = 0;
    return SEPARATOR;
  }

  #place(): string {
    return `line ${this.#line}, column ${this.#column}`;
  }
}

function shown(code: number): string {
  return code < 0x80 ? `“${escapeText(String.fromCharCode(code))}”` : `the byte 0x${code.toString(16)}`;
}
