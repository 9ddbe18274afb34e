import type { Kernel, ReceiveBuffer } from "wsimd";
import { CHUNK_SIZE } from "./payloads.ts";

/** What one timed run goes over. It fits a second-level cache, where a chunk lies that was just read from a socket. */
export const POOL_BYTES: number = 512 * 1024;

/** The same for messages of `bytes`: several, however long they are. One alone would be decoded into memory that the
 *  allocator has just had back, still warm, and a run would be one allocation. */
export function poolBytes(bytes: number): number {
  return Math.max(POOL_BYTES, 4 * (bytes + 64));
}

/** A contestant's own copies of its input. Decoding changes a chunk, so each run gets them fresh, outside the timing. */
export class ChunkPool {
  readonly chunks: readonly Uint8Array[];
  readonly #pristine: readonly Uint8Array[];

  constructor(pristine: readonly Uint8Array[], chunks: readonly Uint8Array[] = pristine.map(ownMemory)) {
    this.#pristine = pristine;
    this.chunks = chunks;
    this.restore();
  }

  /** One chunk, as often as it takes to fill the pool, or so many times. */
  static repeating(chunk: Uint8Array, times: number = Math.max(1, Math.floor(POOL_BYTES / chunk.length))): ChunkPool {
    return new ChunkPool(Array(times).fill(chunk));
  }

  /** A stream in chunks of `size`, wherever that cuts its frames. */
  static cutting(stream: Uint8Array, size: number): ChunkPool {
    const pristine: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += size) pristine.push(stream.subarray(at, at + size));
    return new ChunkPool(pristine);
  }

  /** One chunk in each of the kernel's receive slots. */
  static inSlots(chunk: Uint8Array, kernel: Kernel): ChunkPool {
    const slots = receiveSlots(kernel);
    return new ChunkPool(
      slots.map(() => chunk),
      slots.map((slot) => slot.bytes.subarray(0, chunk.length)),
    );
  }

  restore(): void {
    for (let index = 0; index < this.chunks.length; index++) this.chunks[index].set(this.#pristine[index]);
  }
}

/** As Node's sockets deliver a chunk. */
function ownMemory(bytes: Uint8Array): Buffer {
  return Buffer.allocUnsafeSlow(bytes.length);
}

/** How many receive slots there are: a run over kernel memory is no longer than what fits them. */
export const SLOT_COUNT = 4;

const slotsOf = new WeakMap<Kernel, readonly ReceiveBuffer[]>();

/** All receive slots of the kernel, the same at every call. @throws Error where they are no memory of the kernel's. */
export function receiveSlots(kernel: Kernel): readonly ReceiveBuffer[] {
  const known = slotsOf.get(kernel);
  if (known !== undefined) return known;
  const slots = Array.from({ length: SLOT_COUNT }, () => kernel.acquireReceiveBuffer());
  const state = kernel.takeState();
  kernel.returnState(state);
  for (const { bytes } of slots) {
    if (bytes.length !== CHUNK_SIZE || bytes.buffer !== state.words.buffer) {
      throw new Error(`the ${kernel.name} kernel has no ${SLOT_COUNT} receive slots in its memory`);
    }
  }
  slotsOf.set(kernel, slots);
  return slots;
}
