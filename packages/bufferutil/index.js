"use strict";

const { defaultKernel } = require("wsimd");

/** What is masked at a time stays in the cache on its way. A multiple of four: the key begins anew with each. */
const PIECE = 16 * 1024;

/** @type {typeof import("./index.js").mask} */
function mask(source, mask, output, offset, length) {
  checkBytes("source", source);
  checkBytes("output", output);
  checkInteger("length", length, Math.min(source.length, output.length));
  checkInteger("offset", offset, output.length - length);
  const key = keyOf(mask);
  // A view of the output would take as long as masking what is short.
  if (offset + length <= PIECE) {
    defaultKernel().kernel.copyMasked(part(source, 0, length), output, offset, key);
    return;
  }
  const from = part(source, 0, length);
  const to = part(output, offset, length);
  // No piece may be written over one that is still to be read.
  if (from.buffer === to.buffer && from.byteOffset < to.byteOffset) {
    to.set(from);
    maskInPieces(to, to, key);
  } else {
    maskInPieces(from, to, key);
  }
}

/** @type {typeof import("./index.js").unmask} */
function unmask(buffer, mask) {
  checkBytes("buffer", buffer);
  maskInPieces(buffer, buffer, keyOf(mask));
}

/** @type {(from: Uint8Array, to: Uint8Array, key: number) => void} */
function maskInPieces(from, to, key) {
  const { kernel } = defaultKernel();
  for (let at = 0; at < from.length; at += PIECE) {
    const length = Math.min(PIECE, from.length - at);
    kernel.copyMasked(part(from, at, length), part(to, at, length), 0, key);
  }
}

/**
 * `bytes[start, start + length)`. Not by subarray: of a Buffer that makes a Buffer, which takes several times as long.
 * @type {(bytes: Uint8Array, start: number, length: number) => Uint8Array}
 */
function part(bytes, start, length) {
  return length === bytes.length ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
}

/** @type {(mask: Uint8Array) => number} */
function keyOf(mask) {
  if (!isBytes(mask) || mask.length < 4) {
    throw new TypeError(
      `mask must be a Uint8Array of four bytes, not ${isBytes(mask) ? `of ${mask.length}` : tagOf(mask)}`,
    );
  }
  return mask[0] | (mask[1] << 8) | (mask[2] << 16) | (mask[3] << 24);
}

/**
 * Also of another realm: under Jest's jsdom, every Buffer is. The getter of all typed arrays tells.
 * @type {(value: unknown) => boolean}
 */
function isBytes(value) {
  return value instanceof Uint8Array || Reflect.get(Uint8Array.prototype, Symbol.toStringTag, value) === "Uint8Array";
}

/** @type {(name: string, value: Uint8Array) => void} */
function checkBytes(name, value) {
  if (!isBytes(value)) throw new TypeError(`${name} must be a Buffer or another Uint8Array, not ${tagOf(value)}`);
}

/**
 * What came, such as "[object String]".
 * @type {(value: unknown) => string}
 */
function tagOf(value) {
  return Object.prototype.toString.call(value);
}

/** @type {(name: string, value: number, most: number) => void} */
function checkInteger(name, value, most) {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  throw new RangeError(`${name} must be an integer from 0 to ${most}, not ${String(value)}`);
}

module.exports = { mask, unmask };
