// §5.3, 64 bytes a step, then 16, then what is left.

/** The key as it applies `by` bytes further on. */
@inline
export function rotateKey(key: i32, by: i32): i32 {
  return rotr<i32>(key, by << 3);
}

/** Masks fewer than 16 bytes, and reports whether a byte of the outcome is beyond ASCII, by any number but 0. Two steps
 *  that may overlap, both loaded before either is stored: nothing outside [start, end) is written, so the next header's load
 *  never waits for a store. */
@inline
export function maskReporting(start: usize, end: usize, key: i32): i32 {
  const length = <i32>(end - start);
  const last = rotateKey(key, length);
  if (length >= 8) {
    const head = load<u64>(start) ^ twice(key);
    const tail = load<u64>(end - 8) ^ twice(last);
    store<u64>(start, head);
    store<u64>(end - 8, tail);
    return ((head | tail) & 0x8080808080808080) != 0 ? 1 : 0;
  }
  if (length >= 4) {
    const head = load<i32>(start) ^ key;
    const tail = load<i32>(end - 4) ^ last;
    store<i32>(start, head);
    store<i32>(end - 4, tail);
    return (head | tail) & 0x80808080;
  }
  return maskBytes(start, end, key);
}

/** The same for fewer than 4 bytes. */
function maskBytes(start: usize, end: usize, key: i32): i32 {
  let all: i32 = 0;
  for (let at = start; at < end; at++) {
    const byte = <i32>load<u8>(at) ^ (key & 0xff);
    store<u8>(at, <u8>byte);
    all |= byte;
    key >>= 8;
  }
  return all & 0x80;
}

@inline
function twice(key: i32): u64 {
  const low: u64 = <u32>key;
  return low | (low << 32);
}

/** §5.3: "j = i MOD 4; transformed-octet-i = original-octet-i XOR masking-key-octet-j". In place. Returns the key for
 *  the byte that follows. */
export function mask(start: usize, end: usize, key: i32): i32 {
  let at = start;
  if (end - start >= 16) {
    const splat = i32x4.splat(key);
    for (const blocks = start + ((end - start) & ~63); at < blocks; at += 64) {
      v128.store(at, v128.xor(v128.load(at), splat));
      v128.store(at, v128.xor(v128.load(at, 16), splat), 16);
      v128.store(at, v128.xor(v128.load(at, 32), splat), 32);
      v128.store(at, v128.xor(v128.load(at, 48), splat), 48);
    }
    for (const vectors = at + ((end - at) & ~15); at < vectors; at += 16) {
      v128.store(at, v128.xor(v128.load(at), splat));
    }
  }
  maskReporting(at, end, key);
  return rotateKey(key, <i32>(end - start));
}
