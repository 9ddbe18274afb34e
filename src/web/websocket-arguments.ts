// What the WebSocket class makes of its arguments, as Web IDL converts them and the standard checks them.

import { isToken } from "../handshake/headers.ts";
import { type DataOpcode, Opcode } from "../protocol/opcode.ts";

const MAX_REASON = 123;

/**
 * The address of a WebSocket, resolved against `base`. "If urlRecord's scheme is "http", then set urlRecord's scheme to "ws"",
 * and "https" to "wss".
 * @throws DOMException SyntaxError for any other scheme, a fragment, or no URL at all.
 */
export function resolveUrl(address: unknown, base: string | undefined): URL {
  // Not `String`, which has something to say even of a symbol.
  const text = `${address}`;
  if (!URL.canParse(text, base)) throw syntaxError("the URL is not valid");
  const url = new URL(text, base);
  if (url.protocol === "http:") url.protocol = "ws:";
  if (url.protocol === "https:") url.protocol = "wss:";
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw syntaxError("the URL's scheme must be ws, wss, http or https");
  }
  // "If urlRecord's fragment is non-null": an empty one counts, and `hash` does not show it.
  if (url.href.includes("#")) throw syntaxError("the URL must have no fragment");
  return url;
}

/**
 * "If any of the values in protocols occur more than once or otherwise fail to match the requirements for elements that
 * comprise the value of `Sec-WebSocket-Protocol` fields": the standard's tests have "chat" and "Chat" be the same.
 * @throws DOMException SyntaxError.
 */
export function checkProtocols(protocols: unknown): string[] {
  if (protocols === undefined) return [];
  const list = isIterable(protocols) ? Array.from(protocols, (one) => `${one}`) : [`${protocols}`];
  if (!list.every(isToken)) throw syntaxError("a subprotocol must be a token");
  if (new Set(list.map((one) => one.toLowerCase())).size < list.length) {
    throw syntaxError("a subprotocol must be named only once");
  }
  return list;
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

/**
 * "If code is present, but is neither an integer equal to 1000 nor an integer in the range 3000 to 4999, inclusive, throw an
 * "InvalidAccessError" DOMException." `undefined` is absent.
 * @throws DOMException InvalidAccessError.
 */
export function checkCode(code: unknown): number | undefined {
  if (code === undefined) return undefined;
  const number = clampUnsignedShort(code);
  if (number === 1000 || (number >= 3000 && number <= 4999)) return number;
  throw new DOMException("the code must be 1000, or from 3000 to 4999", "InvalidAccessError");
}

/**
 * "If reasonBytes is longer than 123 bytes, then throw a "SyntaxError" DOMException."
 * @throws DOMException SyntaxError.
 */
export function checkReason(reason: unknown): string {
  const text = reason === undefined ? "" : `${reason}`;
  if (new TextEncoder().encode(text).length > MAX_REASON)
    throw syntaxError("the reason must be at most 123 bytes in UTF-8");
  return text;
}

/** Web IDL, "[Clamp]": into the range, and then to the nearest integer, of two to the even one. */
function clampUnsignedShort(value: unknown): number {
  const number = Math.min(Math.max(Number(+(value as number)) || 0, 0), 0xffff);
  const below = Math.floor(number);
  const rest = number - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** What `send` is given, as a message: a string's lone surrogates are replaced, and what is none of the types is a string. */
export function readMessage(data: unknown): { readonly opcode: DataOpcode; readonly payload: Uint8Array | Blob } {
  if (data instanceof Blob) return { opcode: Opcode.Binary, payload: data };
  if (ArrayBuffer.isView(data)) {
    if (!isArrayBuffer(data.buffer)) throw new TypeError("a view that is sent must not be of shared memory");
    return { opcode: Opcode.Binary, payload: bytesOf(data.buffer, data.byteOffset, data.byteLength) };
  }
  if (isArrayBuffer(data)) return { opcode: Opcode.Binary, payload: bytesOf(data, 0, data.byteLength) };
  return { opcode: Opcode.Text, payload: new TextEncoder().encode(`${data}`) };
}

/** A detached buffer has no bytes, and allows no view. */
function bytesOf(buffer: ArrayBuffer, offset: number, length: number): Uint8Array {
  return length === 0 ? new Uint8Array(0) : new Uint8Array(buffer, offset, length);
}

/** Also of one that another realm has made. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

function syntaxError(message: string): DOMException {
  return new DOMException(message, "SyntaxError");
}
