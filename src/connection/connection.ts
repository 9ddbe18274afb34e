import { encodeClosePayload } from "../frame/close-payload.ts";
import { MessageDecoder, type MessageHandler } from "../message/decoder.ts";
import type { Extension } from "../message/extension.ts";
import { FragmentDecoder, type FragmentHandler } from "../message/fragment-decoder.ts";
import { checkBytes, checkObject, wrongType } from "../protocol/argument.ts";
import { CloseCode } from "../protocol/close-code.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { Opcode } from "../protocol/opcode.ts";
import type { Role } from "../protocol/role.ts";
import { Closing } from "./closing.ts";
import {
  type AnyConnectionHandler,
  type Closure,
  type ConnectionEvent,
  type ConnectionHandler,
  checkHandler,
  EventQueue,
  type FragmentConnectionHandler,
  takesFragments,
} from "./handler.ts";
import { type Agreed, checkAgreed, type Opening, type Outcome } from "./opening.ts";
import { whileLent } from "./outgoing.ts";
import { nextState, ReadyState, type Step } from "./ready-state.ts";
import { Sender } from "./sender.ts";
import { type ConnectionOptions, ConnectionSettings } from "./settings.ts";

const NOTHING_AGREED: Agreed = {};

/** The deadline of what waits for nothing. */
const NEVER = -1;

/** Takes what a decoder finds, for the connection that is receiving: one for all of them, since there may be very many. */
let receiver: MessageHandler & FragmentHandler & { connection: Connection | undefined };

/**
 * One endpoint of a WebSocket, without I/O: `receive` takes the peer's bytes, `takeBytes` gives those to send, and what
 * happens goes to the handler, or without one to `takeEvents`. After each call, send all that there is to take, and end the
 * output once it is `finished`.
 */
export class Connection extends Sender {
  readonly #handler: AnyConnectionHandler;
  #state: ReadyState = ReadyState.Connecting;
  #opening: Opening | undefined = undefined;
  #agreed: Agreed = NOTHING_AGREED;
  /** None before the connection is open. */
  #decoder: MessageDecoder | FragmentDecoder | undefined = undefined;
  #closing: Closing | undefined = undefined;
  /** Whole milliseconds: an engine makes an object of any other number. */
  #deadline = NEVER;
  /** Whether anything of the peer has come since the deadline was set, and whether a Ping was sent to find out. */
  #heard = false;
  #probing = false;

  /**
   * Begins with the opening handshake, or, where that is done, with what was agreed on in it, which is nothing unless said.
   * Without a handler, `takeEvents` has what happens.
   * @throws TypeError or RangeError naming the option that is wrong.
   */
  constructor(
    options: ConnectionOptions | ConnectionSettings,
    handler: AnyConnectionHandler = new EventQueue(),
    start: Opening | Agreed = NOTHING_AGREED,
  ) {
    checkHandler(handler);
    checkObject("start", start);
    super(options instanceof ConnectionSettings ? options : new ConnectionSettings(options));
    this.#handler = handler;
    if ("receive" in start) {
      if ((start.request === undefined) !== (this.role === "server")) {
        throw new TypeError(`start must be the opening of a ${this.role}`);
      }
      this.#opening = start;
      this.#wait(this.settings.openingTimeout);
      if (start.request !== undefined) this.queueBytes(start.request);
    } else {
      checkAgreed(start);
      this.#open(start);
    }
  }

  /** Where it stands. */
  get readyState(): ReadyState {
    return this.#state;
  }

  /** Which end this is. */
  get role(): Role {
    return this.settings.role;
  }

  /** The subprotocol that was agreed on (§1.9). */
  get protocol(): string | undefined {
    return this.#agreed.protocol;
  }

  /** The extension that was agreed on (§9): to `release` what it holds while the connection is idle. */
  get extension(): Extension | undefined {
    return this.#agreed.extension;
  }

  /** How many bytes of memory are held for a message that is not complete. */
  get retained(): number {
    return this.#decoder?.retained ?? 0;
  }

  /**
   * Whether the output ends with the bytes that can be taken now. §7.1.1: the server closes the TCP connection first; a client
   * waits for that, and gives up after `closeTimeout`.
   */
  get finished(): boolean {
    if (this.#state === ReadyState.Closed) return true;
    return this.#deaf && (this.#closing!.refused || (this.role === "server" && this.#closing!.sent));
  }

  /** Whether it was given up, by `abort` or a timeout: destroy the socket instead of ending it. */
  get aborted(): boolean {
    return this.#closing?.aborted ?? false;
  }

  /** How it came to its end, once it is closed: what `onClose` is told. */
  get closure(): Closure | undefined {
    const closing = this.#closing;
    if (this.#state !== ReadyState.Closed || closing === undefined) return undefined;
    closing.final ??= closing.closure;
    return closing.final;
  }

  /** For what extends this class. */
  protected get handler(): AnyConnectionHandler {
    return this.#handler;
  }

  /** Whether the peer's Close has come, after which it sends nothing (§5.5.1). */
  protected get peerHasClosed(): boolean {
    return this.#closing?.received !== undefined;
  }

  /** Whether something has not left yet. What carries the bytes may hold some of them, too. */
  protected get holdsOutput(): boolean {
    return this.bufferedAmount > 0;
  }

  protected override drainedOutput(): void {
    this.#handler.onDrain?.(this);
  }

  // ---- Bytes in.

  /**
   * Takes a chunk of the peer's bytes, which is unmasked in place, and calls the handler for what it holds. A violation fails
   * the connection, with the Close that says so waiting to be taken (§7.1.7); so does a handler that throws, with 1011. A message
   * may be a view of the chunk, and so may what it was sent on as: the chunk must not be changed or reused while a message of it is
   * kept, or bytes wait here or in a socket.
   * @throws TypeError when the chunk is no `Uint8Array`, or as `MessageDecoder.decode` refuses it; what the handler threw.
   */
  receive(chunk: Uint8Array): void {
    checkBytes("chunk", chunk);
    // §7.1.7: "MUST NOT continue to attempt to process data ... from the remote endpoint after being instructed to _Fail_".
    if (this.#deaf) return;
    if (this.#decoder === undefined) this.#receiveOpening(chunk);
    else this.#decode(this.#decoder, chunk);
  }

  /** The peer has ended its stream (§7.1.4): the connection is closed, and what still waits is the last to be sent.
   *  @throws what the handler throws at `onClose`. */
  receiveEof(): void {
    if (this.#state !== ReadyState.Closed) this.#end();
  }

  // ---- The end. What is sent before it, and the bytes to send, are `Sender`'s.

  /**
   * Starts the closing handshake (§7.1.2). What the peer has sent before it sees the Close is still delivered. A connection
   * that is not open yet is aborted. Does nothing once the connection is closing. `code` is 1000 and `reason` empty unless they are
   * said; 1005 sends a Close without a code.
   * @throws RangeError when the code must not be sent (§7.4), or the reason is longer than 123 bytes in UTF-8; TypeError when the
   * reason is no string, or comes with 1005: also when it would do nothing.
   */
  close(code: number = CloseCode.Normal, reason = ""): void {
    const payload = encodeClosePayload(code, reason);
    if (this.#state === ReadyState.Connecting) this.abort();
    if (this.#state === ReadyState.Open) this.#sendClose(payload);
  }

  /**
   * Gives the connection up: nothing more is sent or delivered but its `onClose`, with 1006 unless the peer's Close has come
   * (§7.1.5).
   * @throws what the handler throws at `onClose`.
   */
  abort(): void {
    if (this.#state === ReadyState.Closed) {
      this.dropOutput();
      return;
    }
    const closing = this.#startClosing();
    closing.aborted = true;
    if (this.holdsOutput) closing.sent = false;
    this.dropOutput();
    try {
      this.#end();
    } finally {
      // Also when the handler has thrown at `onClose`.
      this.outputWaits();
    }
  }

  // ---- Events out, and time.

  /** What has happened since the last call. @throws TypeError when the connection was given a handler. */
  takeEvents(): ConnectionEvent[] {
    if (!(this.#handler instanceof EventQueue)) throw new TypeError("events go to the handler of this connection");
    return this.#handler.take();
  }

  /**
   * When `handleTimeout` is to be called, in milliseconds of the clock of the options; `undefined` while there is nothing to
   * wait for. It may be another after each call.
   */
  nextDeadline(): number | undefined {
    return this.#deadline === NEVER ? undefined : this.#deadline;
  }

  /**
   * Sends a Ping to a peer that was silent, and gives up one that does not answer or does not end the connection. Of a peer
   * that was not read (`reading` is false) it is not known whether it was silent: that counts as having heard of it. `now` is in
   * milliseconds of the clock of the options; before the deadline it does nothing.
   * @throws TypeError when `now` is no finite number; what the handler throws at `onClose`.
   */
  handleTimeout(now: number, reading = true): void {
    if (!Number.isFinite(now)) throw wrongType("now", "a number of milliseconds", now);
    if (this.#deadline === NEVER || now < this.#deadline) return;
    this.#heard ||= !reading;
    if (this.#state !== ReadyState.Open || (this.#probing && !this.#heard)) {
      this.abort();
      return;
    }
    const { keepAliveInterval, keepAliveTimeout } = this.settings;
    this.#probing = !this.#heard;
    if (this.#probing) this.ping();
    this.#heard = false;
    this.#wait(this.#probing ? keepAliveTimeout : keepAliveInterval, now);
  }

  // ---- What the decoder found.

  static {
    receiver = {
      connection: undefined,
      onMessage(message) {
        const connection = this.connection!;
        (connection.#handler as ConnectionHandler).onMessage(message, connection);
      },
      onFragment(fragment) {
        const connection = this.connection!;
        const handler = connection.#handler as FragmentConnectionHandler;
        // What an extension has decoded lies in memory of its own, which it uses again.
        if (connection.extension === undefined) handler.onFragment(fragment, connection);
        else whileLent(fragment.data, () => handler.onFragment(fragment, connection));
      },
      onPing(payload) {
        const connection = this.connection!;
        if (connection.#state === ReadyState.Open) connection.answerPing(payload);
        connection.#handler.onPing?.(payload, connection);
      },
      onPong(payload) {
        const connection = this.connection!;
        const roundTrip = connection.roundTripOf(payload);
        connection.#handler.onPong?.(payload, roundTrip, connection);
      },
      onClose(status) {
        const connection = this.connection!;
        connection.#startClosing().received = status;
        // §5.5.1: "When sending a Close frame in response, the endpoint typically echos the status code it received."
        if (connection.#state === ReadyState.Open) connection.#sendClose(encodeClosePayload(status.code));
      },
    };
  }

  // ---- The rest is how it is done.

  /** Whether what comes is not looked at any more: the peer has said its last, or the connection has failed. */
  get #deaf(): boolean {
    if (this.#state === ReadyState.Closed) return true;
    return this.#closing?.deaf ?? false;
  }

  #receiveOpening(chunk: Uint8Array): void {
    const outcome = this.#judge(this.#opening!, chunk);
    // The caller's `check` may have given the connection up: nothing is answered then.
    if (outcome === undefined || this.#state === ReadyState.Closed) return;
    this.#opening = undefined;
    if (outcome.answer !== undefined) this.queueBytes(outcome.answer);
    if ("refused" in outcome) {
      this.#startClosing().refuse(outcome.refused);
      this.#step("closing");
      this.#wait(this.settings.closeTimeout);
      return;
    }
    this.#open(outcome.agreed);
    try {
      this.#handler.onOpen?.(this);
    } catch (error) {
      this.#fail(undefined);
      throw error;
    }
    if (outcome.rest.length > 0) this.receive(outcome.rest);
  }

  /** What the caller has a say in, such as `check`, may throw. */
  #judge(opening: Opening, chunk: Uint8Array): Outcome | undefined {
    try {
      return opening.receive(chunk);
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  #open(agreed: Agreed): void {
    const { decoding, keepAliveInterval } = this.settings;
    const { protocol, extension } = agreed;
    // Most agree on nothing, and there may be very many.
    this.#agreed = protocol === undefined && extension === undefined ? NOTHING_AGREED : agreed;
    const Decoder = takesFragments(this.#handler) ? FragmentDecoder : MessageDecoder;
    this.#decoder = new Decoder(extension === undefined ? decoding : { ...decoding, extension });
    this.#step("opened");
    if (keepAliveInterval === 0) this.#deadline = NEVER;
    else this.#wait(keepAliveInterval);
  }

  #decode(decoder: MessageDecoder | FragmentDecoder, chunk: Uint8Array): void {
    this.#heard = true;
    const outer = receiver.connection;
    receiver.connection = this;
    try {
      decoder.decode(chunk, receiver);
    } catch (error) {
      const violation = error instanceof ProtocolError ? error : undefined;
      if (decoder.stopped) this.#fail(violation);
      if (violation === undefined) throw error;
    } finally {
      receiver.connection = outer;
    }
  }

  /** Sets the deadline, `timeout` from now. */
  #wait(timeout: number, now: number = this.settings.clock()): void {
    this.#deadline = Math.ceil(now + timeout);
  }

  #startClosing(): Closing {
    this.#closing ??= new Closing();
    return this.#closing;
  }

  #sendClose(payload: Uint8Array): void {
    this.queueControl(Opcode.Close, payload);
    this.#startClosing().sent = true;
    this.#step("closing");
    this.#wait(this.settings.closeTimeout);
    this.outputWaits();
  }

  /** §7.1.7, for a violation of the peer's, or for a handler that threw. */
  #fail(violation: ProtocolError | undefined): void {
    this.#startClosing().fail(violation);
    // §7.1.7: it "SHOULD send a Close frame with an appropriate status code", unless one was sent before.
    if (this.#state !== ReadyState.Open) return;
    this.#sendClose(encodeClosePayload(violation?.closeCode ?? CloseCode.InternalError, violation?.reason));
  }

  #end(): void {
    this.#startClosing();
    this.endOutput();
    this.#step("ended");
    this.#deadline = NEVER;
    this.#opening = undefined;
    this.#decoder?.discard();
    this.#agreed.extension?.release();
    this.#handler.onClose?.(this.closure!, this);
  }

  #step(step: Step): void {
    this.#state = nextState(this.#state, step);
    this.wakeWatchers();
  }
}
