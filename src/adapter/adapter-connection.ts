import { Connection } from "../connection/connection.ts";
import type { AnyConnectionHandler, Closure } from "../connection/handler.ts";
import type { Agreed, Opening } from "../connection/opening.ts";
import { ReadyState } from "../connection/ready-state.ts";
import type { Message } from "../message/message.ts";
import { checkObject } from "../protocol/argument.ts";
import type { DataOpcode } from "../protocol/opcode.ts";
import { Deadlines, type Waiting } from "./deadlines.ts";
import { MessageQueue } from "./message-queue.ts";
import { type FragmentSource, type SendFromOptions, sendFrom } from "./send-from.ts";
import type { AdapterSettings } from "./settings.ts";
import { checkSignal } from "./signal.ts";

/** How to end a connection. */
export interface EndOptions {
  /** The status code to send (§7.4). Default: 1000. */
  readonly code?: number;
  /** Why, at most 123 bytes in UTF-8. Default: none. */
  readonly reason?: string;
  /** Gives the connection up when it is aborted, instead of waiting for the peer until `closeTimeout`. */
  readonly signal?: AbortSignal | undefined;
}

let waiting: Waiting<AdapterConnection>;
let abortFor: (connection: AdapterConnection, cause: unknown) => void;

/**
 * A connection that sends by itself, keeps its own time and lets its peer wait: what all adapters have in common, whatever
 * carries the bytes. Without a handler, a loop over it has its messages.
 */
export abstract class AdapterConnection extends Connection implements AsyncIterable<Message, undefined> {
  declare protected readonly settings: AdapterSettings;
  #paused = false;
  /** Whether the peer has read something since the last timeout. */
  #drained = false;
  /** Whether `flush` will be called in this turn. */
  #flushing = false;
  /** Where this stands among the deadlines of its settings. */
  #place = 0;
  /** By when all must be gone, once the connection is closed. */
  #goneBy: number | undefined = undefined;

  static {
    waiting = {
      placeOf: (connection) => connection.#place,
      move(connection, place) {
        connection.#place = place;
      },
      onTime: (connection) => connection.#onTime(),
    };
    abortFor = (connection, cause) => {
      connection.failFor(cause);
      connection.abort();
    };
  }

  /** `flush` is to be called once more when all that carries the bytes is there. */
  constructor(settings: AdapterSettings, handler: AnyConnectionHandler | undefined, start?: Opening | Agreed) {
    super(settings, handler ?? new MessageQueue(settings.readAhead), start);
    if (this.handler instanceof MessageQueue) this.handler.flow = this;
  }

  /** Reads no more of the peer until `resume`, for a consumer that is slower than the peer. */
  pause(): void {
    this.#paused = true;
    this.flow();
  }

  /** Reads the peer again, unless the connection is congested. */
  resume(): void {
    this.#paused = false;
    this.flow();
  }

  /**
   * The messages that wait and those that come, for one loop at a time. It ends with the connection, and throws
   * `ConnectionFailed` once when that was not closed cleanly.
   * @throws TypeError when the messages go to a handler.
   */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this.queue;
  }

  /** Sends one message of any size in fragments, as `source` yields them and the peer takes them: see `sendFrom`.
   *  @throws as that does. */
  sendStream(opcode: DataOpcode, source: FragmentSource, options?: SendFromOptions): Promise<boolean> {
    return sendFrom(this, opcode, source, options);
  }

  /** How many bytes have not left for the system yet: those that wait here, and those that wait in what carries them. */
  abstract get unsent(): number;

  protected override get holdsOutput(): boolean {
    return this.unsent > 0;
  }

  /** How it ended, once it has and nothing of it is open any more. Never rejects. */
  abstract get closed(): Promise<Closure>;

  /**
   * Closes the connection, and waits until it is. The peer is read to its end even if it was paused; a loop still gets the
   * messages that wait, and those that come after are dropped.
   * @throws TypeError, RangeError as `close` does, or naming the option that is wrong.
   */
  async end(options: EndOptions = {}): Promise<Closure> {
    checkObject("options", options);
    const { code, reason, signal } = options;
    checkSignal(signal);
    this.close(code, reason);
    if (this.handler instanceof MessageQueue) this.handler.stop();
    this.resume();
    if (signal !== undefined) abortOn(signal, this);
    return this.closed;
  }

  // ---- What an adapter says of its streams.

  /** Sends what waits, for as long as the peer takes it. */
  protected abstract write(): void;

  /** Ends the output. Called again and again. */
  protected abstract closeOutput(): void;

  /** Leaves nothing open. */
  protected abstract destroy(): void;

  /** Whether nothing is open any more. */
  protected abstract get gone(): boolean;

  /** Reads on or not, as `stopped` says. */
  protected abstract flow(): void;

  /** Calls `flush` soon, but not at once, so that what is sent in this turn goes along. */
  protected abstract flushSoon(): void;

  /** Where its deadline waits: with those of all connections with the same settings, so that one timer serves them. */
  protected get deadlines(): Deadlines<AdapterConnection> {
    this.settings.deadlines ??= this.newDeadlines();
    return this.settings.deadlines;
  }

  // ---- What it calls.

  protected newDeadlines(): Deadlines<AdapterConnection> {
    return new Deadlines(this.settings.clock, waiting);
  }

  /** The messages that wait for a loop. @throws TypeError when they go to a handler. */
  protected get queue(): MessageQueue {
    if (this.handler instanceof MessageQueue) return this.handler;
    throw new TypeError("the messages of this connection go to its handler");
  }

  /** Has a loop fail for `cause`, unless the connection is closed already. */
  protected failFor(cause: unknown): void {
    if (this.readyState !== ReadyState.Closed && this.handler instanceof MessageQueue) this.handler.cause = cause;
  }

  /** Whether the peer is to be read no more for now: the consumer is slower, or the peer does not read either. Of two ends that
   *  send each other much, both would wait then, so a client reads on. Once all is said, what still comes is read and dropped: a
   *  socket that is closed with bytes unread is reset, and the peer might lose our Close. */
  protected get stopped(): boolean {
    return (this.#paused || (this.congested && this.role === "server")) && !this.finished;
  }

  /** Takes a chunk, and sends what it causes in one go. */
  protected take(chunk: Uint8Array): void {
    this.#flushing = true;
    try {
      this.receive(chunk);
    } finally {
      this.flush();
    }
  }

  /** The peer has ended its stream. */
  protected takeEof(): void {
    try {
      this.receiveEof();
    } finally {
      this.flush();
    }
  }

  /** The peer has read of what was written: more can be. */
  protected drain(): void {
    this.#drained = true;
    this.flush();
  }

  /** Sends what waits, and does what else the connection's state asks for. */
  protected flush(): void {
    this.#flushing = true;
    try {
      this.write();
    } finally {
      // Also when the handler has thrown at `onDrain`.
      this.#flushing = false;
      this.#settle();
    }
  }

  /** Nothing is open any more. */
  protected wasClosed(): void {
    this.deadlines.clear(this);
    this.abort();
  }

  protected override outputWaits(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.flushSoon();
  }

  // ---- How it is done.

  #settle(): void {
    if (this.aborted) this.destroy();
    else if (this.finished && this.bufferedAmount === 0) this.closeOutput();
    this.flow();
    this.#setDeadline();
  }

  #setDeadline(): void {
    const { clock, closeTimeout } = this.settings;
    if (this.readyState === ReadyState.Closed) this.#goneBy ??= Math.ceil(clock() + closeTimeout);
    const deadline = this.#goneBy ?? this.nextDeadline();
    if (deadline === undefined || this.gone) this.deadlines.clear(this);
    else this.deadlines.set(this, deadline);
  }

  #onTime(): void {
    // Who is not read, or takes in what was sent before the Ping, cannot be heard and may be there all the same.
    const reading = !this.#paused && !this.#drained;
    this.#drained = false;
    try {
      if (this.readyState === ReadyState.Closed) this.destroy();
      else this.handleTimeout(this.settings.clock(), reading);
    } finally {
      this.flush();
    }
  }
}

/** Has `signal` abort `connection` for as long as anything of it is open; a loop fails for its reason. */
export function abortOn(signal: AbortSignal, connection: AdapterConnection): void {
  const abort = (): void => abortFor(connection, signal.reason);
  if (signal.aborted) {
    abort();
    return;
  }
  signal.addEventListener("abort", abort);
  connection.closed.then(() => signal.removeEventListener("abort", abort));
}
