import { InputError } from "./input-error.ts";
import { escapeText } from "./wording.ts";

/** An offset and what stands behind it: of xxd with a colon, of others with white space. */
const ROW = /^\s*(?:0x)?([0-9a-f]{4,16})(?:(:)(?:\s|$)|\s|$)\s*(.*)$/i;
const LINE_FEED = 0x0a;
const LONGEST_LINE = 4096;
/** So many MiB a file can make of a few characters, `*` and an offset. */
const MOST_LEFT_OUT = 16;
const ROWS = 65_536;
/** At least so much of that is put in at once. */
const FILL = 4096;

/** Whether the first line of a text begins with an offset, and not with bytes. */
export function isHexDump(firstLine: string): boolean {
  const row = ROW.exec(firstLine);
  if (row === null) return false;
  const [, offset, colon, rest] = row;
  if (colon !== undefined) return true;
  // Without a colon, an offset is set off by more than one space, or the first one, which is 0, by its zeros.
  return rest !== "" && (/^0{4,}$/.test(offset) || new RegExp(`${offset}\\s{2,}`).test(firstLine));
}

/**
 * Reads a hex dump with offsets, with or without the characters beside it: of `xxd`, `hexdump -C`, `od -t x1`, `tshark -x`. What
 * `*` leaves out, lines like the one before, is put in.
 */
export class HexDump {
  readonly #emit: (bytes: Uint8Array) => void;
  readonly #decoder = new TextDecoder();
  #text = "";
  #line = 0;
  #base: number | undefined;
  #length = 0;
  /** 16, until an offset of `od` shows another. */
  #radix = 16;
  #row = new Uint8Array(0);
  #repeats = false;
  /** What `*` has stood for. */
  #leftOut = 0;
  /** What has been read and not been handed on. */
  #bytes = new Uint8Array(ROWS);
  #collected = 0;

  constructor(emit: (bytes: Uint8Array) => void) {
    this.#emit = emit;
  }

  /** @throws InputError where it is no hex dump. */
  read(text: Uint8Array): void {
    for (let at = 0; at < text.length; ) {
      const feed = text.indexOf(LINE_FEED, at);
      const end = feed < 0 ? text.length : feed;
      this.#text += this.#decoder.decode(text.subarray(at, Math.min(end, at + LONGEST_LINE + 1)), { stream: true });
      if (this.#text.length > LONGEST_LINE) throw this.#wrong("is too long for a line of a hex dump");
      if (feed < 0) break;
      this.#readLine();
      at = feed + 1;
    }
    this.#flush();
  }

  end(): void {
    if (this.#text !== "") this.#readLine();
    this.#flush();
  }

  #readLine(): void {
    this.#line++;
    const line = this.#text.trimEnd();
    this.#text = "";
    if (line === "") return;
    if (line === "*") {
      this.#repeats = true;
      return;
    }
    const [, offset, colon, rest] = ROW.exec(line) ?? [];
    if (offset === undefined) throw this.#wrong("has no offset to begin with");
    this.#moveTo(offset);
    const digits = bytesPart(rest, colon !== undefined).replace(/\s+/g, "");
    if (!/^(?:[0-9a-f]{2})*$/i.test(digits))
      throw this.#wrong(`has what is no hex: “${escapeText(rest.slice(0, 60))}”`);
    if (colon === undefined && /^[0-9a-f]{4}\b/i.test(rest)) {
      throw this.#wrong("has words of two bytes, whose order is not known: use hexdump -C, od -t x1 or xxd");
    }
    this.#row = bytesOf(digits);
    this.#put(this.#row);
  }

  /** Checks the offset of a line against what has come, and puts in what `*` stood for. */
  #moveTo(offset: string): void {
    this.#base ??= Number.parseInt(offset, 16);
    const here = this.#base + this.#length;
    // The offsets of od are octal unless it is told otherwise.
    if (!this.#repeats)
      this.#radix = [this.#radix, 8, 10].find((one) => Number.parseInt(offset, one) === here) ?? this.#radix;
    const wanted = Number.parseInt(offset, this.#radix);
    if (this.#repeats ? wanted < here || this.#row.length === 0 : wanted !== here) {
      const again = wanted === this.#base ? ": a file of several dumps, as of packets, is not one stream" : "";
      throw this.#wrong(`has the offset ${offset} where ${here.toString(this.#radix)} should come${again}`);
    }
    if (this.#repeats) this.#fill(wanted - here);
    this.#repeats = false;
  }

  #fill(count: number): void {
    this.#leftOut += count;
    if (this.#leftOut > MOST_LEFT_OUT * 2 ** 20) {
      throw this.#wrong(
        `has an offset too far on: the lines left out by * would be more than ${MOST_LEFT_OUT} MiB in all`,
      );
    }
    const row = this.#row;
    const rows = Uint8Array.from(
      { length: row.length * Math.ceil(FILL / row.length) },
      (_, at) => row[at % row.length],
    );
    for (let left = count; left > 0; left -= rows.length) this.#put(rows.subarray(0, left));
  }

  #put(bytes: Uint8Array): void {
    if (this.#collected + bytes.length > this.#bytes.length) this.#flush();
    this.#bytes.set(bytes, this.#collected);
    this.#collected += bytes.length;
    this.#length += bytes.length;
  }

  /** Rows are too short to be handed on one by one. */
  #flush(): void {
    if (this.#collected > 0) this.#emit(this.#bytes.subarray(0, this.#collected));
    this.#bytes = new Uint8Array(ROWS);
    this.#collected = 0;
  }

  #wrong(how: string): InputError {
    return new InputError(`line ${this.#line || 1} ${how}`);
  }
}

/** Two digits a byte, and nothing between them. */
export function bytesOf(digits: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(digits.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

/** What of a line is bytes: the characters beside them stand between bars, or behind a wide enough gap. */
function bytesPart(rest: string, colon: boolean): string {
  const gap = colon ? /\s{2}/ : /\s*[|>]|\s{3}/;
  return rest.split(gap, 1)[0];
}
