import type { DecodedSink } from "../message/extension.ts";
import type { Inflater } from "./backend.ts";
import type { Spares } from "./spares.ts";
import { Window } from "./window.ts";

/** RFC 7692 §7.2.2: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message." */
const TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff);
/** How many bytes a message has for each block with BFINAL set after its first: to begin anew takes as long as 4 KiB do. */
const BYTES_FOR_FINAL = 64;

/** The messages of one connection that come compressed (RFC 7692 §7.2.2). */
export class Decompressor implements DecodedSink {
  readonly #spares: Spares<Inflater>;
  readonly #windowBits: number;
  readonly #takeover: boolean;
  readonly #window: Window;
  #inflater: Inflater | undefined = undefined;
  /** Whether bytes of a message have come, and not its end. */
  #midMessage = false;
  /** How many bytes of the message were taken, and how many blocks with BFINAL set. */
  #taken = 0;
  #finals = 0;
  #dropped = false;
  /** Whom it serves, while it runs. */
  #sink: DecodedSink | undefined = undefined;

  /** `takeover` tells whether a message may refer to those before it. */
  constructor(spares: Spares<Inflater>, windowBits: number, takeover: boolean) {
    this.#spares = spares;
    this.#windowBits = windowBits;
    this.#takeover = takeover;
    this.#window = new Window(windowBits);
  }

  decode(piece: Uint8Array, last: boolean, sink: DecodedSink): boolean {
    let valid = false;
    this.#sink = sink;
    if (piece.length > 0) this.#midMessage = true;
    try {
      valid = this.#inflate(piece) && (!last || this.#finish());
    } finally {
      this.#sink = undefined;
      // It stopped where it cannot go on, and so it is no spare for others.
      if (!valid) this.#close();
      if (this.#dropped) this.drop();
    }
    return valid;
  }

  /** The message in progress will not go on, and no other comes. */
  drop(): void {
    this.#dropped = true;
    // In the midst of its work it is let go of after it.
    if (this.#sink !== undefined) return;
    this.#midMessage = false;
    this.#window.clear();
    this.release();
  }

  release(): void {
    if (this.#midMessage || this.#inflater === undefined) return;
    this.#spares.give(this.#windowBits, this.#inflater);
    this.#inflater = undefined;
  }

  /** As the inflater's sink: how much more the message may have. */
  get room(): number {
    return this.#sink?.room ?? 0;
  }

  /** As the inflater's sink. */
  take(decoded: Uint8Array): void {
    // Before it is lent out, since the bytes may be changed there.
    this.#window.push(decoded);
    this.#sink?.take(decoded);
  }

  #inflate(input: Uint8Array): boolean {
    let rest = input;
    while (rest.length > 0) {
      this.#inflater ??= this.#begin();
      const taken = this.#inflater.inflate(rest, this);
      if (taken < 0) return false;
      this.#taken += taken;
      if (taken === rest.length) return true;
      // RFC 7692 §7.2.3.4: a block with BFINAL set ends the stream for the inflater, but neither the message nor what may
      // be referred to.
      if (!this.#mayEndStream()) return false;
      this.#inflater.reset();
      this.#prime(this.#inflater);
      rest = rest.subarray(taken);
    }
    return true;
  }

  #finish(): boolean {
    // Even an empty message has a byte: the header of the block that the tail completes.
    if (this.#inflater === undefined || !this.#midMessage) return false;
    const rest = new Rest();
    const taken = this.#inflater.inflate(TAIL, rest);
    // It is the lengths of a block without bytes, and nothing else. A message that ended with BFINAL needs none: the next
    // begins anew.
    if (rest.length > 0 || (taken !== TAIL.length && (taken !== 0 || !this.#mayEndStream()))) return false;
    this.#midMessage = false;
    this.#taken = 0;
    this.#finals = 0;
    if (!this.#takeover) this.#window.clear();
    if (!this.#takeover || taken === 0) this.release();
    return true;
  }

  /** Counts a block with BFINAL set. Without a bound, two bytes would cost what it takes to begin anew. */
  #mayEndStream(): boolean {
    return this.#finals++ * BYTES_FOR_FINAL <= this.#taken;
  }

  #begin(): Inflater {
    const inflater = this.#spares.take(this.#windowBits);
    this.#prime(inflater);
    return inflater;
  }

  #prime(inflater: Inflater): void {
    if (this.#window.length > 0) inflater.prime(this.#window.toBytes());
  }

  #close(): void {
    this.#inflater?.close();
    this.#inflater = undefined;
  }
}

/** Takes what may not come. */
class Rest implements DecodedSink {
  readonly room = 0;
  length = 0;

  take(decoded: Uint8Array): void {
    this.length += decoded.length;
  }
}
