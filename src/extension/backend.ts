import type { DecodedSink } from "../message/extension.ts";
import { join } from "../message/join.ts";

/** The smallest window to compress for: raw, zlib takes 8 for 9, and a peer with a window of 8 could not read that. */
export const LEAST_DEFLATE_BITS = 9;

/** A context that can be used for another connection once it has been reset. */
export interface Context {
  /** Forgets all that came before. */
  reset(): void;
  /** Gives its memory back. It is not used after. */
  close(): void;
}

/** Decompresses one stream of DEFLATE blocks (RFC 1951) without a wrapper. */
export interface Inflater extends Context {
  /**
   * Inflates all of `input`, or as far as a block with BFINAL goes, after which it takes nothing until it is reset. What
   * comes out goes to the sink; no more than 1 MiB of it is made at once. Returns how many bytes were taken, or -1 when
   * they are invalid: then it can only be closed, as after the sink has thrown.
   */
  inflate(input: Uint8Array, sink: DecodedSink): number;
  /** After `reset`: what came out before, at most a window of it, can be referred to. The bytes are the caller's again after. */
  prime(window: Uint8Array): void;
}

/** Compresses one stream. */
export interface Deflater extends Context {
  /** All of `input` compressed, ended by an empty block without compression: 00 00 ff ff last (RFC 7692 §7.2.1). The bytes are the
   *  caller's. */
  deflate(input: Uint8Array): Uint8Array;
}

/** An implementation of DEFLATE: what it makes is shared by all connections of a `permessageDeflate`. */
export interface DeflateBackend {
  /** What it is called, such as "zlib". */
  readonly name: string;
  /** For a window of 2 to the power of `windowBits` bytes, 8 to 15. */
  createInflater(windowBits: number): Inflater;
  /** For a window of 2 to the power of `windowBits` bytes, 9 to 15; `level` is 0 to 9, `memoryLevel` 1 to 9. */
  createDeflater(windowBits: number, level: number, memoryLevel: number): Deflater;
}

/** The pieces as one array: the piece itself where there is but one. */
export function inOne(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0] : join(pieces);
}
