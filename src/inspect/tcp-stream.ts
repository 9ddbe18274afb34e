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
  /** So many bytes came after that. */
  late(count: number): void;
}

interface Held {
  /** Where in the stream it begins. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** What it takes to keep a piece of a stream, besides its bytes. */
export const PIECE_COST = 200;

/** A FIN or RST further ahead of what has been seen is none of this connection. */
const NEAR = 2 ** 20;

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
  /** In the order of the stream, none over another. */
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
    // RFC 9293 §3.4: a SYN takes the number before the first byte's.
    const first = syn ? sequence + 1 : sequence;
    this.#sequence ??= first;
    const at = this.#position(first);
    if (this.#ended) {
      if (at + length > this.#at) this.#sink.late(Math.min(length, at + length - this.#at));
      return;
    }
    if (fin && this.#isNear(at + length)) this.#end = Math.min(this.#end, at + length);
    if (length > 0) this.#reaches = Math.max(this.#reaches, at + length);
    this.#place(at, payload);
    if (this.#at >= this.#end) this.flush();
  }

  /** Whether a SYN with this number begins another stream, and is not the one that began this one. */
  isBegunAnew(sequence: number): boolean {
    return this.#sequence !== undefined && this.#position(sequence + 1) !== 0;
  }

  /** Whether an RST with this number is heeded. */
  isResetBy(sequence: number): boolean {
    return this.#sequence === undefined || this.#isNear(this.#position(sequence));
  }

  /** Nothing more comes: what waits is handed on, and what is missing before it told. */
  flush(): void {
    if (this.#ended) return;
    while (this.#held.length > 0) this.#skipGap();
    if (this.#reaches > this.#at) this.#sink.missing(this.#reaches - this.#at);
    this.#ended = true;
    this.#sink.end();
  }

  /** Where in the stream a number is. Numbers are modulo 2^32: the shorter way round is meant. */
  #position(sequence: number): number {
    return this.#at + ((sequence - this.#sequence!) | 0);
  }

  /** RFC 9293 §3.10.7.4: a segment outside the window is dropped. How wide the window is, a capture need not tell. */
  #isNear(at: number): boolean {
    return at >= this.#at && at <= this.#reaches + NEAR;
  }

  /** Takes of `bytes` what has not come before. */
  #place(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length;
    for (let from = Math.max(at, this.#at); from < end; ) {
      const index = this.#heldBehind(from);
      if (index > 0) from = Math.max(from, endOf(this.#held[index - 1]));
      const to = Math.min(end, this.#held[index]?.at ?? end);
      const piece = bytes.subarray(from - at, Math.max(from, to) - at);
      if (piece.length > 0 && !this.#takePiece(index, from, piece)) {
        if (this.#held.length === 0) return; // no memory for it: it will be missing
        this.#skipGap();
      } else {
        from += piece.length;
      }
      from = Math.max(from, this.#at);
    }
  }

  /** Hands a piece on, or holds it. Returns whether there is room for it. */
  #takePiece(index: number, at: number, bytes: Uint8Array): boolean {
    if (at === this.#at) {
      this.#hand(bytes);
      this.#handHeld();
      return true;
    }
    if (this.#held.length >= MOST_HELD || !this.#budget.take(bytes.length + PIECE_COST)) return false;
    // A copy: the chunk of the capture need not stay for it.
    this.#held.splice(index, 0, { at, bytes: bytes.slice() });
    return true;
  }

  /** The index of the first held piece that begins behind `at`. */
  #heldBehind(at: number): number {
    let low = 0;
    let high = this.#held.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#held[middle].at > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #hand(bytes: Uint8Array): void {
    this.#at += bytes.length;
    this.#sequence = (this.#sequence! + bytes.length) | 0;
    this.#sink.push(bytes);
  }

  #handHeld(): void {
    let count = 0;
    for (const { at, bytes } of this.#held) {
      if (at > this.#at) break;
      count++;
      this.#budget.give(bytes.length + PIECE_COST);
      this.#hand(bytes);
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

function endOf({ at, bytes }: Held): number {
  return at + bytes.length;
}
