/**
 * What compresses on every runtime, in JavaScript: slower than `wsimd/deflate/zlib`, and it stops at a limit to the byte.
 * @module
 */

import {
  Z_DEFAULT_STRATEGY,
  Z_OK,
  Z_STREAM_END,
  Z_SYNC_FLUSH,
  ZStream,
  zlibDeflate,
  zlibDeflateInit2,
  zlibDeflateReset,
  zlibInflate,
  zlibInflateInit2,
  zlibInflateReset,
  zlibInflateSetDictionary,
} from "pako";
import type { DecodedSink } from "../message/extension.ts";
import { type DeflateBackend, type Deflater, type Inflater, inOne } from "./backend.ts";

const Z_BUF_ERROR = -5;
const Z_DEFLATED = 8;
const PIECE = 16_384;
const NOTHING = new Uint8Array(0);

/** What streams write to, made when it is first needed. While one runs it has it alone: a sink may have others run. */
let spare: Uint8Array<ArrayBuffer> | undefined;

function withOutput<T>(run: (output: Uint8Array<ArrayBuffer>) => T): T {
  const output = spare ?? new Uint8Array(PIECE);
  spare = undefined;
  try {
    return run(output);
  } finally {
    spare = output;
  }
}

class PakoInflater implements Inflater {
  readonly #stream = new ZStream();

  constructor(windowBits: number) {
    check(zlibInflateInit2(this.#stream, -windowBits));
  }

  inflate(input: Uint8Array, sink: DecodedSink): number {
    return withOutput((output) => this.#inflate(input, sink, output));
  }

  prime(window: Uint8Array): void {
    check(zlibInflateSetDictionary(this.#stream, window));
  }

  reset(): void {
    check(zlibInflateReset(this.#stream));
  }

  close(): void {}

  #inflate(input: Uint8Array, sink: DecodedSink, output: Uint8Array<ArrayBuffer>): number {
    const stream = this.#stream;
    begin(stream, input);
    let status: number;
    do {
      // One byte more than may come shows that there is too much, and nothing beyond is made.
      offer(stream, output, Math.min(PIECE, sink.room + 1));
      status = zlibInflate(stream, Z_SYNC_FLUSH);
      // Z_BUF_ERROR only says that there was nothing to do.
      if (status !== Z_OK && status !== Z_STREAM_END && status !== Z_BUF_ERROR) return -1;
      if (stream.next_out > 0) sink.take(new Uint8Array(output.buffer, 0, stream.next_out));
    } while (stream.avail_out === 0 && status !== Z_STREAM_END);
    stream.input = NOTHING;
    return stream.next_in;
  }
}

class PakoDeflater implements Deflater {
  readonly #stream = new ZStream();

  constructor(windowBits: number, level: number, memoryLevel: number) {
    check(zlibDeflateInit2(this.#stream, level as 6, Z_DEFLATED, -windowBits, memoryLevel, Z_DEFAULT_STRATEGY));
  }

  deflate(input: Uint8Array): Uint8Array {
    return withOutput((output) => this.#deflate(input, output));
  }

  reset(): void {
    check(zlibDeflateReset(this.#stream));
  }

  close(): void {}

  #deflate(input: Uint8Array, output: Uint8Array<ArrayBuffer>): Uint8Array {
    const stream = this.#stream;
    const pieces: Uint8Array[] = [];
    begin(stream, input);
    do {
      offer(stream, output, PIECE);
      zlibDeflate(stream, Z_SYNC_FLUSH);
      pieces.push(output.slice(0, stream.next_out));
    } while (stream.avail_out === 0);
    stream.input = NOTHING;
    return inOne(pieces);
  }
}

function begin(stream: ZStream, input: Uint8Array): void {
  stream.input = input;
  stream.next_in = 0;
  stream.avail_in = input.length;
}

function offer(stream: ZStream, output: Uint8Array<ArrayBuffer>, room: number): void {
  stream.output = output;
  stream.next_out = 0;
  stream.avail_out = room;
}

/** What the caller could have done wrong was found before: this is for a pako that has changed. */
function check(status: number): void {
  if (status !== Z_OK) throw new Error(`pako refused its arguments with ${status}`);
}

/** DEFLATE in JavaScript, for every runtime. */
export const pakoBackend: DeflateBackend = {
  name: "pako",
  createInflater(windowBits: number): Inflater {
    return new PakoInflater(windowBits);
  },
  createDeflater(windowBits: number, level: number, memoryLevel: number): Deflater {
    return new PakoDeflater(windowBits, level, memoryLevel);
  },
};
