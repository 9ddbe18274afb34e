import { join } from "../message/join.ts";
import type { ShownPayload } from "./records.ts";
import { hexOf } from "./wording.ts";

/** The characters of a stream's texts, which may go over from one frame to the next. Each message ends with a whole one. */
export class MessageText {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  decode(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true });
  }

  /** Passes bytes over. A character has at most four, so that the last four tell where the next one begins. */
  skip(bytes: Uint8Array): void {
    this.decode(bytes.subarray(-4));
  }
}

/** The first bytes of one frame's payload, as they come. */
export class PayloadPreview {
  readonly #most: number;
  readonly #text: MessageText | undefined;
  readonly #pieces: Uint8Array[] = [];
  #shown = "";
  #kept = 0;
  #length = 0;

  /** `most` is how many bytes are shown. Without `text`, they are shown in hex. */
  constructor(most: number, text: MessageText | undefined) {
    this.#most = most;
    this.#text = text;
  }

  take(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, this.#most - this.#kept);
    this.#length += bytes.length;
    this.#kept += kept.length;
    if (this.#text === undefined) {
      if (kept.length > 0) this.#pieces.push(kept.slice());
      return;
    }
    this.#shown += this.#text.decode(kept);
    if (kept.length < bytes.length) this.#text.skip(bytes.subarray(kept.length));
  }

  show(): ShownPayload {
    const cut = this.#kept < this.#length;
    if (this.#text !== undefined) return { length: this.#length, cut, text: this.#shown };
    return { length: this.#length, cut, hex: hexOf(join(this.#pieces)) };
  }
}
