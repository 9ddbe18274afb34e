import * as layout from "../kernel/layout.ts";
import type { ReceiveBuffer } from "../kernel/receive-buffer.ts";
import type { Opcode } from "../protocol/opcode.ts";
import { decodeText } from "./text.ts";
import type { TextRun } from "./text-run.ts";

// V8 folds a module's own constants into the code; an imported one it loads and checks at each use. One by one, a bundler
// folds them as well.
const HEAD_FIRST = layout.HEAD_FIRST;
const HEAD_LAST = layout.HEAD_LAST;
const HEAD_MASKED = layout.HEAD_MASKED;
const HEAD_NON_ASCII = layout.HEAD_NON_ASCII;
const HEAD_SIZE_SHIFT = layout.HEAD_SIZE_SHIFT;
const HEAD_TEXT = layout.HEAD_TEXT;
const RECORD_END = layout.RECORD_END;
const RECORD_HEAD = layout.RECORD_HEAD;
const RECORD_KEY = layout.RECORD_KEY;
const RECORD_START = layout.RECORD_START;

/**
 * A frame, or the piece of a frame that has arrived (§5.2). A frame that lies whole in its chunk is both `first` and
 * `last`; a longer one comes in pieces, the first as soon as its header is there, even with no payload yet.
 */
export interface Frame {
  /** The frame's opcode: `Opcode.Continuation` for every fragment after the first. */
  readonly opcode: Opcode;
  /** Whether this is the last frame of its message (the FIN bit). */
  readonly fin: boolean;
  /** The reserved bits as one number: RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  readonly rsv: number;
  /** Whether the frame came masked. The payload never is. */
  readonly masked: boolean;
  /** The key that masked this piece's first byte and on, as a signed 32-bit integer, its first octet in the low eight bits;
   *  0 if not masked. */
  readonly maskingKey: number;
  /** The header's length, 2 to 14 bytes. */
  readonly headerLength: number;
  /** Whether this piece begins the frame. */
  readonly first: boolean;
  /** Whether this piece ends the frame. Never so of a frame whose text is found to be invalid. */
  readonly last: boolean;
  /** The position in the stream, in bytes, of the piece's first payload byte. */
  readonly offset: number;
  /**
   * The chunk that was decoded, or the destination that was given for this piece: the payload is its bytes from `start` on,
   * `length` of them, unmasked. To read them there costs no view.
   * @throws TypeError as `payload` does.
   */
  readonly chunk: Uint8Array;
  /** The position in the chunk of the piece's first payload byte. */
  readonly start: number;
  /** How many payload bytes this piece has. */
  readonly length: number;
  /** How many payload bytes of the frame are still to come after this piece. */
  readonly remaining: number;
  /** Whether the piece is checked text without a byte beyond ASCII. */
  readonly ascii: boolean;
  /**
   * The piece's payload, unmasked: a view of `chunk`, made at each call. It stands as long as the chunk does, which is
   * until the next read for a receive buffer.
   * @throws TypeError when the frame is no longer valid: use `retain`, or a buffer of your own.
   */
  readonly payload: Uint8Array;
  /**
   * The string of a whole text message. In a handler, it may be made together with those of the texts that follow: what is
   * written into the chunk meanwhile does not show. It may keep them in memory, 4 KiB in all at most, as long as it is kept.
   * @throws TypeError when this is not a text frame that is whole and unfragmented: a piece may end inside a character; or as
   * `payload` does.
   */
  text(): string;
  /**
   * A frame that stays valid after the handler has returned. Its payload is still a view of the chunk.
   * @throws TypeError as `payload` does.
   */
  retain(): Frame;
}

/** Takes frames as they are decoded. */
export interface FrameHandler {
  /** `frame` is the same object each time, and valid until this returns. It may call `decode` on any other decoder. */
  onFrame(frame: Frame): void;
}

const NO_RECORDS = new Int32Array(0);

/** A record of the kernel, read on demand. The decoder moves one of these from record to record. */
export class FrameRecord implements Frame {
  #chunk: Uint8Array | undefined;
  // Looked up when the first view is made, and once a chunk: the getter of `buffer` is a call into the engine.
  #buffer: ArrayBufferLike | undefined;
  #byteOffset = 0;
  #base = 0;
  #head = 0;
  #start = 0;
  #end = 0;
  #key = 0;
  #open = 0;
  // The table of the scan, and what makes strings of it: a frame that is retained has neither.
  #records: Int32Array = NO_RECORDS;
  #tableEnd = 0;
  #index = 0;
  readonly #run: TextRun | undefined;
  #lease: ReceiveBuffer | undefined;
  #generation: number | undefined = undefined;

  constructor(run?: TextRun) {
    this.#run = run;
  }

  /** Sets the chunk that the next records lie in, and its offset in the stream. */
  enter(chunk: Uint8Array, base: number, lease: ReceiveBuffer | undefined): void {
    this.#chunk = chunk;
    this.#buffer = undefined;
    this.#base = base;
    this.#lease = lease;
    this.#generation = lease?.generation;
  }

  /** Sets the table that the next records stand in, up to `end`; `open` is what is to come of the frame that it ends with. */
  enterTable(records: Int32Array, end: number, open: number): void {
    this.#records = records;
    this.#tableEnd = end;
    this.#open = open;
  }

  /** Moves to the record at `index`. */
  move(index: number): void {
    const records = this.#records;
    this.#index = index;
    this.#head = records[index + RECORD_HEAD];
    this.#start = records[index + RECORD_START];
    this.#end = records[index + RECORD_END];
    this.#key = records[index + RECORD_KEY];
  }

  /** Lets go of the chunk: from here on, this is no frame. */
  leave(): void {
    this.#chunk = undefined;
    this.#buffer = undefined;
    this.#lease = undefined;
    this.#run?.reset();
  }

  get opcode(): Opcode {
    return (this.#head & 0x0f) as Opcode;
  }

  get fin(): boolean {
    return (this.#head & 0x80) !== 0;
  }

  get rsv(): number {
    return (this.#head >> 4) & 7;
  }

  get masked(): boolean {
    return (this.#head & HEAD_MASKED) !== 0;
  }

  get maskingKey(): number {
    return this.#key;
  }

  get headerLength(): number {
    return this.#head >> HEAD_SIZE_SHIFT;
  }

  get first(): boolean {
    return (this.#head & HEAD_FIRST) !== 0;
  }

  get last(): boolean {
    return (this.#head & HEAD_LAST) !== 0;
  }

  get offset(): number {
    return this.#base + this.#start;
  }

  get chunk(): Uint8Array {
    return this.#valid();
  }

  get start(): number {
    return this.#start;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  get remaining(): number {
    return (this.#head & HEAD_LAST) !== 0 ? 0 : this.#open;
  }

  get ascii(): boolean {
    return (this.#head & (HEAD_TEXT | HEAD_NON_ASCII)) === HEAD_TEXT;
  }

  get payload(): Uint8Array {
    const chunk = this.#valid();
    if (this.#buffer === undefined) {
      this.#buffer = chunk.buffer;
      this.#byteOffset = chunk.byteOffset;
    }
    return new Uint8Array(this.#buffer, this.#byteOffset + this.#start, this.#end - this.#start);
  }

  text(): string {
    const whole = 0x80 | 0x01 | HEAD_FIRST | HEAD_LAST | HEAD_TEXT;
    if ((this.#head & (0x8f | HEAD_FIRST | HEAD_LAST | HEAD_TEXT)) !== whole) {
      throw new TypeError("text() needs a text frame that is whole and unfragmented; decode messages for the rest");
    }
    const chunk = this.#valid();
    const ascii = (this.#head & HEAD_NON_ASCII) === 0;
    if (ascii && this.#run !== undefined) return this.#run.textOf(chunk, this.#records, this.#index, this.#tableEnd);
    return decodeText(chunk, this.#start, this.#end, ascii);
  }

  retain(): Frame {
    const frame = new FrameRecord();
    frame.enter(this.#valid(), this.#base, this.#lease);
    frame.#head = this.#head;
    frame.#start = this.#start;
    frame.#end = this.#end;
    frame.#key = this.#key;
    frame.#open = this.#open;
    return frame;
  }

  #valid(): Uint8Array {
    const chunk = this.#chunk;
    if (chunk === undefined || this.#end > chunk.length || this.#lease?.generation !== this.#generation) {
      throw this.#invalidity();
    }
    return chunk;
  }

  /** Apart from `valid`, which stays small enough to become part of its callers. */
  #invalidity(): TypeError {
    if (this.#chunk === undefined) {
      return new TypeError("the frame is valid only until its handler returns: call retain() to keep it");
    }
    return new TypeError(
      this.#end > this.#chunk.length
        ? "the chunk of this frame was detached or resized"
        : "the frame was read in a receive buffer that has been read into again: copy it to keep it",
    );
  }
}
