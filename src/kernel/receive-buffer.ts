import { checkInteger } from "../protocol/argument.ts";
import { SLOT_SIZE } from "./layout.ts";

/**
 * Memory to read a socket into. While the kernel has a free slot, the bytes lie in the kernel's own memory, and a chunk
 * read there is scanned where it lies, without a copy; otherwise it is ordinary memory, slower and just as right.
 *
 * One buffer serves every socket of a loop that reads and decodes synchronously (`net.connect({ onread })`); a read that
 * stays pending needs its own. What is decoded from it is borrowed: it stands until the next `received` or `release`,
 * after which a frame or message that was kept throws instead of showing other bytes.
 */
export class ReceiveBuffer {
  /** Read into this. 64 KiB, and a part of a larger memory: views of its `buffer` need its `byteOffset`, for what lies
   *  around it is the kernel's. */
  readonly bytes: Uint8Array;
  #generation = 0;
  #released = false;
  readonly #onRelease: (() => void) | undefined;

  /** A slot of the kernel's memory, or without one 64 KiB of ordinary memory. @internal */
  constructor(slot?: Uint8Array, onRelease?: () => void) {
    this.bytes = slot ?? new Uint8Array(SLOT_SIZE);
    this.#onRelease = onRelease;
    lend(this);
  }

  /**
   * The first `length` bytes as the chunk to decode. What was decoded from this buffer before expires here.
   * @throws RangeError when `length` is not within the buffer, TypeError after `release`.
   */
  received(length: number): Uint8Array {
    if (this.#released) throw new TypeError("the receive buffer was released: its memory may be another's by now");
    checkInteger("length", length, 0, this.bytes.length);
    this.#generation++;
    return length === this.bytes.length ? this.bytes : this.bytes.subarray(0, length);
  }

  /** Gives the slot back. What was decoded from this buffer expires. A second call does nothing. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#generation++;
    takeBack(this);
    this.#onRelease?.();
  }

  /** Counts the reads: what was decoded in one generation has expired in the next. */
  get generation(): number {
    return this.#generation;
  }
}

/** The receive buffers in use, by the memory they lie in, whichever kernel's it is; `undefined` while there never was one. */
let lent: WeakMap<ArrayBufferLike, ReceiveBuffer[]> | undefined;

function lend(buffer: ReceiveBuffer): void {
  lent ??= new WeakMap();
  const memory = buffer.bytes.buffer;
  const others = lent.get(memory);
  if (others === undefined) lent.set(memory, [buffer]);
  else others.push(buffer);
}

function takeBack(buffer: ReceiveBuffer): void {
  const inUse = lent?.get(buffer.bytes.buffer);
  inUse?.splice(inUse.indexOf(buffer), 1);
}

/**
 * The receive buffer that `chunk` lies in, if any.
 * @throws TypeError when it lies in a kernel's memory, but in no receive buffer that is in use.
 */
export function receiveBufferOf(chunk: Uint8Array): ReceiveBuffer | undefined {
  if (lent === undefined) return undefined;
  const inUse = lent.get(chunk.buffer);
  if (inUse === undefined) return undefined;
  const end = chunk.byteOffset + chunk.length;
  for (const buffer of inUse) {
    const { byteOffset, length } = buffer.bytes;
    if (chunk.byteOffset >= byteOffset && end <= byteOffset + length) return buffer;
  }
  throw new TypeError("chunk must not lie in a receive buffer that was released, or outside of one in its memory");
}
