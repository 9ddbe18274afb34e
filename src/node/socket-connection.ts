import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { AdapterConnection } from "../adapter/adapter-connection.ts";
import type { AnyConnectionHandler, Closure } from "../connection/handler.ts";
import type { Agreed, Opening } from "../connection/opening.ts";
import { whileLent } from "../connection/outgoing.ts";
import { freeChunk } from "./free-chunk.ts";
import type { SocketSettings } from "./settings.ts";

/** Which connection a socket carries. */
const CONNECTION = Symbol("wsimd.connection");

/** The listeners of every such socket, by event: none has functions of its own, since there may be very many. */
let listeners: Readonly<Record<string, Listener>>;

type Listener = (this: Duplex & { [CONNECTION]: SocketConnection }, chunk: Uint8Array) => void;

/**
 * A connection on a Node socket. What is sent in one turn leaves as one write. While the peer does not read, what is sent waits
 * here, and of a client nothing more is read. Without a handler, `for await (const message of connection)` has its messages; a
 * loop that is left leaves the connection open, and another one goes on from there. It throws `ConnectionFailed` when the connection
 * was not closed cleanly. `upgrade`, `accept` and `connect` make it.
 */
export class SocketConnection extends AdapterConnection {
  /** For its addresses and certificates. To read, write, pause or end it is this connection's business alone. */
  readonly socket: Duplex;
  declare protected readonly settings: SocketSettings;
  #closed: Promise<Closure> | undefined = undefined;
  #resolveClosed: ((closure: Closure) => void) | undefined = undefined;
  /** Whether the socket is gone. A stream of HTTP/2 calls itself closed before. */
  #over = false;

  /** @throws TypeError when the handler takes neither messages nor fragments, or both. @internal */
  constructor(
    settings: SocketSettings,
    handler: AnyConnectionHandler<SocketConnection> | undefined,
    socket: Duplex,
    start?: Opening | Agreed,
  ) {
    super(settings, handler, start);
    this.socket = socket;
    (socket as Duplex & { [CONNECTION]?: SocketConnection })[CONNECTION] = this;
    // Frames are gathered here: the system need not hold small writes back until the peer acknowledges the last one.
    (socket as Duplex & { setNoDelay?(): void }).setNoDelay?.();
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
    this.flush();
    // Of a socket that is gone already, nothing more is told.
    if (socket.closed) process.nextTick(SocketConnection.#endNow, this);
  }

  override get unsent(): number {
    return this.bufferedAmount + this.socket.writableLength;
  }

  override get closed(): Promise<Closure> {
    this.#closed ??= new Promise((resolve) => {
      if (this.#over) resolve(this.closure!);
      else this.#resolveClosed = resolve;
    });
    return this.#closed;
  }

  static {
    listeners = {
      data(chunk: Uint8Array) {
        const connection = this[CONNECTION];
        // What another stream than a socket hands out may be somebody's still.
        if (!connection.settings.freeChunks || !(this instanceof Socket)) {
          connection.take(chunk);
          return;
        }
        // To other connections, copies go; what waits to be sent on this one, here or in the socket, may lie in the chunk.
        whileLent(chunk, () => connection.take(chunk), connection);
        if (connection.bufferedAmount === 0 && isDone(this)) freeChunk(chunk);
      },
      drain() {
        this[CONNECTION].drain();
      },
      end() {
        this[CONNECTION].takeEof();
      },
      // A reset or a broken pipe: "close" follows, and is all there is to do about it.
      error() {},
      close() {
        this[CONNECTION].#end();
      },
    };
  }

  #end(): void {
    this.#over = true;
    try {
      this.wasClosed();
    } finally {
      this.#resolveClosed?.(this.closure!);
    }
  }

  protected override flushSoon(): void {
    process.nextTick(SocketConnection.#flushNow, this);
  }

  static #endNow(connection: SocketConnection): void {
    connection.#end();
  }

  static #flushNow(connection: SocketConnection): void {
    connection.flush();
  }

  protected override write(): void {
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

  protected override closeOutput(): void {
    if (!this.socket.writableEnded) this.socket.end();
  }

  protected override destroy(): void {
    this.socket.destroy();
  }

  protected override get gone(): boolean {
    return this.socket.destroyed;
  }

  protected override flow(): void {
    const { socket, stopped } = this;
    if (stopped !== socket.isPaused()) stopped ? socket.pause() : socket.resume();
  }
}

/** Whether nobody will read again what was written: the system has it. Another stream than a socket may have passed the very
 *  bytes on, and only its reader knows when they are done with. */
function isDone(socket: Duplex): boolean {
  return socket.writableLength === 0 && socket instanceof Socket;
}
