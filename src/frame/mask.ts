import { defaultKernel } from "../kernel/select.ts";

/** The kernels count positions in 31 bits. */
const MAX_LENGTH = 2 ** 31 - 1;

/**
 * Masks or unmasks `bytes[start, end)` in place (§5.3), on the default kernel. `key` is a masking key as `parseHeader`
 * gives it, its first octet in the low eight bits. Returns the key for the byte that follows, so that a payload can be
 * masked piece by piece.
 * @throws RangeError when `start` and `end` are not within `bytes`.
 */
export function mask(bytes: Uint8Array, key: number, start = 0, end?: number): number {
  return defaultKernel().kernel.mask(bytes, start, checkRange(bytes, start, end), key | 0);
}

/** Fails unless `[start, end)` are positions of `bytes`: a kernel does not ask. Returns `end`, by default that of `bytes`. */
export function checkRange(bytes: Uint8Array, start: number, end: number = bytes?.length): number {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("bytes must be a Uint8Array");
  if (bytes.length > MAX_LENGTH) throw new RangeError(`bytes must be at most ${MAX_LENGTH}: pass them in pieces`);
  if (!Number.isInteger(start) || start < 0 || start > bytes.length) {
    throw new RangeError(`start must be an integer from 0 to ${bytes.length}, not ${start}`);
  }
  if (!Number.isInteger(end) || end < start || end > bytes.length) {
    throw new RangeError(`end must be an integer from ${start} to ${bytes.length}, not ${end}`);
  }
  return end;
}
