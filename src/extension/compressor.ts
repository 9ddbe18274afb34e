import { type EncodedPayload, RSV1 } from "../message/extension.ts";
import { type Deflater, LEAST_DEFLATE_BITS } from "./backend.ts";
import type { Spares } from "./spares.ts";

/** How much of the deflater's output a message does without: 00 00 ff ff at its end (RFC 7692 §7.2.1). */
const TAIL_LENGTH = 4;

/** The messages of one connection that leave compressed (RFC 7692 §7.2.1). */
export class Compressor {
  readonly #spares: Spares<Deflater>;
  readonly #takeover: boolean;
  readonly windowBits: number;
  /** Infinite for a window that nothing can be compressed for. */
  readonly threshold: number;
  #deflater: Deflater | undefined = undefined;
  #midMessage = false;

  /** `takeover` tells whether a message may refer to those before it. */
  constructor(spares: Spares<Deflater>, windowBits: number, takeover: boolean, threshold: number) {
    this.#spares = spares;
    this.windowBits = windowBits;
    this.#takeover = takeover;
    this.threshold = windowBits < LEAST_DEFLATE_BITS ? Number.POSITIVE_INFINITY : threshold;
  }

  encode(payload: Uint8Array, fin: boolean): EncodedPayload {
    if (this.threshold === Number.POSITIVE_INFINITY) return plain(payload);
    const first = !this.#midMessage;
    if (first && fin && this.#isShort(payload)) return plain(payload);
    if (first && fin && !this.#takeover) return this.prepare(payload);
    this.#midMessage = !fin;
    const deflated = this.#deflate(payload, fin);
    if (fin && !this.#takeover) this.drop();
    return { payload: deflated, rsv: first ? RSV1 : 0 };
  }

  prepare(payload: Uint8Array): EncodedPayload {
    if (this.#isShort(payload)) return plain(payload);
    const deflater = this.#spares.take(this.windowBits);
    const deflated = withoutTail(deflater.deflate(payload));
    this.#spares.give(this.windowBits, deflater);
    return deflated.length < payload.length ? { payload: deflated, rsv: RSV1 } : plain(payload);
  }

  drop(): void {
    if (this.#deflater === undefined) return;
    this.#spares.give(this.windowBits, this.#deflater);
    this.#deflater = undefined;
  }

  #isShort(payload: Uint8Array): boolean {
    return payload.length < this.threshold || payload.length === 0;
  }

  #deflate(payload: Uint8Array, fin: boolean): Uint8Array {
    // RFC 7692 §7.2.3.6: a last fragment without bytes is one octet, 0x00. A deflater flushes nothing twice.
    if (payload.length === 0) return fin ? new Uint8Array(1) : payload;
    this.#deflater ??= this.#spares.take(this.windowBits);
    const deflated = this.#deflater.deflate(payload);
    return fin ? withoutTail(deflated) : deflated;
  }
}

function plain(payload: Uint8Array): EncodedPayload {
  return { payload, rsv: 0 };
}

function withoutTail(deflated: Uint8Array): Uint8Array {
  return deflated.subarray(0, deflated.length - TAIL_LENGTH);
}
