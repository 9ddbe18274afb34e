// §5.3, 64 bytes a step, then 16, then what is left as one vector of which only those bytes are changed.

/** 16 bytes of ones, then 16 of zeros: loaded `16 - n` bytes in, it keeps the first n lanes of a vector. */
export const LANES: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

/** The key as it applies `by` bytes further on. */
@inline
export function rotateKey(key: i32, by: i32): i32 {
  return rotr<i32>(key, by << 3);
}

/** §5.3: "j = i MOD 4; transformed-octet-i = original-octet-i XOR masking-key-octet-j". In place; may rewrite up to 15
 *  bytes past the end with what they held. Returns the key for the byte that follows. */
export function mask(start: usize, end: usize, key: i32): i32 {
  const splat = i32x4.splat(key);
  let at = start;
  for (const blocks = start + ((end - start) & ~63); at < blocks; at += 64) {
    v128.store(at, v128.xor(v128.load(at), splat));
    v128.store(at, v128.xor(v128.load(at, 16), splat), 16);
    v128.store(at, v128.xor(v128.load(at, 32), splat), 32);
    v128.store(at, v128.xor(v128.load(at, 48), splat), 48);
  }
  for (const vectors = at + ((end - at) & ~15); at < vectors; at += 16) {
    v128.store(at, v128.xor(v128.load(at), splat));
  }
  if (at < end) {
    const lanes = v128.load(LANES + 16 - (end - at));
    v128.store(at, v128.xor(v128.load(at), v128.and(splat, lanes)));
  }
  return rotateKey(key, <i32>(end - start));
}
