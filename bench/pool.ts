/** What one timed run goes over. It fits a second-level cache, where a chunk lies that was just read from a socket. */
export const POOL_BYTES: number = 512 * 1024;

/** A contestant's own copies of a chunk. Decoding changes a chunk, so each run gets them fresh, outside the timing. */
export class ChunkPool {
  readonly chunks: Buffer[] = [];
  readonly #pristine: Uint8Array;

  constructor(pristine: Uint8Array) {
    this.#pristine = pristine;
    const copies = Math.max(1, Math.floor(POOL_BYTES / pristine.length));
    // Each in memory of its own, as Node's sockets deliver them.
    for (let copy = 0; copy < copies; copy++) this.chunks.push(Buffer.allocUnsafeSlow(pristine.length));
    this.restore();
  }

  restore(): void {
    for (const chunk of this.chunks) chunk.set(this.#pristine);
  }
}
