import type { Connection } from "../connection/connection.ts";
import { ReadyState } from "../connection/ready-state.ts";
import { join } from "../message/join.ts";
import { checkBytes, isBytes, wrongType } from "../protocol/argument.ts";
import { CloseCode } from "../protocol/close-code.ts";
import { checkDataOpcode, type DataOpcode, Opcode } from "../protocol/opcode.ts";
import { Turns } from "./next-turn.ts";
import { checkSignal } from "./signal.ts";

/** What a message is made of as it is sent, piece by piece: bytes, or strings. */
export type FragmentSource =
  | AsyncIterable<string | Uint8Array>
  | Iterable<string | Uint8Array>
  | ReadableStream<string | Uint8Array>;

/** How to send a message in fragments. */
export interface SendFromOptions {
  /** Gives the message up when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** From here on, a piece is sent by itself, and shorter ones together: peers bound how many fragments a message may have. In bytes,
 *  or in the units of a string. */
const LONG = 16_384;

type Pieces = AsyncIterator<string | Uint8Array, unknown> | Iterator<string | Uint8Array, unknown>;

/**
 * Sends one message of any size, in fragments (§5.4) as `source` yields it, and waits for the connection to drain whenever it is
 * congested, so that no more than one piece, or 16 KiB of shorter ones, waits beyond `highWaterMark`. Short pieces are joined for
 * as long as the source does not make us wait: what it has yielded before it does is sent. Others have their turn every few
 * milliseconds, also where the source always has more. Bytes that were yielded are not to be changed after. Pings, Pongs and a
 * Close go between; another message is a `TypeError` until this one has ended. A string may end inside a surrogate pair, and
 * bytes inside a character.
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
  checkDataOpcode(opcode);
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
  /** The piece that was asked for, until it is taken. */
  #asked: Promise<IteratorResult<string | Uint8Array, unknown>> | undefined;
  /** Pieces that wait for more to join them. */
  #held: (string | Uint8Array)[] = [];
  #heldLength = 0;
  /** A surrogate that the last string ended with, until the other one comes. */
  #surrogate = "";
  #woken: () => void = () => {};
  readonly #turns = new Turns();

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
      if (next === undefined) {
        if (!this.#over) this.#sendHeld(false);
        continue;
      }
      this.#asked = undefined;
      if (next.done) {
        this.#pieces = undefined;
        this.#hold(this.#surrogate);
        return this.#sendHeld(true);
      }
      this.#take(next.value);
      const turn = this.#turns.next();
      if (this.#turns.overdue) {
        this.#sendHeld(false);
        await turn;
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
      await this.#turns.next();
    }
    this.#signal?.throwIfAborted();
    return !this.#over;
  }

  /** What the source yields next; `undefined` when it is over before that, or when pieces are held and the source makes us wait. */
  #next(): Promise<IteratorResult<string | Uint8Array, unknown> | undefined> {
    const pieces = this.#pieces!;
    this.#asked ??= (async () => pieces.next())();
    const asked = this.#asked;
    return new Promise((resolve, reject) => {
      this.#woken = () => {
        if (this.#over) resolve(undefined);
      };
      asked.then(resolve, (error) => {
        // It has ended itself.
        this.#pieces = undefined;
        reject(error);
      });
      if (this.#held.length > 0) this.#turns.next().then(() => resolve(undefined));
    });
  }

  #take(piece: string | Uint8Array): void {
    const before = this.#surrogate;
    this.#surrogate = "";
    if (typeof piece !== "string") {
      checkBytes("what source yields", piece, "a string or a Uint8Array");
      this.#hold(before);
      this.#hold(piece);
      return;
    }
    const text = before + piece;
    const end = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length;
    this.#surrogate = text.slice(end);
    this.#hold(text.slice(0, end));
  }

  /** Sends it once there is enough. */
  #hold(piece: string | Uint8Array): void {
    if (piece.length === 0) return;
    if (piece.length >= LONG) this.#sendHeld(false);
    this.#held.push(piece);
    this.#heldLength += piece.length;
    if (this.#heldLength >= LONG) this.#sendHeld(false);
  }

  /** What is held as a fragment, if anything is: only the last one may be empty. */
  #sendHeld(fin: boolean): boolean {
    if (this.#held.length === 0 && !fin) return true;
    const payload = joined(this.#held);
    this.#held = [];
    this.#heldLength = 0;
    const sent = this.#connection.send(this.begun ? Opcode.Continuation : this.#opcode, payload, { fin });
    this.begun ||= sent;
    return sent;
  }
}

function joined(pieces: readonly (string | Uint8Array)[]): string | Uint8Array {
  if (pieces.length === 1) return pieces[0];
  if (pieces.every((piece) => typeof piece === "string")) return pieces.join("");
  const encoder = new TextEncoder();
  const bytes = pieces.map((piece) => (typeof piece === "string" ? encoder.encode(piece) : piece));
  return join(bytes);
}

function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

/** @throws TypeError when the source is none: a string is iterable, too. */
function piecesOf(source: FragmentSource): Pieces {
  if (typeof source === "object" && source !== null && !isBytes(source)) {
    if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
    if (Symbol.iterator in source) return source[Symbol.iterator]();
    const stream: object = source;
    if ("getReader" in stream) return chunksOf((stream as ReadableStream).getReader());
  }
  throw wrongType("source", "an iterable of strings and Uint8Arrays", source);
}

/** As a stream's own iterator gives them: WebKit's streams have none. */
async function* chunksOf(
  reader: ReadableStreamDefaultReader<string | Uint8Array>,
): AsyncGenerator<string | Uint8Array, undefined> {
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}
