import { checkInteger } from "../protocol/argument.ts";
import type { Opcode } from "../protocol/opcode.ts";
import { FrameEncoder, type FrameOptions, firstByte, writeFrame } from "./encoder.ts";
import { encodeText } from "./text.ts";

/**
 * Collects frames into one buffer, for one write. It is allocated with the first frame and grows as needed; what `take`
 * returned is never written to again.
 */
export class FrameBatch {
  readonly #encoder: FrameEncoder;
  readonly #capacity: number;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #length = 0;
  #taken = 0;

  /** `capacity` is the size of each buffer it allocates, in bytes; a frame that does not fit gets a larger one. */
  constructor(encoder: FrameEncoder, capacity = 16384) {
    if (!(encoder instanceof FrameEncoder)) throw new TypeError("encoder must be a FrameEncoder");
    checkInteger("capacity", capacity, 1, 2 ** 31 - 1);
    this.#encoder = encoder;
    this.#capacity = capacity;
  }

  /** How many bytes are waiting to be taken. */
  get length(): number {
    return this.#length - this.#taken;
  }

  /**
   * Appends a frame.
   * @throws TypeError, RangeError as `FrameEncoder.encodeInto` does; the batch is then as it was.
   */
  add(opcode: Opcode, payload: string | Uint8Array, options?: FrameOptions): void {
    // Before the buffer is looked at: an option may be a getter that adds a frame.
    const first = firstByte(opcode, options);
    let end = writeFrame(this.#encoder, this.#bytes, this.#length, first, payload);
    if (end < 0) {
      // What a text needs is known once it is encoded: three bytes a unit, to be sure, would be far too much.
      const bytes = typeof payload === "string" ? encodeText(payload, 0) : payload;
      this.#grow(this.#encoder.mostBytes(bytes));
      end = writeFrame(this.#encoder, this.#bytes, this.#length, first, bytes);
    }
    this.#length = end;
  }

  /** All frames since the last `take`, in order, as one buffer that is the caller's. */
  take(): Uint8Array<ArrayBuffer> {
    const frames = this.#bytes.subarray(this.#taken, this.#length);
    this.#taken = this.#length;
    // What a large frame needed is not held on to.
    if (this.#bytes.length > this.#capacity) {
      this.#bytes = new Uint8Array(0);
      this.#taken = 0;
      this.#length = 0;
    }
    return frames;
  }

  #grow(needed: number): void {
    const waiting = this.#bytes.subarray(this.#taken, this.#length);
    const grown = new Uint8Array(Math.max(this.#capacity, 2 * waiting.length + needed));
    grown.set(waiting);
    this.#bytes = grown;
    this.#length = waiting.length;
    this.#taken = 0;
  }
}
