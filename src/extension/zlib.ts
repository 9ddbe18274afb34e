/**
 * What compresses on Node, Bun and Deno: their own zlib.
 * @module
 */

import { constants, DeflateRaw, InflateRaw } from "minizlib";
import type { DecodedSink } from "../message/extension.ts";
import { type DeflateBackend, type Deflater, type Inflater, inOne } from "./backend.ts";

/** No DEFLATE stream gives more bytes for one: a match of 258 takes two bits at least. */
const MOST_BYTES_FOR_ONE = 1032;
// zlib cannot be told to stop at a limit, so it is fed no more at once than could pass it, within these bounds: a call
// costs 2 µs, what 256 bytes take to inflate.
const LEAST_SLICE = 64;
const MOST_SLICE = 512;

class ZlibInflater implements Inflater {
  readonly #stream: InflateRaw;
  #sink: DecodedSink | undefined;
  #failed = false;

  constructor(windowBits: number) {
    const options = { windowBits, flush: constants.Z_SYNC_FLUSH };
    this.#stream = new InflateRaw(options);
    this.#stream.on("data", (piece: Uint8Array) => this.#sink?.take(plain(piece)));
    this.#stream.on("error", () => {
      this.#failed = true;
    });
  }

  inflate(input: Uint8Array, sink: DecodedSink): number {
    this.#sink = sink;
    let at = 0;
    while (at < input.length && !this.#failed) {
      const slice = Math.max(LEAST_SLICE, Math.min(MOST_SLICE, Math.floor(sink.room / MOST_BYTES_FOR_ONE)));
      const end = Math.min(input.length, at + slice);
      const taken = this.#write(input.subarray(at, end));
      at += taken;
      if (at < end) break;
    }
    this.#sink = undefined;
    return this.#failed ? -1 : at;
  }

  prime(window: Uint8Array): void {
    // As what came before, in a block without compression (RFC 1951 §3.2.4), but without a sink.
    const { length } = window;
    this.#write(Uint8Array.of(0, length, length >> 8, ~length, ~length >> 8));
    this.#write(window);
  }

  reset(): void {
    this.#stream.reset();
  }

  close(): void {
    this.#stream.close();
  }

  /** Returns how many of the bytes were taken. */
  #write(input: Uint8Array): number {
    this.#stream.write(input);
    return this.#stream.handle?.bytesWritten ?? 0;
  }
}

class ZlibDeflater implements Deflater {
  readonly #stream: DeflateRaw;
  #pieces: Uint8Array[] = [];

  constructor(windowBits: number, level: number, memoryLevel: number) {
    const options = { windowBits, level, memLevel: memoryLevel, flush: constants.Z_SYNC_FLUSH };
    this.#stream = new DeflateRaw(options);
    this.#stream.on("data", (piece: Uint8Array) => this.#pieces.push(plain(piece)));
  }

  deflate(input: Uint8Array): Uint8Array {
    this.#stream.write(input);
    const pieces = this.#pieces;
    this.#pieces = [];
    return inOne(pieces);
  }

  reset(): void {
    this.#stream.reset();
  }

  close(): void {
    this.#stream.close();
  }
}

/** Not as a `Buffer`, whose methods do not all do what those of a `Uint8Array` do. */
function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

/** The runtime's own zlib, for Node, Bun and Deno. */
export const zlibBackend: DeflateBackend = {
  name: "zlib",
  createInflater(windowBits: number): Inflater {
    return new ZlibInflater(windowBits);
  },
  createDeflater(windowBits: number, level: number, memoryLevel: number): Deflater {
    return new ZlibDeflater(windowBits, level, memoryLevel);
  },
};
