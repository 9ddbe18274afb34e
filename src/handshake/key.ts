import { isBytes, shown, wrongType } from "../protocol/argument.ts";

/** SHA-1 over `bytes`, 20 bytes. Handed in, since this layer calls no runtime: `createHash("sha1")` in Node. */
export type Sha1 = (bytes: Uint8Array) => Uint8Array;

/** §1.3: the GUID that is "unlikely to be used by network endpoints that do not understand the WebSocket Protocol". */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Base64 of 16 bytes: 21 digits, one whose four low bits are 0 because nothing is left to put there, and the padding. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/**
 * Whether `value` can be a Sec-WebSocket-Key. §4.2.1: "A |Sec-WebSocket-Key| header field with a base64-encoded value that,
 * when decoded, is 16 bytes in length."
 */
export function isKey(value: string): boolean {
  return typeof value === "string" && KEY.test(value);
}

/**
 * The value of Sec-WebSocket-Accept that answers `key`. §4.2.2: "concatenating this value with the string
 * "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", taking the SHA-1 hash of this concatenated value to obtain a 20-byte value and
 * base64-encoding".
 * @throws TypeError when `key` is no Sec-WebSocket-Key, `sha1` no function, or what it gives no 20 bytes.
 */
export function acceptKey(key: string, sha1: Sha1): string {
  if (!isKey(key)) throw new TypeError(`key must be the base64 of 16 bytes, not ${shown(key)}`);
  if (typeof sha1 !== "function") throw wrongType("sha1", "a function", sha1);
  const digest = sha1(new TextEncoder().encode(key + GUID));
  if (!isBytes(digest) || digest.length !== 20) {
    const returned = isBytes(digest) ? String(digest.length) : shown(digest);
    throw new TypeError(`sha1 must return a Uint8Array of 20 bytes, not ${returned}`);
  }
  return btoa(String.fromCharCode(...digest));
}

/**
 * A fresh Sec-WebSocket-Key. §4.1: "The value of this header field MUST be a nonce consisting of a randomly selected 16-byte
 * value that has been base64-encoded". "The nonce MUST be selected randomly for each connection."
 */
export function generateKey(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
}
