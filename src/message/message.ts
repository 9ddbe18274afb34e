import type { Frame } from "../frame/frame.ts";
import { decodeText } from "../frame/text.ts";
import { type ReceiveBuffer, receiveBufferOf } from "../kernel/receive-buffer.ts";
import { type DataOpcode, Opcode } from "../protocol/opcode.ts";

/** The bytes that messages lie in, and what is asked of them once for all of those messages. */
export class MessageSource {
  readonly bytes: Uint8Array;
  // The getters of a typed array are calls into the engine.
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  /** The frame that the message being handled came in, while its handler runs. */
  frame: Frame | undefined = undefined;
  readonly #lease: ReceiveBuffer | undefined;
  readonly #generation: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.buffer = bytes.buffer;
    this.byteOffset = bytes.byteOffset;
    this.#lease = receiveBufferOf(bytes);
    this.#generation = this.#lease === undefined ? 0 : this.#lease.generation;
  }

  /** Whether the bytes lie in a receive buffer that has been read into since. */
  get expired(): boolean {
    return this.#lease !== undefined && this.#lease.generation !== this.#generation;
  }
}

/** A whole message (§5.4, §5.6). */
export class Message {
  // When a full garbage collection finds no message, V8 drops their hidden class, and with it the code compiled for it: the
  // next messages take several times as long. So one is kept.
  protected static readonly kept: Message = new Message(
    Opcode.Binary,
    new MessageSource(new Uint8Array(0)),
    0,
    0,
    false,
  );

  /** The same as an opcode, to encode it again. */
  readonly opcode: DataOpcode;
  /** The payload's length in bytes. */
  readonly length: number;
  // Where the payload lies. A view is made when it is asked for: a text that becomes a string needs none.
  readonly #source: MessageSource;
  readonly #start: number;
  readonly #ascii: boolean;

  /** @internal */
  constructor(opcode: DataOpcode, source: MessageSource, start: number, length: number, ascii: boolean) {
    this.opcode = opcode;
    this.length = length;
    this.#source = source;
    this.#start = start;
    this.#ascii = ascii;
  }

  /** What it is made of (§5.6): only a text has a `text()`. */
  get type(): "text" | "binary" {
    return this.opcode === Opcode.Text ? "text" : "binary";
  }

  /**
   * The payload, unmasked; of a text its UTF-8, which was validated. A message that came whole in one chunk, with no
   * control frame between its fragments, is a view of that chunk; any other has a buffer of its own. The view is made at
   * each call.
   * @throws TypeError when the chunk was a receive buffer that has been read into again.
   */
  get data(): Uint8Array {
    const { buffer, byteOffset } = this.#valid();
    return new Uint8Array(buffer, byteOffset + this.#start, this.length);
  }

  /**
   * The string of a text message, decoded at each call. In a handler, it may be made together with those of the texts that
   * follow: what is written into the chunk meanwhile does not show. It may keep them in memory, 4 KiB in all at most, as long
   * as it is kept.
   * @throws TypeError when the message is binary, or as `data` does.
   */
  text(): string {
    if (this.opcode !== Opcode.Text) throw new TypeError("text() needs a text message: this one is binary");
    const { bytes, frame } = this.#valid();
    if (frame?.start === this.#start) return frame.text();
    return decodeText(bytes, this.#start, this.#start + this.length, this.#ascii);
  }

  #valid(): MessageSource {
    const source = this.#source;
    if (source.expired) {
      throw new TypeError("the message was read in a receive buffer that has been read into again: copy it to keep it");
    }
    if (this.#start + this.length > source.bytes.length) {
      throw new TypeError("the bytes of this message were detached or resized");
    }
    return source;
  }
}
