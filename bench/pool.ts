/** What one timed run goes over. It fits a second-level cache, where a chunk lies that was just read from a socket. */
export const POOL_BYTES: number = 512 * 1024;

/** A contestant's own copies of its input. Decoding changes a chunk, so each run gets them fresh, outside the timing. */
export class ChunkPool {
  readonly chunks: Buffer[];
  readonly #pristine: readonly Uint8Array[];

  private constructor(pristine: readonly Uint8Array[]) {
    this.#pristine = pristine;
    // Each in memory of its own, as Node's sockets deliver them.
    this.chunks = pristine.map((bytes) => Buffer.allocUnsafeSlow(bytes.length));
    this.restore();
  }

  /** One chunk, as often as it takes to fill the pool. */
  static repeating(chunk: Uint8Array): ChunkPool {
    return new ChunkPool(Array(Math.max(1, Math.floor(POOL_BYTES / chunk.length))).fill(chunk));
  }

  /** A stream in chunks of `size`, wherever that cuts its frames. */
  static cutting(stream: Uint8Array, size: number): ChunkPool {
    const pristine: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += size) pristine.push(stream.subarray(at, at + size));
    return new ChunkPool(pristine);
  }

  restore(): void {
    for (let index = 0; index < this.chunks.length; index++) this.chunks[index].set(this.#pristine[index]);
  }
}
