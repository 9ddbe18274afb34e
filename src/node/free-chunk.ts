/** Below, it costs more than it saves. */
const FREED_FROM = 1024;

/**
 * Frees what a socket read and nobody needs any more; every view of it is empty from then on. Left to the garbage collector,
 * these bytes, which lie outside of its heap, make it go through the whole heap again and again: an echo of 16 KiB takes a
 * third longer then. Node 20 has no `transfer`, and does just that.
 */
export function freeChunk(chunk: Uint8Array): void {
  const { buffer } = chunk as { buffer: ArrayBufferLike & { transfer?(length: number): ArrayBuffer } };
  // A chunk that is a part of a buffer shares it with others.
  if (chunk.length >= FREED_FROM && chunk.length === buffer.byteLength) buffer.transfer?.(0);
}
