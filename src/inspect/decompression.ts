import type { Extension } from "../message/extension.ts";

/** What decompresses the messages of one stream. */
export interface Decompression {
  readonly extension: Extension;
  /** Whether a message may refer to those before it, so that its context outlives them (RFC 7692 §7.1.1). */
  readonly takeover: boolean;
}

/** So many streams may have a context at once. Each is up to 75 KB: an inflater, and a window of what came out of it. */
export const MOST_CONTEXTS = 2048;

/**
 * Bounds what the decompression of all streams takes together. Where there is no room, the stream between two messages that has
 * been quiet longest is let go of, and where all are amid one, none is begun. Whose context is lost, is not decompressed again.
 */
export class DecompressionContexts {
  /** Those amid a message. */
  readonly #busy = new Set<Decompression>();
  /** Those between two, the one that has been quiet longest first. */
  readonly #idle = new Set<Decompression>();
  readonly #lost = new WeakSet<Decompression>();

  /** A message begins. Returns whether it can be decompressed: if it can, `rest` or `end` follows. */
  begin(stream: Decompression): boolean {
    const known = this.#idle.delete(stream) || this.#lost.has(stream);
    if (!known && this.#busy.size + this.#idle.size >= MOST_CONTEXTS) {
      const [quietest = stream] = this.#idle;
      this.end(quietest);
      this.#lost.add(quietest);
    }
    if (this.#lost.has(stream)) return false;
    this.#busy.add(stream);
    return true;
  }

  /** The message has ended. */
  rest(stream: Decompression): void {
    this.#busy.delete(stream);
    if (stream.takeover) this.#idle.add(stream);
  }

  /** No message of the stream is decompressed after. */
  end(stream: Decompression): void {
    this.#busy.delete(stream);
    this.#idle.delete(stream);
    stream.extension.dropDecoder();
  }
}
