/** Keys are drawn in batches: a call for each would cost more than the rest of a small frame. */
const BATCH = 4096;

let keys: Int32Array<ArrayBuffer> | undefined;
let next = BATCH;

/**
 * A fresh masking key, its first octet in the low eight bits. §5.3: "The masking key needs to be unpredictable; thus,
 * the masking key MUST be derived from a strong source of entropy".
 */
export function nextMaskingKey(): number {
  if (next === BATCH) {
    keys ??= new Int32Array(BATCH);
    crypto.getRandomValues(keys);
    next = 0;
  }
  return keys![next++];
}
