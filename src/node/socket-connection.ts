import type { Duplex } from "node:stream";
import { Connection } from "../connection/connection.ts";
import type { ConnectionHandler } from "../connection/handler.ts";
import type { Agreed, Opening } from "../connection/opening.ts";
import { ReadyState } from "../connection/ready-state.ts";
import { type ConnectionOptions, ConnectionSettings } from "../connection/settings.ts";
import { freeChunk } from "./free-chunk.ts";

export interface SocketOptions extends ConnectionOptions {
  /**
   * Whether a chunk's memory is freed as soon as its messages were handled and what they caused is sent. The `data` of a
   * message is empty from then on: copy what is to be kept. Chunks lie outside of V8's heap, and left to the garbage collector
   * they have it go through the whole heap again and again. Node 20 cannot. Default: false.
   */
  readonly freeChunks?: boolean;
}

export class SocketSettings extends ConnectionSettings {
  readonly freeChunks: boolean;

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: SocketOptions) {
    super(options);
    const { freeChunks = false } = options;
    if (typeof freeChunks !== "boolean") throw new TypeError("freeChunks must be a boolean");
    this.freeChunks = freeChunks;
  }
}

/** Which connection a socket carries. */
const CONNECTION = Symbol("wsimd.connection");

/** The listeners of every such socket, by event: none has functions of its own, since there may be very many. */
let listeners: Readonly<Record<string, Listener>>;

type Listener = (this: Duplex & { [CONNECTION]: SocketConnection }, chunk: Uint8Array) => void;

/**
 * A connection on a Node socket. What is sent in one turn leaves as one write. While the peer does not read, what is sent
 * waits here, and nothing more is read of the peer.
 */
export class SocketConnection extends Connection {
  /** For its addresses and certificates. To read, write, pause or end it is this connection's business alone. */
  readonly socket: Duplex;
  readonly #settings: SocketSettings;
  #paused = false;
  /** Whether `#flush` will be called in this turn. */
  #flushing = false;
  #timer: NodeJS.Timeout | undefined = undefined;
  /** What the timer was set for. */
  #timerDeadline: number | undefined = undefined;
  /** By when the socket must be gone, once the connection is closed. */
  #goneBy: number | undefined = undefined;

  /** @throws TypeError when the handler lacks `onMessage`. */
  constructor(settings: SocketSettings, handler: ConnectionHandler, socket: Duplex, start?: Opening | Agreed) {
    super(settings, handler, start);
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
        if (connection.#settings.freeChunks && this.writableLength + connection.bufferedAmount === 0) freeChunk(chunk);
      },
      drain() {
        this[CONNECTION].#flush();
      },
      end() {
        this[CONNECTION].receiveEof();
        this[CONNECTION].#flush();
      },
      // A reset or a broken pipe: "close" follows, and is all there is to do about it.
      error() {},
      close() {
        this[CONNECTION].abort();
        clearTimeout(this[CONNECTION].#timer);
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
    if (connection.readyState === ReadyState.Closed) connection.socket.destroy();
    else connection.handleTimeout(connection.#settings.clock());
    connection.#flush();
  }

  /** Sends what waits, and does what else the connection's state asks of the socket. */
  #flush(): void {
    this.#flushing = true;
    this.#write();
    this.#flushing = false;
    const { socket } = this;
    if (this.aborted) socket.destroy();
    else if (this.finished && this.bufferedAmount === 0 && !socket.writableEnded) socket.end();
    this.#flow();
    this.#setTimer();
  }

  #write(): void {
    const { socket } = this;
    let corked = false;
    let bytes = this.#blocked ? undefined : this.takeBytes();
    while (bytes !== undefined) {
      // What several buffers hold goes out in one gathering write.
      const next = this.#blocked ? undefined : this.takeBytes();
      if (next !== undefined && !corked) {
        socket.cork();
        corked = true;
      }
      socket.write(bytes);
      // Where nothing is left to write, the system has the bytes already.
      if (socket.writableLength === 0) this.reclaim(bytes);
      bytes = next;
    }
    if (corked) socket.uncork();
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
    const delay = Math.max(1, Math.ceil(deadline - clock()));
    this.#timer = setTimeout(SocketConnection.#handleTimeout, delay, this);
  }
}
