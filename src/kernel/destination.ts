/** Where the rest of a frame goes that began in an earlier chunk, instead of staying in the chunk: `bytes` from `at` on. */
export interface Destination {
  /** With room for all that the chunk has of the frame. */
  readonly bytes: Uint8Array;
  /** The index in `bytes` of the first byte that is written. */
  readonly at: number;
}

/** Copies the chunk's first `length` bytes to their destination. */
export function copyRest(chunk: Uint8Array, length: number, { bytes, at }: Destination): void {
  bytes.set(length === chunk.length ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, length), at);
}
