/**
 * Whether `buffer` is valid UTF-8, which ends with a whole character (RFC 3629).
 * @throws TypeError when it is no Uint8Array, RangeError when it is longer than 2 GiB.
 */
declare function isValidUTF8(buffer: Uint8Array): boolean;

export = isValidUTF8;
