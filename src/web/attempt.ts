import { ConnectError } from "../adapter/connect-error.ts";
import type { WebSocketUri } from "../handshake/uri.ts";
import { isBytes } from "../protocol/argument.ts";
import { type ByteStreams, checkStreams, closedByOthers, type Dial, discard, ignore, quietly } from "./byte-streams.ts";

/** An attempt to connect: the streams it uses, so that whatever goes wrong, none is left open. */
export class Attempt {
  #streams: ByteStreams | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  /** Gives up what has not brought streams yet. */
  readonly #dialling = new AbortController();
  #failure: ConnectError | undefined;
  /** What a stream failed with first. */
  #cause: unknown;

  /** Takes streams, to be given up when the attempt fails. */
  watch(streams: ByteStreams): void {
    checkStreams(streams);
    const reader = streams.readable.getReader();
    const writer = streams.writable.getWriter() as WritableStreamDefaultWriter<Uint8Array>;
    this.#streams = streams;
    this.#reader = reader;
    this.#writer = writer;
    // Ends the reading, which would wait for an answer to what was never sent.
    const lose = (error: unknown): void => {
      this.#cause ??= error;
      reader.cancel(error).catch(ignore);
    };
    writer.closed.then(() => lose(closedByOthers()), lose);
  }

  /** Ends the attempt from outside: what it waits for fails. */
  giveUp(failure: ConnectError): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#discard(failure);
  }

  /** @throws ConnectError when it was given up. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Leaves nothing open, and tells what it failed with. */
  fail(error: unknown): unknown {
    this.#discard(error);
    return this.#failure ?? error;
  }

  /** The streams that `dial` opens, watched. What it opens too late is given up. */
  async dial(dial: Dial, { hostname, port, secure }: WebSocketUri): Promise<ByteStreams> {
    const { signal } = this.#dialling;
    const dialled = (async () => dial({ hostname, port, secure, signal }))();
    const givenUp = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    let streams: ByteStreams;
    try {
      streams = await Promise.race([dialled, givenUp]);
    } catch (error) {
      dialled.then((late) => discard(late, error)).catch(ignore);
      throw new ConnectError("UNREACHABLE", { cause: error, peer: { who: "server", hostname, port } });
    }
    try {
      this.watch(streams);
    } catch (error) {
      quietly(() => discard(streams, error));
      throw error;
    }
    this.check();
    return streams;
  }

  /** Whether it fails, `read` tells. */
  write(bytes: Uint8Array): void {
    quietly(() => this.#writer!.write(bytes));
  }

  /** The next bytes. Fails when the connection ends. */
  async read(): Promise<Uint8Array> {
    const { done, value } = await this.#reader!.read().catch((error) => {
      throw this.#cutOff(error);
    });
    this.check();
    if (done) throw this.#cutOff(undefined);
    if (isBytes(value)) return value;
    throw this.#cutOff(new TypeError("readable must give chunks that are Uint8Arrays"));
  }

  /** Lets go of the streams: they are the connection's from now on. */
  release(): void {
    this.#reader?.releaseLock();
    this.#writer?.releaseLock();
    this.#streams = undefined;
    this.#reader = undefined;
    this.#writer = undefined;
  }

  #cutOff(error: unknown): ConnectError {
    return new ConnectError("CUT_OFF", { cause: this.#cause ?? error });
  }

  #discard(reason: unknown): void {
    this.#dialling.abort(reason);
    if (this.#streams !== undefined) discard(this.#streams, reason, this.#reader, this.#writer);
    this.#streams = undefined;
  }
}
