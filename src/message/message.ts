import { decodeText } from "../frame/text.ts";
import type { ReceiveBuffer } from "../kernel/receive-buffer.ts";

/** A whole message (§5.4, §5.6). */
export class Message {
  readonly type: "text" | "binary";
  readonly #data: Uint8Array;
  readonly #ascii: boolean;
  readonly #lease: ReceiveBuffer | undefined;
  readonly #generation: number;

  constructor(type: "text" | "binary", data: Uint8Array, ascii: boolean, lease?: ReceiveBuffer) {
    this.type = type;
    this.#data = data;
    this.#ascii = ascii;
    this.#lease = lease;
    this.#generation = lease === undefined ? 0 : lease.generation;
  }

  /**
   * The payload, unmasked; of a text its UTF-8, which was validated. A message that came whole in one chunk is a view of
   * that chunk; one that was assembled has a buffer of its own.
   * @throws TypeError when the chunk was a receive buffer that has been read into again.
   */
  get data(): Uint8Array {
    if (this.#lease !== undefined && this.#lease.generation !== this.#generation) {
      throw new TypeError("the message was read in a receive buffer that has been read into again: copy it to keep it");
    }
    return this.#data;
  }

  /**
   * The string of a text message, decoded at each call.
   * @throws TypeError when the message is binary.
   */
  text(): string {
    if (this.type !== "text") throw new TypeError("text() needs a text message: this one is binary");
    return decodeText(this.data, 0, this.#data.length, this.#ascii);
  }
}
