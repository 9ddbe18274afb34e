import { MAX_POSITION } from "../kernel/layout.ts";
import { checkBytes, checkInteger, wrongType } from "../protocol/argument.ts";
import type { Opcode } from "../protocol/opcode.ts";
import { FrameEncoder, type FrameOptions, firstByte, writeFrame } from "./encoder.ts";
import { encodeText } from "./text.ts";

/**
 * Collects frames into one buffer, for one write. It is allocated with the first frame and grows as needed; what `take`
 * returned is never written to again, unless it is handed back to `reclaim`.
 */
export class FrameBatch {
  readonly #encoder: FrameEncoder;
  readonly #capacity: number;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #length = 0;
  #taken = 0;
  /** What was taken of the buffer and not reclaimed. Mostly the first comes back first: a `Set` would cost 200 ns a `take`. */
  readonly #lent: Uint8Array[] = [];

  /**
   * `capacity` is the size of each buffer it allocates, in bytes; a frame that does not fit gets a larger one. What was taken
   * keeps the whole of its buffer alive. Fresh memory costs 175 ns a KiB in buffers of 16 KiB, 120 in those of 32 and 105 from
   * 64 on: that is for a batch which many connections share. Default: 16 KiB.
   * @throws TypeError when `encoder` is none, RangeError when `capacity` is no integer of at least 1.
   */
  constructor(encoder: FrameEncoder, capacity = 16384) {
    if (!(encoder instanceof FrameEncoder)) throw wrongType("encoder", "a FrameEncoder", encoder);
    checkInteger("capacity", capacity, 1, MAX_POSITION);
    this.#encoder = encoder;
    this.#capacity = capacity;
  }

  /** How many bytes are waiting to be taken. */
  get length(): number {
    return this.#length - this.#taken;
  }

  /**
   * Appends a frame. A payload of bytes is copied.
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

  /** All frames since the last `take`, in order, as bytes that are the caller's; not to be transferred while frames wait that
   *  were added since, for they share its buffer. */
  take(): Uint8Array<ArrayBuffer> {
    const frames = this.#bytes.subarray(this.#taken, this.#length);
    this.#taken = this.#length;
    if (frames.length > 0) this.#lent.push(frames);
    // What a large frame needed is not held on to.
    if (this.#bytes.length > this.#capacity) this.#replace(new Uint8Array(0), 0);
    return frames;
  }

  /**
   * Takes back what `take` returned, to put frames in its place: `socket.write(frames, () => batch.reclaim(frames))`, when
   * nobody will read those bytes again. Several `take`s share a buffer, which is written to anew once all of them are
   * back and nothing waits. It spares a new buffer, which costs about as much as encoding 1 kB. Anything else is passed over:
   * other bytes, what was handed back before, and what lies in a buffer the batch has left.
   * @throws TypeError when `frames` is not a `Uint8Array`.
   */
  reclaim(frames: Uint8Array): void {
    checkBytes("frames", frames);
    const index = this.#lent.indexOf(frames);
    if (index < 0) return;
    this.#lent.splice(index, 1);
    if (this.#lent.length > 0 || this.length > 0) return;
    this.#length = 0;
    this.#taken = 0;
  }

  #grow(needed: number): void {
    // Where nothing waits, what was taken may have been transferred, and the buffer with it.
    const waiting = this.length === 0 ? new Uint8Array(0) : this.#bytes.subarray(this.#taken, this.#length);
    const grown = new Uint8Array(Math.max(this.#capacity, 2 * waiting.length + needed));
    grown.set(waiting);
    this.#replace(grown, waiting.length);
  }

  /** Goes on in `bytes`, of which the first `length` wait to be taken. */
  #replace(bytes: Uint8Array<ArrayBuffer>, length: number): void {
    this.#bytes = bytes;
    this.#length = length;
    this.#taken = 0;
    this.#lent.length = 0;
  }
}
