import { decodeText } from "../frame/text.ts";
import type { ReceiveBuffer } from "../kernel/receive-buffer.ts";
import { type DataOpcode, Opcode } from "../protocol/opcode.ts";

/** A whole message (§5.4, §5.6). */
export class Message {
  readonly type: "text" | "binary";
  /** The same as an opcode, to encode it again. */
  readonly opcode: DataOpcode;
  // Where the payload lies. A view is made when it is asked for: a text that becomes a string needs none.
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #ascii: boolean;
  readonly #lease: ReceiveBuffer | undefined;
  readonly #generation: number;

  constructor(
    opcode: DataOpcode,
    bytes: Uint8Array,
    start: number,
    end: number,
    ascii: boolean,
    lease: ReceiveBuffer | undefined,
  ) {
    this.type = opcode === Opcode.Text ? "text" : "binary";
    this.opcode = opcode;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#ascii = ascii;
    this.#lease = lease;
    this.#generation = lease === undefined ? 0 : lease.generation;
  }

  /** The payload's length in bytes. */
  get length(): number {
    return this.#end - this.#start;
  }

  /**
   * The payload, unmasked; of a text its UTF-8, which was validated. A message that came whole in one chunk is a view of
   * that chunk; one that was assembled has a buffer of its own. The view is made at each call.
   * @throws TypeError when the chunk was a receive buffer that has been read into again.
   */
  get data(): Uint8Array {
    const bytes = this.#valid();
    return new Uint8Array(bytes.buffer, bytes.byteOffset + this.#start, this.#end - this.#start);
  }

  /**
   * The string of a text message, decoded at each call.
   * @throws TypeError when the message is binary, or as `data` does.
   */
  text(): string {
    if (this.type !== "text") throw new TypeError("text() needs a text message: this one is binary");
    return decodeText(this.#valid(), this.#start, this.#end, this.#ascii);
  }

  #valid(): Uint8Array {
    if (this.#lease !== undefined && this.#lease.generation !== this.#generation) {
      throw new TypeError("the message was read in a receive buffer that has been read into again: copy it to keep it");
    }
    return this.#bytes;
  }
}
