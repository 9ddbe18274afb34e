/** What Node's `Buffer` can do for any `Uint8Array`: code a part of it, without a view for it. Other runtimes have it, too. */
interface PartCoding {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  utf8Slice(this: Uint8Array, start: number, end: number): string;
  /** Writes whole characters only, as many as fit in `length` bytes, and returns how many bytes. */
  utf8Write(this: Uint8Array, text: string, offset: number, length: number): number;
}

const coding: Partial<PartCoding> =
  (globalThis as { Buffer?: { prototype: Partial<PartCoding> } }).Buffer?.prototype ?? {};
export const latin1Slice: PartCoding["latin1Slice"] | undefined = coding.latin1Slice;
const { utf8Slice, utf8Write } = coding;

/** Up to here, text is decoded in JavaScript: a call into the engine costs about 45 ns. */
const SHORT_BYTES = 24;
/** The same for encoding, in UTF-16 units: `utf8Write` costs 20–50 ns, `encodeInto` with the view it needs 45–70. */
const SHORT_TEXT = utf8Write === undefined ? 48 : 20;

// Made when they are first needed: Jest's jsdom hides the classes until a test hands them on.
let encoder: TextEncoder | undefined;
/** §5.6 knows no byte order mark: U+FEFF at the start of a message is the message's own. */
let decoder: TextDecoder | undefined;

/** The string of `bytes[start, end)`, which were validated; `ascii` when none of them is beyond ASCII. */
export function decodeText(bytes: Uint8Array, start: number, end: number, ascii: boolean): string {
  if (end - start <= SHORT_BYTES) {
    return ascii ? stringOf(bytes, start, end) : stringOf(units, 0, decodeUnits(bytes, start, end));
  }
  if (latin1Slice !== undefined && utf8Slice !== undefined) {
    return ascii ? latin1Slice.call(bytes, start, end) : utf8Slice.call(bytes, start, end);
  }
  decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
  return decoder.decode(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
}

/** The UTF-16 of one short text: no byte of UTF-8 becomes more than a unit. */
const units = new Uint16Array(SHORT_BYTES);

/** Decodes into `units`, and returns how many. Validity is known, so a lead byte tells what follows. */
function decodeUnits(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  let at = start;
  while (at < end) {
    const lead = bytes[at++];
    if (lead < 0x80) {
      units[count++] = lead;
    } else if (lead < 0xe0) {
      units[count++] = ((lead & 0x1f) << 6) | (bytes[at++] & 0x3f);
    } else if (lead < 0xf0) {
      units[count++] = ((lead & 0x0f) << 12) | ((bytes[at++] & 0x3f) << 6) | (bytes[at++] & 0x3f);
    } else {
      const upper = ((lead & 0x07) << 8) | ((bytes[at++] & 0x3f) << 2);
      const third = bytes[at++];
      units[count++] = 0xd800 - 0x40 + (upper | ((third >> 4) & 0x03));
      units[count++] = 0xdc00 | ((third & 0x0f) << 6) | (bytes[at++] & 0x3f);
    }
  }
  return count;
}

/** A string of up to SHORT_BYTES units, several a call: each call makes a string, and each join another. */
function stringOf(units: Uint8Array | Uint16Array, start: number, end: number): string {
  let text = "";
  let at = start;
  for (; at + 8 <= end; at += 8) {
    text += String.fromCharCode(
      units[at],
      units[at + 1],
      units[at + 2],
      units[at + 3],
      units[at + 4],
      units[at + 5],
      units[at + 6],
      units[at + 7],
    );
  }
  if (at + 4 <= end) {
    text += String.fromCharCode(units[at], units[at + 1], units[at + 2], units[at + 3]);
    at += 4;
  }
  if (end - at === 3) return text + String.fromCharCode(units[at], units[at + 1], units[at + 2]);
  if (end - at === 2) return text + String.fromCharCode(units[at], units[at + 1]);
  return at === end ? text : text + String.fromCharCode(units[at]);
}

/**
 * Writes `text` as UTF-8 into `target` from `offset` on, and returns the offset after it, or -1 when it does not fit: a
 * part of it may be there then.
 */
export function writeText(text: string, target: Uint8Array, offset: number): number {
  const { length } = text;
  const room = target.length - offset;
  if (length > room) return -1;
  if (length <= SHORT_TEXT && length * 3 <= room) {
    let ascii = 0;
    for (; ascii < length; ascii++) {
      const unit = text.charCodeAt(ascii);
      if (unit >= 0x80) break;
      target[offset + ascii] = unit;
    }
    if (ascii === length) return offset + length;
    const end = writeUnits(text, ascii, target, offset + ascii);
    if (end >= 0) return end;
  }
  if (utf8Write !== undefined) {
    const written = utf8Write.call(target, text, offset, room);
    // It does not tell how far it read, but a character that did not fit leaves three bytes at most.
    if (room - written > 3) return offset + written;
  }
  encoder ??= new TextEncoder();
  const { read, written } = encoder.encodeInto(text, target.subarray(offset));
  return read === length ? offset + written : -1;
}

/** Writes `text` from `start` on, for which there is room, and returns the offset after it, or -1 at a surrogate. */
function writeUnits(text: string, start: number, target: Uint8Array, offset: number): number {
  let at = offset;
  for (let index = start; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      target[at++] = unit;
    } else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6);
      target[at++] = 0x80 | (unit & 0x3f);
    } else if ((unit & 0xf800) !== 0xd800) {
      target[at++] = 0xe0 | (unit >> 12);
      target[at++] = 0x80 | ((unit >> 6) & 0x3f);
      target[at++] = 0x80 | (unit & 0x3f);
    } else {
      return -1;
    }
  }
  return at;
}

/** `text` as UTF-8, in a new buffer with `room` bytes left in front. ASCII, the likely case, is encoded in one go. */
export function encodeText(text: string, room: number): Uint8Array<ArrayBuffer> {
  encoder ??= new TextEncoder();
  const ascii = new Uint8Array(room + text.length);
  const { read, written } = encoder.encodeInto(text, ascii.subarray(room));
  if (read === text.length) return ascii;
  const rest = encoder.encode(text.slice(read));
  const bytes = new Uint8Array(room + written + rest.length);
  bytes.set(ascii.subarray(0, room + written));
  bytes.set(rest, room + written);
  return bytes;
}
