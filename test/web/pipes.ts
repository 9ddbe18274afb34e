// Byte streams in memory: two ends, each what the other writes, cut as a test likes.

import type { ByteStreams } from "../../src/web/streams.ts";

/** One direction. Each chunk is copied, in pieces of `size` bytes at most. */
export function pipe(size = Number.MAX_SAFE_INTEGER): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      for (let at = 0; at < chunk.length; at += size) controller.enqueue(chunk.slice(at, at + size));
    },
  });
}

/** Both ends of what two speak over. */
export function pipes(size?: number): [ByteStreams, ByteStreams] {
  const [there, back] = [pipe(size), pipe(size)];
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ];
}

/** The other end of made-up streams: what is written, a character each byte, and what is read is as a test says. */
export class Peer {
  out = "";
  writes = 0;
  /** How the streams were given up. */
  readonly ended: string[] = [];
  readonly streams: ByteStreams;
  /** How often a chunk was asked for. */
  pulls = 0;
  #input!: ReadableStreamDefaultController<Uint8Array>;
  #output!: WritableStreamDefaultController;
  #written: (() => void) | undefined;
  #reads: boolean;

  constructor({ reads } = { reads: true }) {
    this.#reads = reads;
    const readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#input = controller;
        },
        pull: () => void this.pulls++,
        cancel: () => void this.ended.push("cancel"),
      },
      { highWaterMark: 0 },
    );
    const writable = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#output = controller;
      },
      write: async (chunk) => {
        if (!this.#reads) {
          await new Promise<void>((resolve) => {
            this.#written = resolve;
          });
        }
        this.out += Buffer.from(chunk).toString("latin1");
        this.writes++;
      },
      close: () => void this.ended.push("close"),
      abort: () => void this.ended.push("abort"),
    });
    this.streams = { readable, writable };
  }

  /** In memory of its own, as one chunk. */
  say(...frames: Uint8Array[]): void {
    this.#input.enqueue(new Uint8Array(Buffer.concat(frames)));
  }

  /** Gives any chunk at all. */
  give(chunk: unknown): void {
    this.#input.enqueue(chunk as Uint8Array);
  }

  end(): void {
    this.#input.close();
  }

  failReadable(error: unknown): void {
    this.#input.error(error);
  }

  failWritable(error: unknown): void {
    this.#output.error(error);
  }

  stopReading(): void {
    this.#reads = false;
  }

  /** Takes what is being written. */
  readOne(): void {
    this.#written?.();
  }

  /** Takes that, and from now on all. */
  read(): void {
    this.#reads = true;
    this.readOne();
  }
}

/** Until all that can happen without waiting has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
