/** Whether an `Int32Array` holds the first octet in its low bits: true of every engine but a few on big-endian hosts. */
export const LITTLE_ENDIAN: boolean = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

/** A key whose first octet lies in the low bits, as the host's words hold it. */
export function hostWord(key: number): number {
  if (LITTLE_ENDIAN) return key;
  return (key << 24) | ((key & 0xff00) << 8) | ((key >>> 8) & 0xff00) | (key >>> 24);
}

/** The aligned 32-bit words that lie whole in `bytes`. Costs 30–45 ns: worth it once a chunk, not once a small frame. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const aligned = bytes.byteOffset + (-bytes.byteOffset & 3); // not `& ~3`, which ends at 2 GiB
  const end = bytes.byteOffset + bytes.length;
  return new Int32Array(bytes.buffer, aligned, Math.max(0, (end - aligned) >> 2));
}
