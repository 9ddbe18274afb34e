import type { Connection } from "../connection/connection.ts";
import { ReadyState } from "../connection/ready-state.ts";
import { CloseCode } from "../protocol/close-code.ts";
import { type DataOpcode, Opcode } from "../protocol/opcode.ts";
import { queueTask } from "./queue-task.ts";
import { checkSignal } from "./signal.ts";

/** What a message is made of as it is sent: bytes, or strings, of which each becomes a fragment. */
export type FragmentSource = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

export interface SendFromOptions {
  /** Gives the message up when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

type Pieces = AsyncIterator<string | Uint8Array, unknown> | Iterator<string | Uint8Array, unknown>;

/**
 * Sends one message of any size, in fragments as `source` yields them (§5.4), and waits for the connection to drain whenever it is
 * congested, so that no more than one fragment waits beyond `highWaterMark`. An empty fragment ends the message; what is
 * empty before is passed over. Bytes that were yielded are not to be changed after. Pings, Pongs and a Close go between; another
 * message is a `TypeError` until this one has ended. A string may end inside a surrogate pair, and bytes inside a character.
 *
 * Gives true once all of it was handed to the connection, and false when that could not or can no longer send: it is closing.
 * What was begun cannot be taken back, and to end it early would pass a part off as the whole: when the source throws, or
 * yields what cannot be sent, or `signal` is aborted after the first fragment, the connection is closed with 1011. A source that
 * has not come to its end is told to `return`, without waiting for that.
 * @throws TypeError naming the argument that is wrong, or when another message is being sent; what the source threw; the
 * signal's reason.
 */
export async function sendFrom(
  connection: Connection,
  opcode: DataOpcode,
  source: FragmentSource,
  options: SendFromOptions = {},
): Promise<boolean> {
  const { signal } = options;
  if (opcode !== Opcode.Text && opcode !== Opcode.Binary) throw new TypeError("opcode must be Text or Binary");
  checkSignal(signal);
  const message = new MessageInProgress(connection, opcode, piecesOf(source), signal);
  const stopWatching = connection.watch(message.wake);
  signal?.addEventListener("abort", message.wake);
  try {
    return await message.send();
  } catch (error) {
    if (message.begun) connection.close(CloseCode.InternalError);
    throw error;
  } finally {
    stopWatching();
    signal?.removeEventListener("abort", message.wake);
    message.leave();
  }
}

class MessageInProgress {
  /** Whether a fragment of it was sent, and so the message has to be ended or the connection. */
  begun = false;
  readonly #connection: Connection;
  readonly #opcode: DataOpcode;
  readonly #signal: AbortSignal | undefined;
  /** None once they have come to their end. */
  #pieces: Pieces | undefined;
  /** A surrogate that the last string ended with, until the other one comes. */
  #surrogate = "";
  #woken: () => void = () => {};

  constructor(connection: Connection, opcode: DataOpcode, pieces: Pieces, signal: AbortSignal | undefined) {
    this.#connection = connection;
    this.#opcode = opcode;
    this.#pieces = pieces;
    this.#signal = signal;
  }

  /** Has whoever waits look again at the connection and the signal. */
  readonly wake = (): void => this.#woken();

  async send(): Promise<boolean> {
    while (await this.#mayGoOn()) {
      const next = await this.#next();
      if (next === undefined) continue;
      if (next.done) {
        this.#pieces = undefined;
        return this.#sendFragment(this.#surrogate, true);
      }
      for (const fragment of this.#fragmentsOf(next.value)) {
        if (fragment.length > 0 && !this.#sendFragment(fragment, false)) return false;
      }
    }
    return false;
  }

  /** Tells the source that no more is wanted of it. What it does then is its own affair. */
  leave(): void {
    const pieces = this.#pieces;
    this.#pieces = undefined;
    if (pieces !== undefined) (async () => pieces.return?.())().catch(() => {});
  }

  get #over(): boolean {
    return this.#signal?.aborted || this.#connection.readyState !== ReadyState.Open;
  }

  /** Waits while the connection is congested. @throws the signal's reason. */
  async #mayGoOn(): Promise<boolean> {
    while (!this.#over && this.#connection.congested) {
      await new Promise<void>((resolve) => {
        this.#woken = resolve;
      });
      // Where the system takes all at once, a source that always has more would let nothing else happen.
      await new Promise<void>((resolve) => void queueTask(resolve));
    }
    this.#signal?.throwIfAborted();
    return !this.#over;
  }

  /** What the source yields next; `undefined` when it is over before that. */
  #next(): Promise<IteratorResult<string | Uint8Array, unknown> | undefined> {
    const pieces = this.#pieces!;
    const next = (async () => pieces.next())();
    return new Promise((resolve, reject) => {
      this.#woken = () => {
        if (this.#over) resolve(undefined);
      };
      next.then(resolve, (error) => {
        // It has ended itself.
        this.#pieces = undefined;
        reject(error);
      });
    });
  }

  #fragmentsOf(piece: string | Uint8Array): (string | Uint8Array)[] {
    const before = this.#surrogate;
    this.#surrogate = "";
    if (piece instanceof Uint8Array) return [before, piece];
    if (typeof piece !== "string") throw new TypeError("source must yield strings or Uint8Arrays");
    const text = before + piece;
    const end = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length;
    this.#surrogate = text.slice(end);
    return [text.slice(0, end)];
  }

  #sendFragment(piece: string | Uint8Array, fin: boolean): boolean {
    const sent = this.#connection.send(this.begun ? Opcode.Continuation : this.#opcode, piece, { fin });
    this.begun ||= sent;
    return sent;
  }
}

function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

/** @throws TypeError when the source is none: a string is iterable, too. */
function piecesOf(source: FragmentSource): Pieces {
  if (typeof source === "object" && source !== null && !(source instanceof Uint8Array)) {
    if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
    if (Symbol.iterator in source) return source[Symbol.iterator]();
  }
  throw new TypeError("source must be an iterable of strings and Uint8Arrays, and not one of these");
}
