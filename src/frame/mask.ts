import { MAX_POSITION } from "../kernel/layout.ts";
import { defaultKernel } from "../kernel/select.ts";
import { checkBytes, checkInteger, wrongType } from "../protocol/argument.ts";

/**
 * Masks or unmasks `bytes[start, end)` in place (§5.3), on the default kernel. `key` is a masking key as `parseHeader`
 * gives it, its first octet in the low eight bits. Returns the key for the byte that follows, so that a payload can be
 * masked piece by piece. `start` is 0 and `end` that of `bytes` unless they are said.
 * @throws TypeError when `bytes` is no `Uint8Array` or `key` no integer, RangeError when `start` and `end` are not within `bytes`,
 * or there are more than 2^31 - 1 of these.
 */
export function mask(bytes: Uint8Array, key: number, start = 0, end?: number): number {
  if (!Number.isInteger(key)) {
    throw wrongType("key", "an integer, four octets with the first in the low eight bits", key);
  }
  return defaultKernel().kernel.mask(bytes, start, checkRange(bytes, start, end), key | 0);
}

/** Fails unless `[start, end)` are positions of `bytes`: a kernel does not ask. Returns `end`, by default that of `bytes`. */
export function checkRange(bytes: Uint8Array, start: number, end?: number): number {
  checkBytes("bytes", bytes);
  const { length } = bytes;
  if (length > MAX_POSITION) throw new RangeError(`bytes must be at most ${MAX_POSITION}: pass them in pieces`);
  checkInteger("start", start, 0, length);
  const stop = end === undefined ? length : end;
  checkInteger("end", stop, start, length);
  return stop;
}
