import type { RetainedBudget } from "../message/budget.ts";

/** A segment of one direction of a TCP connection (RFC 9293 §3.1). */
export interface TcpSegment {
  readonly sequence: number;
  readonly syn: boolean;
  readonly ack: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  /** What the capture has of its payload. */
  readonly payload: Uint8Array;
  /** How long the payload was on the wire: more, where the capture cuts packets short. */
  readonly length: number;
}

/** Takes the bytes of one direction in their order. */
export interface ByteSink {
  push(chunk: Uint8Array): void;
  /** So many bytes were sent here and are not in the capture. */
  missing(count: number): void;
  end(): void;
}

interface Held {
  /** Where in the stream it begins. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** More segments than this do not wait for one that is missing. */
const MOST_HELD = 4096;

/**
 * Puts the segments of one direction in order: what comes early waits, what comes again is passed over, what does not come is
 * told. Where two segments differ about the same byte, the first to be seen counts.
 */
export class TcpStream {
  readonly #sink: ByteSink;
  readonly #budget: RetainedBudget;
  /** How many bytes of the stream have been handed on, or told to be missing. */
  #at = 0;
  /** The sequence number of the next. */
  #sequence: number | undefined;
  /** In the order of the stream. */
  #held: Held[] = [];
  /** How far it is known to go. */
  #reaches = 0;
  /** Where a FIN ends it. */
  #end = Number.POSITIVE_INFINITY;
  #ended = false;

  constructor(sink: ByteSink, budget: RetainedBudget) {
    this.#sink = sink;
    this.#budget = budget;
  }

  take({ sequence, syn, fin, payload, length }: TcpSegment): void {
    if (this.#ended) return;
    // RFC 9293 §3.4: a SYN takes the number before the first byte's.
    const first = syn ? sequence + 1 : sequence;
    this.#sequence ??= first;
    // Numbers are modulo 2^32: the shorter way round is meant.
    const at = this.#at + ((first - this.#sequence) | 0);
    this.#reaches = Math.max(this.#reaches, at + length);
    if (fin) this.#end = Math.min(this.#end, at + length);
    this.#place(at, payload);
    if (this.#at >= this.#end) this.flush();
  }

  /** Nothing more comes: what waits is handed on, and what is missing before it told. */
  flush(): void {
    if (this.#ended) return;
    while (this.#held.length > 0) this.#skipGap();
    if (this.#reaches > this.#at) this.#sink.missing(this.#reaches - this.#at);
    this.#ended = true;
    this.#sink.end();
  }

  #place(at: number, bytes: Uint8Array): void {
    if (at + bytes.length <= this.#at) return;
    if (at <= this.#at) {
      this.#hand(at, bytes);
      this.#handHeld();
      return;
    }
    while (this.#held.length >= MOST_HELD || !this.#budget.take(bytes.length)) {
      if (this.#held.length === 0) return; // no memory for it: it will be missing
      this.#skipGap();
      if (at <= this.#at) {
        this.#place(at, bytes);
        return;
      }
    }
    let index = this.#held.length;
    while (index > 0 && this.#held[index - 1].at > at) index--;
    // A copy: the chunk of the capture need not stay for it.
    this.#held.splice(index, 0, { at, bytes: bytes.slice() });
  }

  #hand(at: number, bytes: Uint8Array): void {
    const rest = bytes.subarray(this.#at - at);
    this.#at += rest.length;
    this.#sequence = (this.#sequence! + rest.length) | 0;
    this.#sink.push(rest);
  }

  #handHeld(): void {
    let count = 0;
    for (const { at, bytes } of this.#held) {
      if (at > this.#at) break;
      count++;
      this.#budget.give(bytes.length);
      if (at + bytes.length > this.#at) this.#hand(at, bytes);
    }
    if (count > 0) this.#held.splice(0, count);
  }

  #skipGap(): void {
    const gap = this.#held[0].at - this.#at;
    this.#at += gap;
    this.#sequence = (this.#sequence! + gap) | 0;
    this.#sink.missing(gap);
    this.#handHeld();
  }
}
