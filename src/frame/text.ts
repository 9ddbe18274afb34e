/** What Node's `Buffer` can do that a `Uint8Array` cannot: decode a part of itself, without a view for it. */
interface SelfDecoding {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

/** Up to here, ASCII is decoded in JavaScript: a call into the engine costs about 45 ns. */
const SHORT_ASCII = 24;
/** The same for encoding, where the engine's call needs a view besides. */
const SHORT_TEXT = 48;

const encoder = new TextEncoder();
// §5.6 knows no byte order mark: U+FEFF at the start of a message is the message's own. Made when it is first needed.
let decoder: TextDecoder | undefined;

/** The string of `bytes[start, end)`, which were validated; `ascii` when none of them is beyond ASCII. */
export function decodeText(bytes: Uint8Array, start: number, end: number, ascii: boolean): string {
  if (ascii && end - start <= SHORT_ASCII) return shortAscii(bytes, start, end);
  const own = bytes as Partial<SelfDecoding>;
  if (own.latin1Slice !== undefined && own.utf8Slice !== undefined) {
    return ascii ? own.latin1Slice(start, end) : own.utf8Slice(start, end);
  }
  decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
  return decoder.decode(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
}

function shortAscii(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let at = start;
  for (; at + 8 <= end; at += 8) {
    text += String.fromCharCode(
      bytes[at],
      bytes[at + 1],
      bytes[at + 2],
      bytes[at + 3],
      bytes[at + 4],
      bytes[at + 5],
      bytes[at + 6],
      bytes[at + 7],
    );
  }
  if (at + 4 <= end) {
    text += String.fromCharCode(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
    at += 4;
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at]);
  return text;
}

/**
 * Writes `text` as UTF-8 into `target` from `offset` on, and returns the offset after it.
 * @throws RangeError when it does not fit.
 */
export function writeText(text: string, target: Uint8Array, offset: number): number {
  if (text.length <= SHORT_TEXT && text.length <= target.length - offset) {
    let at = 0;
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x80) break;
      target[offset + at] = unit;
    }
    if (at === text.length) return offset + at;
  }
  const { read, written } = encoder.encodeInto(text, target.subarray(offset));
  if (read < text.length) throw new RangeError(`target has no room for the text from offset ${offset} on`);
  return offset + written;
}

/** `text` as UTF-8, in a new buffer with `room` bytes left in front. ASCII, the likely case, is encoded in one go. */
export function encodeText(text: string, room: number): Uint8Array {
  const ascii = new Uint8Array(room + text.length);
  const { read, written } = encoder.encodeInto(text, ascii.subarray(room));
  if (read === text.length) return ascii;
  const rest = encoder.encode(text.slice(read));
  const bytes = new Uint8Array(room + written + rest.length);
  bytes.set(ascii.subarray(0, room + written));
  bytes.set(rest, room + written);
  return bytes;
}
