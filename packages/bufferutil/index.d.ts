/**
 * Writes the first `length` bytes of `source`, masked with the four bytes of `mask` (RFC 6455 §5.3), into `output` from `offset`
 * on. The two may be the same memory, or overlap.
 * @throws TypeError when one of the three is no Uint8Array, or `mask` has fewer than four bytes.
 * @throws RangeError when `source` does not have `length` bytes, or `output` no room for them: nothing is written then.
 */
export function mask(source: Uint8Array, mask: Uint8Array, output: Uint8Array, offset: number, length: number): void;

/**
 * Unmasks `buffer` in place with the four bytes of `mask`.
 * @throws TypeError when one of them is no Uint8Array, or `mask` has fewer than four bytes.
 */
export function unmask(buffer: Uint8Array, mask: Uint8Array): void;
