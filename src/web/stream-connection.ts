import { AdapterConnection } from "../adapter/adapter-connection.ts";
import type { Deadlines } from "../adapter/deadlines.ts";
import { ConnectionFailed } from "../adapter/message-queue.ts";
import type { AdapterSettings } from "../adapter/settings.ts";
import type { AnyConnectionHandler, Closure } from "../connection/handler.ts";
import type { Agreed, Opening } from "../connection/opening.ts";
import { ReadyState } from "../connection/ready-state.ts";
import { isBytes } from "../protocol/argument.ts";
import { type ByteStreams, checkStreams, closedByOthers, discard, ignore, quietly, writeTo } from "./byte-streams.ts";
import { type MessageStreams, messageStreams } from "./message-streams.ts";
import { throwAnew } from "./throw-anew.ts";
import { nextWrites } from "./write-buffer.ts";

/** How many bytes may be under way in the writable before they are waited for. A stream may find itself ready for very many chunks,
 *  however long: those that Node makes of its sockets, for 16 384. */
const MOST_UNDER_WAY = 65_536;

/**
 * A connection on a pair of WHATWG streams of bytes. What is sent in one turn leaves as one write. While the writable is not
 * ready, what is sent waits here, and of a client nothing more is read. A chunk that was read is this connection's: it is
 * unmasked in place. What a handler throws is thrown anew by itself, as an error that nobody has caught. Without a handler,
 * `for await (const message of connection)` has its messages, and throws `ConnectionFailed` when the connection was not closed
 * cleanly. `accept` and `connect` make it.
 */
export class StreamConnection extends AdapterConnection {
  readonly #streams: ByteStreams;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** Whether it is waited for the writer. */
  #blocked = false;
  /** Whether that has just ended: one write may follow, whatever the writer says of its size. */
  #waited = false;
  #lastWrite: Promise<void> | undefined = undefined;
  /** How many bytes were written since it was last known that none is under way. */
  #underWay = 0;
  #outputEnded = false;
  /** Which of the two streams have come to their end. */
  #readableEnded = false;
  #writableEnded = false;
  #destroyed = false;
  #failure: unknown;
  /** Goes on reading, where that waits. */
  #readOn: (() => void) | undefined;
  readonly #closed: Promise<Closure>;
  #resolveClosed!: (closure: Closure) => void;
  #messages: MessageStreams | undefined;
  #deadlines: Deadlines<AdapterConnection> | undefined;

  /**
   * `received` is what was read of the streams before.
   * @throws TypeError when the streams are none or are locked, or the handler lacks `onMessage`.
   * @internal
   */
  constructor(
    settings: AdapterSettings,
    handler: AnyConnectionHandler<StreamConnection> | undefined,
    streams: ByteStreams,
    start?: Opening | Agreed,
    received?: Uint8Array,
  ) {
    super(settings, handler, start);
    checkStreams(streams);
    this.#closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#streams = streams;
    this.#reader = streams.readable.getReader();
    this.#writer = streams.writable.getWriter() as WritableStreamDefaultWriter<Uint8Array>;
    // Nothing may be asked of it for long, while the peer is to wait.
    this.#reader.closed.catch((error) => this.#lose(error));
    this.#writer.closed.then(
      () => this.#endedWriting(),
      (error) => this.#failedWriting(error),
    );
    this.#run(() => this.flush());
    void this.#read(received);
  }

  /** Of what was given to the writable, all counts until it is known that none of it is under way. */
  override get unsent(): number {
    return this.bufferedAmount + this.#underWay;
  }

  override get closed(): Promise<Closure> {
    return this.#closed;
  }

  /** What the readable or the writable failed with, if that is how the connection ended; a TypeError when a chunk was no
   *  Uint8Array. How a stream ends after both Closes does not matter. */
  get failure(): unknown {
    return this.closure?.clean ? undefined : this.#failure;
  }

  /**
   * The messages as streams, as `WebSocketStream` has them, with backpressure both ways.
   * @throws TypeError when they go to a handler.
   */
  get messages(): MessageStreams {
    this.#messages ??= messageStreams(this, this.queue);
    return this.#messages;
  }

  /** Its own: in Cloudflare's runtime, a timer ends with the request that has set it, and may not touch another's streams. */
  protected override get deadlines(): Deadlines<AdapterConnection> {
    this.#deadlines ??= this.newDeadlines();
    return this.#deadlines;
  }

  // ---- Bytes in.

  async #read(received: Uint8Array | undefined): Promise<void> {
    let chunk = received;
    try {
      for (;;) {
        if (chunk !== undefined) {
          // A chunk that was asked for before the peer was to wait waits with it.
          if (this.stopped) await this.#stopped();
          this.#take(chunk);
        }
        if (this.stopped) await this.#stopped();
        const { done, value } = await this.#reader.read();
        if (done) break;
        chunk = value;
      }
      this.#readableEnded = true;
      this.#run(() => (this.#failure === undefined ? this.takeEof() : this.abort()));
    } catch (error) {
      this.#readableEnded = true;
      this.#lose(error);
    }
    this.#leave();
  }

  #take(chunk: Uint8Array): void {
    if (!isBytes(chunk)) throw new TypeError("readable must give chunks that are Uint8Arrays");
    if (chunk.length > 0) this.#run(() => this.take(chunk));
  }

  async #stopped(): Promise<void> {
    while (this.stopped) {
      await new Promise<void>((resolve) => {
        this.#readOn = resolve;
      });
    }
  }

  /** Nor is it read for its end alone before all has left: Deno's sockets drop what is being written when that is read. */
  protected override get stopped(): boolean {
    return super.stopped || (this.peerHasClosed && this.unsent > 0 && this.#failure === undefined);
  }

  protected override flow(): void {
    if (this.stopped) return;
    this.#readOn?.();
    this.#readOn = undefined;
  }

  // ---- Bytes out.

  protected override flushSoon(): void {
    queueMicrotask(() => this.flush());
  }

  protected override write(): void {
    // Who has waited for the writer also asks for what is not there, which tells the connection that all was taken.
    while ((this.unsent > 0 || this.#waited) && this.#isReady()) {
      const writes = nextWrites(() => this.takeBytes());
      if (writes.length === 0) return;
      for (const bytes of writes) {
        this.#underWay += bytes.length;
        const written = writeTo(this.#writer, bytes);
        this.#lastWrite = written;
        // Whether it failed, `closed` tells.
        written.then(() => this.#wrote(written), ignore);
      }
    }
  }

  #wrote(written: Promise<void>): void {
    if (written !== this.#lastWrite) return;
    this.#underWay = 0;
    this.flow();
  }

  /** Whether more can be written; otherwise `flush` is called once it can. */
  #isReady(): boolean {
    if (this.#blocked || this.#outputEnded) return false;
    const { desiredSize } = this.#writer;
    if (this.#waited || (this.#underWay < MOST_UNDER_WAY && desiredSize !== null && desiredSize > 0)) {
      this.#waited = false;
      return true;
    }
    this.#blocked = true;
    this.#writerIsReady().then(() => {
      this.#blocked = false;
      this.#waited = true;
      // That all was taken at once tells nothing of the peer.
      this.#run(() => (this.bufferedAmount > 0 ? this.drain() : this.flush()));
      this.#waited = false;
    }, ignore);
    return false;
  }

  /** One after the other: in Cloudflare's runtime, a `ready` that was asked for while a write was under way may never come. */
  async #writerIsReady(): Promise<void> {
    await this.#lastWrite;
    await this.#writer.ready;
  }

  /** §7.1.1: the server "SHOULD close the connection first"; its readable is read on to its end. */
  protected override closeOutput(): void {
    if (this.#outputEnded) return;
    this.#outputEnded = true;
    const { closeWrite } = this.#streams;
    quietly(() => (closeWrite === undefined ? this.#writer.close() : this.#closeWrite()));
  }

  async #closeWrite(): Promise<void> {
    try {
      await this.#lastWrite;
      if (!this.#destroyed) await this.#streams.closeWrite!();
    } finally {
      // Also when it fails: Deno's sockets are closed once the peer's end was read, and then refuse this.
      this.#endedWriting();
    }
  }

  // ---- The end.

  #endedWriting(): void {
    this.#writableEnded = true;
    if (this.#outputEnded) this.#leave();
    else this.#lose(closedByOthers());
  }

  /** Nothing more can be sent. What has come is still read, up to `closeTimeout`: of a socket that Node makes streams of, the
   *  writable fails when the peer's end has come, and not when it is read. */
  #failedWriting(error: unknown): void {
    this.#failFor(error);
    this.#outputEnded = true;
    this.#writableEnded = true;
    // A server that waits for its peer to take something is to read on.
    this.endOutput();
    this.#run(() => this.close());
    this.flow();
    this.#leave();
  }

  /** Nothing more comes, which ends the connection. */
  #lose(error: unknown): void {
    this.#failFor(error);
    this.#run(() => this.abort());
    this.destroy();
  }

  /** Once all is said and has left, it does not matter how the streams end. */
  #failFor(error: unknown): void {
    if (this.readyState === ReadyState.Closed || (this.finished && this.unsent === 0)) return;
    this.#failure ??= error;
    this.failFor(error);
  }

  protected override destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    // Also when the writable says that it is ready: Cloudflare's does, once it has failed.
    this.#outputEnded = true;
    const reason = this.#failure ?? new ConnectionFailed(this.closure!);
    discard(this.#streams, reason, this.#reader, this.#writer);
    // A write that is under way may never end, and the writable not before it.
    this.#readableEnded = true;
    this.#writableEnded = true;
    this.#leave();
  }

  protected override get gone(): boolean {
    return this.#readableEnded && this.#writableEnded;
  }

  #leave(): void {
    if (!this.gone) return;
    this.#run(() => this.wasClosed());
    this.#resolveClosed(this.closure!);
  }

  /** What a handler throws, and what else is the caller's fault, must not end the reading. */
  #run(action: () => void): void {
    try {
      action();
    } catch (error) {
      throwAnew(error);
    }
  }
}
