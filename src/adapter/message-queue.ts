import type { Closure, ConnectionHandler } from "../connection/handler.ts";
import type { Message } from "../message/message.ts";
import { Fifo } from "./fifo.ts";

/** What reads the peer, and can let it wait. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** Ends a loop over the messages of a connection that was not closed cleanly (§7.1.4). `cause` is the peer's violation, what the
 *  connection's streams failed with, or the reason of the signal that aborted it, if any. */
export class ConnectionFailed extends Error {
  /** Always "ConnectionFailed". */
  override readonly name: string = "ConnectionFailed";
  /** How the connection ended. */
  readonly closure: Closure;

  /** @internal */
  constructor(closure: Closure, cause?: unknown) {
    const { error } = closure;
    super(error?.message ?? "the connection ended without its closing handshake", { cause: error ?? cause });
    this.closure = closure;
  }
}

interface Asked {
  resolve(result: IteratorResult<Message, undefined>): void;
  reject(error: ConnectionFailed): void;
}

/** What a message costs besides its bytes, so that empty ones are not waited for without end. */
const OVERHEAD = 64;

/**
 * The handler of a connection whose messages are asked for, in a loop, instead of being pushed. The peer is not read while
 * more than `readAhead` bytes of messages wait; what one chunk holds may come on top. The chunks must be left as they are.
 */
export class MessageQueue implements ConnectionHandler, AsyncIterableIterator<Message, undefined> {
  /** To be set before the first message comes. */
  flow: Flow | undefined;
  /** What the connection is given up for, to be set before: a closure tells only of what the peer did wrong. */
  cause: unknown;
  readonly #readAhead: number;
  readonly #messages = new Fifo<Message>();
  readonly #asked = new Fifo<Asked>();
  #cost = 0;
  #paused = false;
  #stopped = false;
  #closure: Closure | undefined;
  #told = false;

  constructor(readAhead: number) {
    this.#readAhead = readAhead;
  }

  onMessage(message: Message): void {
    if (this.#stopped) return;
    const asked = this.#asked.shift();
    if (asked !== undefined) {
      asked.resolve({ done: false, value: message });
      return;
    }
    this.#messages.push(message);
    this.#cost += message.length + OVERHEAD;
    if (this.#cost > this.#readAhead && !this.#paused) {
      this.#paused = true;
      this.flow?.pause();
    }
  }

  onClose(closure: Closure): void {
    this.#closure = closure;
    for (let asked = this.#asked.shift(); asked !== undefined; asked = this.#asked.shift()) {
      this.#end(closure).then(asked.resolve, asked.reject);
    }
  }

  /** What comes from now on is dropped, and the peer is read to its end. */
  stop(): void {
    this.#stopped = true;
    this.#resume();
  }

  /** The next message, when there is one. Ends with the connection, and rejects once when that was not closed cleanly. */
  next(): Promise<IteratorResult<Message, undefined>> {
    const message = this.#messages.shift();
    if (message !== undefined) {
      this.#cost -= message.length + OVERHEAD;
      // Not at once, so that the peer is not stopped for each message.
      if (this.#cost <= this.#readAhead / 2) this.#resume();
      return Promise.resolve({ done: false, value: message });
    }
    if (this.#closure !== undefined) return this.#end(this.#closure);
    return new Promise((resolve, reject) => this.#asked.push({ resolve, reject }));
  }

  /** It has no `return`: a loop that is left leaves the connection open, and another one goes on from there. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #end(closure: Closure): Promise<IteratorResult<Message, undefined>> {
    if (closure.clean || this.#told) return Promise.resolve({ done: true, value: undefined });
    this.#told = true;
    return Promise.reject(new ConnectionFailed(closure, this.cause));
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.flow?.resume();
  }
}
