import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { MessageQueue } from "../adapter/message-queue.ts";
import { type FragmentSource, type SendFromOptions, sendFrom } from "../adapter/send-from.ts";
import { Connection } from "../connection/connection.ts";
import type { AnyConnectionHandler, Closure } from "../connection/handler.ts";
import type { Agreed, Opening } from "../connection/opening.ts";
import { ReadyState } from "../connection/ready-state.ts";
import type { Message } from "../message/message.ts";
import type { DataOpcode } from "../protocol/opcode.ts";
import { freeChunk } from "./free-chunk.ts";
import type { SocketSettings } from "./settings.ts";

export interface EndOptions {
  /** Default: 1000. */
  readonly code?: number;
  /** Default: none. */
  readonly reason?: string;
  /** Gives the connection up when it is aborted, instead of waiting for the peer until `closeTimeout`. */
  readonly signal?: AbortSignal | undefined;
}

/** In milliseconds, some 24 days. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Which connection a socket carries. */
const CONNECTION = Symbol("wsimd.connection");

/** The listeners of every such socket, by event: none has functions of its own, since there may be very many. */
let listeners: Readonly<Record<string, Listener>>;

type Listener = (this: Duplex & { [CONNECTION]: SocketConnection }, chunk: Uint8Array) => void;

/**
 * A connection on a Node socket. What is sent in one turn leaves as one write. While the peer does not read, what is sent
 * waits here, and nothing more is read of the peer. Without a handler, `for await (const message of connection)` has its
 * messages; a loop that is left leaves the connection open, and another one goes on from there.
 */
export class SocketConnection extends Connection implements AsyncIterable<Message, undefined> {
  /** For its addresses and certificates. To read, write, pause or end it is this connection's business alone. */
  readonly socket: Duplex;
  readonly #settings: SocketSettings;
  #paused = false;
  /** Whether the peer has read something since the last timeout. */
  #drained = false;
  /** Whether `#flush` will be called in this turn. */
  #flushing = false;
  #timer: NodeJS.Timeout | undefined = undefined;
  /** What the timer was set for. */
  #timerDeadline: number | undefined = undefined;
  /** By when the socket must be gone, once the connection is closed. */
  #goneBy: number | undefined = undefined;
  #closed: Promise<Closure> | undefined = undefined;

  /** @throws TypeError when the handler takes neither messages nor fragments, or both. */
  constructor(
    settings: SocketSettings,
    handler: AnyConnectionHandler | undefined,
    socket: Duplex,
    start?: Opening | Agreed,
  ) {
    super(settings, handler ?? new MessageQueue(settings.readAhead), start);
    if (this.handler instanceof MessageQueue) this.handler.flow = this;
    this.#settings = settings;
    this.socket = socket;
    (socket as Duplex & { [CONNECTION]?: SocketConnection })[CONNECTION] = this;
    // Frames are gathered here: the system need not hold small writes back until the peer acknowledges the last one.
    (socket as Duplex & { setNoDelay?(): void }).setNoDelay?.();
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
    this.#flush();
  }

  /** Reads no more of the peer until `resume`, for a consumer that is slower than the peer. */
  pause(): void {
    this.#paused = true;
    this.#flow();
  }

  resume(): void {
    this.#paused = false;
    this.#flow();
  }

  /** @throws TypeError when the messages go to a handler. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    if (this.handler instanceof MessageQueue) return this.handler;
    throw new TypeError("the messages of this connection go to its handler");
  }

  /** Sends one message of any size in fragments, as `source` yields them and the peer takes them: see `sendFrom`. */
  sendStream(
    opcode: DataOpcode,
    source: FragmentSource,
    { signal }: Pick<SendFromOptions, "signal"> = {},
  ): Promise<boolean> {
    return sendFrom(this, opcode, source, { signal, turn: setImmediate });
  }

  /** How it ended, once it has and the socket is gone. Never rejects. */
  get closed(): Promise<Closure> {
    this.#closed ??= new Promise((resolve) => {
      if (this.socket.closed) resolve(this.closure!);
      else this.socket.once("close", () => resolve(this.closure!));
    });
    return this.#closed;
  }

  /**
   * Closes the connection, and waits until it is. The peer is read to its end even if it was paused; a loop still gets the
   * messages that wait, and those that come after are dropped.
   * @throws TypeError, RangeError as `close` does.
   */
  async end({ code, reason, signal }: EndOptions = {}): Promise<Closure> {
    this.close(code, reason);
    if (this.handler instanceof MessageQueue) this.handler.stop();
    this.resume();
    if (signal !== undefined) abortOn(signal, this);
    return this.closed;
  }

  static {
    listeners = {
      data(chunk: Uint8Array) {
        const connection = this[CONNECTION];
        connection.#flushing = true;
        try {
          connection.receive(chunk);
        } finally {
          connection.#flush();
        }
        // What waits to be sent, here or in the socket, may lie in the chunk.
        if (connection.#settings.freeChunks && connection.bufferedAmount === 0 && isDone(this)) freeChunk(chunk);
      },
      drain() {
        this[CONNECTION].#drained = true;
        this[CONNECTION].#flush();
      },
      end() {
        const connection = this[CONNECTION];
        try {
          connection.receiveEof();
        } finally {
          connection.#flush();
        }
      },
      // A reset or a broken pipe: "close" follows, and is all there is to do about it.
      error() {},
      close() {
        clearTimeout(this[CONNECTION].#timer);
        this[CONNECTION].abort();
      },
    };
  }

  protected override outputWaits(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(SocketConnection.#flushNow, this);
  }

  static #flushNow(connection: SocketConnection): void {
    connection.#flush();
  }

  static #handleTimeout(connection: SocketConnection): void {
    connection.#timerDeadline = undefined;
    // Who is not read, or takes in what was sent before the Ping, cannot be heard and may be there all the same.
    const reading = !connection.#paused && !connection.#drained;
    connection.#drained = false;
    try {
      if (connection.readyState === ReadyState.Closed) connection.socket.destroy();
      else connection.handleTimeout(connection.#settings.clock(), reading);
    } finally {
      connection.#flush();
    }
  }

  /** Sends what waits, and does what else the connection's state asks of the socket. */
  #flush(): void {
    this.#flushing = true;
    try {
      this.#write();
    } finally {
      // Also when the handler has thrown at `onDrain`.
      this.#flushing = false;
      this.#settle();
    }
  }

  #settle(): void {
    const { socket } = this;
    if (this.aborted) socket.destroy();
    else if (this.finished && this.bufferedAmount === 0 && !socket.writableEnded) socket.end();
    this.#flow();
    this.#setTimer();
  }

  #write(): void {
    const { socket } = this;
    let bytes = this.#blocked ? undefined : this.takeBytes();
    try {
      while (bytes !== undefined) {
        const piece = bytes;
        bytes = undefined;
        try {
          bytes = this.#blocked ? undefined : this.takeBytes();
        } finally {
          // Also when a handler has thrown at `onDrain`. What several buffers hold goes out in one gathering write.
          if (bytes !== undefined && socket.writableCorked === 0) socket.cork();
          socket.write(piece);
          if (isDone(socket)) this.reclaim(piece);
        }
      }
    } finally {
      if (socket.writableCorked > 0) socket.uncork();
    }
  }

  /** Whether the peer does not read what was written. That the socket wants a "drain" tells less: it does after each long
   *  write, even one that the system took at once. */
  get #blocked(): boolean {
    return this.socket.writableNeedDrain && this.socket.writableLength > 0;
  }

  /** Of a peer that does not read what it is sent, nothing more is read. Once all is said, what still comes is read and
   *  dropped: a socket that is closed with bytes unread is reset, and the peer might lose our Close. */
  #flow(): void {
    const { socket } = this;
    const stop = (this.#paused || this.congested) && !this.finished;
    if (stop !== socket.isPaused()) stop ? socket.pause() : socket.resume();
  }

  #setTimer(): void {
    const { clock, closeTimeout } = this.#settings;
    if (this.readyState === ReadyState.Closed) this.#goneBy ??= clock() + closeTimeout;
    const deadline = this.#goneBy ?? this.nextDeadline();
    if (deadline === this.#timerDeadline) return;
    clearTimeout(this.#timer);
    this.#timerDeadline = deadline;
    if (deadline === undefined || this.socket.destroyed) return;
    // A timer that is set for longer would go off at once; after this one, it is set again.
    const delay = Math.min(Math.max(1, Math.ceil(deadline - clock())), LONGEST_TIMER);
    this.#timer = setTimeout(SocketConnection.#handleTimeout, delay, this);
  }
}

/** Whether nobody will read again what was written: the system has it. Another stream than a socket may have passed the very
 *  bytes on, and only its reader knows when they are done with. */
function isDone(socket: Duplex): boolean {
  return socket.writableLength === 0 && socket instanceof Socket;
}

/** Has `signal` abort `connection` for as long as its socket is there. */
export function abortOn(signal: AbortSignal, connection: SocketConnection): void {
  const abort = (): void => connection.abort();
  if (signal.aborted) abort();
  else if (!connection.socket.closed) {
    signal.addEventListener("abort", abort);
    connection.socket.once("close", () => signal.removeEventListener("abort", abort));
  }
}
