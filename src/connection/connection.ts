import { encodeClosePayload } from "../frame/close-payload.ts";
import type { CloseStatus } from "../message/close.ts";
import { MessageDecoder, type MessageHandler } from "../message/decoder.ts";
import type { Extension } from "../message/extension.ts";
import { CloseCode } from "../protocol/close-code.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { type DataOpcode, Opcode } from "../protocol/opcode.ts";
import type { Role } from "../protocol/role.ts";
import { type Closure, type ConnectionEvent, type ConnectionHandler, EventQueue } from "./handler.ts";
import type { Agreed, Opening, Refused } from "./opening.ts";
import { Pings } from "./pings.ts";
import { PreparedMessage } from "./prepared-message.ts";
import { nextState, ReadyState } from "./ready-state.ts";
import { Sender } from "./sender.ts";
import { type ConnectionOptions, ConnectionSettings } from "./settings.ts";

/** What is known of a connection's end, from its first sign on. */
interface Closing {
  /** Whether our Close was sent: nothing may follow it (§5.5.1). */
  sent: boolean;
  received: CloseStatus | undefined;
  /** Whether it has failed, and for which violation of the peer's, if for one. */
  failed: boolean;
  error: ProtocolError | undefined;
  /** Why it was never open, if the opening handshake said so. */
  refused: Refused | undefined;
  aborted: boolean;
}

const NOTHING_AGREED: Agreed = {};

/** The deadline of what waits for nothing. */
const NEVER = -1;

/** Takes what a decoder finds, for the connection that is receiving: one for all of them, since there may be very many. */
let receiver: MessageHandler & { connection: Connection | undefined };

/**
 * One endpoint of a WebSocket, without I/O: `receive` takes the peer's bytes, `takeBytes` gives those to send, and what
 * happens goes to the handler, or without one to `takeEvents`. After each call, send all that there is to take, and end the
 * output once it is `finished`.
 */
export class Connection {
  readonly #settings: ConnectionSettings;
  readonly #handler: ConnectionHandler;
  #state: ReadyState = ReadyState.Connecting;
  #opening: Opening | undefined = undefined;
  #agreed: Agreed = NOTHING_AGREED;
  /** None before the connection is open. */
  #decoder: MessageDecoder | undefined = undefined;
  #closing: Closing | undefined = undefined;
  readonly #sender: Sender;
  #congested = false;
  #pings: Pings | undefined = undefined;
  /** Whole milliseconds: an engine makes an object of any other number. */
  #deadline = NEVER;
  /** Whether anything of the peer has come since the deadline was set, and whether a Ping was sent to find out. */
  #heard = false;
  #probing = false;

  /**
   * Begins with the opening handshake, or, where that is done, with what was agreed on in it.
   * @throws TypeError or RangeError naming the option that is wrong.
   */
  constructor(
    options: ConnectionOptions | ConnectionSettings,
    handler: ConnectionHandler = new EventQueue(),
    start: Opening | Agreed = NOTHING_AGREED,
  ) {
    if (typeof handler?.onMessage !== "function") throw new TypeError("handler must have the method onMessage");
    this.#settings = options instanceof ConnectionSettings ? options : new ConnectionSettings(options);
    this.#handler = handler;
    this.#sender = new Sender(this.#settings);
    if ("receive" in start) {
      this.#opening = start;
      this.#deadline = Math.ceil(this.#settings.clock() + this.#settings.openingTimeout);
      if (start.request !== undefined) this.#sender.bytes(start.request);
    } else {
      this.#open(start);
    }
  }

  get readyState(): ReadyState {
    return this.#state;
  }

  get role(): Role {
    return this.#settings.role;
  }

  /** The subprotocol that was agreed on (§1.9). */
  get protocol(): string | undefined {
    return this.#agreed.protocol;
  }

  /** The extension that was agreed on (§9): to `release` what it holds while the connection is idle. */
  get extension(): Extension | undefined {
    return this.#agreed.extension;
  }

  /** How many bytes wait to be taken. */
  get bufferedAmount(): number {
    return this.#sender.length;
  }

  /** Whether more waited than `highWaterMark`, and not all was taken since: send no more before `onDrain`, and read no more of
   *  a peer that does not read. */
  get congested(): boolean {
    return this.#congested;
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
    if (!this.#deaf) return false;
    // Without a WebSocket there is no Close to wait for.
    return this.#closing?.refused !== undefined || (this.role === "server" && this.#closing?.sent === true);
  }

  /** Whether it was given up, by `abort` or a timeout: destroy the socket instead of ending it. */
  get aborted(): boolean {
    return this.#closing?.aborted ?? false;
  }

  /** How it came to its end, once it is closed: what `onClose` is told. */
  get closure(): Closure | undefined {
    if (this.#state !== ReadyState.Closed || this.#closing === undefined) return undefined;
    const { sent, received, error, refused } = this.#closing;
    const { code, reason } = received ?? { code: CloseCode.Abnormal, reason: "" };
    return { code, reason, clean: sent && received !== undefined, error, refused };
  }

  /** For what extends this class. */
  protected get handler(): ConnectionHandler {
    return this.#handler;
  }

  // ---- Bytes in.

  /**
   * Takes a chunk of the peer's bytes, which is unmasked in place, and calls the handler for what it holds. A violation fails
   * the connection, with the Close that says so waiting to be taken (§7.1.7); so does a handler that throws, with 1011.
   * @throws TypeError when the chunk is no `Uint8Array`, or as `MessageDecoder.decode` refuses it; what the handler threw.
   */
  receive(chunk: Uint8Array): void {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("chunk must be a Uint8Array");
    // §7.1.7: "MUST NOT continue to attempt to process data ... from the remote endpoint after being instructed to _Fail_".
    if (this.#deaf) return;
    if (this.#decoder === undefined) this.#receiveOpening(chunk);
    else this.#decode(this.#decoder, chunk);
  }

  /** The peer has ended its stream (§7.1.4): the connection is closed, and what still waits is the last to be sent. */
  receiveEof(): void {
    if (this.#state !== ReadyState.Closed) this.#end();
  }

  // ---- Messages out. Each returns false, and sends nothing, once the connection is closing: nothing may follow a Close.

  /** A text message: a string, or UTF-8 already. Bytes of 8 KiB and more are sent where they lie, not to be changed before. */
  sendText(text: string | Uint8Array): boolean {
    return this.send(Opcode.Text, text);
  }

  /** A binary message. Bytes of 8 KiB and more are sent where they lie, not to be changed before they are. */
  sendBinary(bytes: Uint8Array): boolean {
    return this.send(Opcode.Binary, bytes);
  }

  /**
   * A message, or with `fin: false` its first fragment; further ones are of `Opcode.Continuation`, the last without
   * `fin: false` (§5.4). Pings and Pongs may go between fragments, other messages not.
   * @throws TypeError, RangeError when the frame cannot stand here, or naming the argument that is wrong.
   */
  send(
    opcode: DataOpcode | typeof Opcode.Continuation,
    payload: string | Uint8Array,
    options?: { readonly fin?: boolean },
  ): boolean {
    if (this.#state !== ReadyState.Open) return false;
    this.#sender.message(opcode, payload, options?.fin ?? true, this.#agreed.extension);
    return this.#sent();
  }

  /** A message that was encoded once for many connections. */
  sendPrepared(message: PreparedMessage): boolean {
    if (!(message instanceof PreparedMessage)) throw new TypeError("message must be a PreparedMessage");
    if (this.#state !== ReadyState.Open) return false;
    this.#sender.prepared(message, this.#agreed.extension);
    return this.#sent();
  }

  /** A Ping; its Pong comes with the time between (§5.5.2). Without a payload it has one of its own, four bytes. */
  ping(payload?: Uint8Array): boolean {
    if (this.#state !== ReadyState.Open) return false;
    this.#pings ??= new Pings();
    const bytes = payload ?? this.#pings.nextPayload();
    this.#sender.control(Opcode.Ping, bytes);
    this.#pings.sent(bytes, this.#settings.clock());
    return this.#sent();
  }

  /** An unsolicited Pong, a heartbeat (§5.5.3). */
  pong(payload: Uint8Array = new Uint8Array(0)): boolean {
    if (this.#state !== ReadyState.Open) return false;
    this.#sender.control(Opcode.Pong, payload);
    return this.#sent();
  }

  /**
   * Starts the closing handshake (§7.1.2). What the peer has sent before it sees the Close is still delivered. A connection
   * that is not open yet is aborted. Does nothing once the connection is closing.
   * @throws TypeError, RangeError as `encodeClosePayload` does.
   */
  close(code: number = CloseCode.Normal, reason = ""): void {
    const payload = encodeClosePayload(code, reason);
    if (this.#state === ReadyState.Connecting) this.abort();
    if (this.#state === ReadyState.Open) this.#sendClose(payload);
  }

  /** Gives the connection up: nothing more is sent or delivered but its `onClose`, with 1006. */
  abort(): void {
    if (this.#state === ReadyState.Closed) return;
    const closing = this.#startClosing();
    closing.aborted = true;
    if (this.bufferedAmount > 0) closing.sent = false;
    this.#sender.clear();
    this.#end();
    this.outputWaits();
  }

  // ---- Bytes out, events out.

  /** The next bytes to send, which are the caller's; `undefined` when there are none. Call it until then. */
  takeBytes(): Uint8Array | undefined {
    const bytes = this.#sender.take();
    if (bytes !== undefined || !this.#congested) return bytes;
    this.#congested = false;
    this.#handler.onDrain?.(this);
    return this.#sender.take();
  }

  /**
   * Takes back what `takeBytes` gave, when nobody will read it again: a socket has written all it was given. It spares new
   * memory for the next frames. Only where that is known at once: later, it does nothing.
   */
  reclaim(bytes: Uint8Array): void {
    this.#settings.reclaim(bytes);
  }

  /** What has happened since the last call. @throws TypeError when the connection was given a handler. */
  takeEvents(): ConnectionEvent[] {
    if (!(this.#handler instanceof EventQueue)) throw new TypeError("events go to the handler of this connection");
    return this.#handler.take();
  }

  /**
   * Called when there is more to take, and after `abort`: an adapter that extends this class sees to it here that it is taken,
   * soon, but not at once, so that what follows in the same turn goes along.
   */
  protected outputWaits(): void {}

  // ---- Time.

  /** When `handleTimeout` is to be called, on the clock of the options; `undefined` while there is nothing to wait for. */
  nextDeadline(): number | undefined {
    return this.#deadline === NEVER ? undefined : this.#deadline;
  }

  /**
   * Sends a Ping to a peer that was silent, and gives up one that does not answer or does not end the connection. Of a peer
   * that was not read (`reading` is false) it is not known whether it was silent: that counts as having heard of it.
   */
  handleTimeout(now: number, reading = true): void {
    if (this.#deadline === NEVER || now < this.#deadline) return;
    this.#heard ||= !reading;
    if (this.#state !== ReadyState.Open || (this.#probing && !this.#heard)) {
      this.abort();
      return;
    }
    const { keepAliveInterval, keepAliveTimeout } = this.#settings;
    this.#probing = !this.#heard;
    if (this.#probing) this.ping();
    this.#heard = false;
    this.#deadline = Math.ceil(now + (this.#probing ? keepAliveTimeout : keepAliveInterval));
  }

  // ---- What the decoder found.

  static {
    receiver = {
      connection: undefined,
      onMessage(message) {
        const connection = this.connection!;
        connection.#handler.onMessage(message, connection);
      },
      onPing(payload) {
        const connection = this.connection!;
        if (connection.#state === ReadyState.Open) connection.#sender.pong(payload);
        connection.#handler.onPing?.(payload, connection);
      },
      onPong(payload) {
        const connection = this.connection!;
        const roundTrip = connection.#pings?.answered(payload, connection.#settings.clock());
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
    return this.#closing !== undefined && (this.#closing.received !== undefined || this.#closing.failed);
  }

  #receiveOpening(chunk: Uint8Array): void {
    const outcome = this.#opening!.receive(chunk);
    if (outcome === undefined) return;
    this.#opening = undefined;
    if (outcome.answer !== undefined) this.#sender.bytes(outcome.answer);
    if ("refused" in outcome) {
      const closing = this.#startClosing();
      closing.failed = true;
      closing.refused = outcome.refused;
      this.#state = nextState(this.#state, "closing");
      this.#deadline = Math.ceil(this.#settings.clock() + this.#settings.closeTimeout);
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

  #open(agreed: Agreed): void {
    const { decoding, clock, keepAliveInterval } = this.#settings;
    const { protocol, extension } = agreed;
    // Most agree on nothing, and there may be very many.
    this.#agreed = protocol === undefined && extension === undefined ? NOTHING_AGREED : agreed;
    this.#decoder = new MessageDecoder(extension === undefined ? decoding : { ...decoding, extension });
    this.#state = nextState(this.#state, "opened");
    this.#deadline = keepAliveInterval === 0 ? NEVER : Math.ceil(clock() + keepAliveInterval);
  }

  #decode(decoder: MessageDecoder, chunk: Uint8Array): void {
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

  #startClosing(): Closing {
    this.#closing ??= {
      sent: false,
      received: undefined,
      failed: false,
      error: undefined,
      refused: undefined,
      aborted: false,
    };
    return this.#closing;
  }

  #sendClose(payload: Uint8Array): void {
    this.#sender.control(Opcode.Close, payload);
    this.#startClosing().sent = true;
    this.#state = nextState(this.#state, "closing");
    this.#deadline = Math.ceil(this.#settings.clock() + this.#settings.closeTimeout);
    this.outputWaits();
  }

  /** §7.1.7, for a violation of the peer's, or for a handler that threw. */
  #fail(violation: ProtocolError | undefined): void {
    const closing = this.#startClosing();
    closing.failed = true;
    closing.error = violation;
    // §7.1.7: it "SHOULD send a Close frame with an appropriate status code", unless one was sent before.
    if (this.#state !== ReadyState.Open) return;
    this.#sendClose(encodeClosePayload(violation?.closeCode ?? CloseCode.InternalError, violation?.message));
  }

  #end(): void {
    this.#startClosing();
    this.#state = nextState(this.#state, "ended");
    this.#deadline = NEVER;
    this.#congested = false;
    this.#opening = undefined;
    this.#decoder?.discard();
    this.#agreed.extension?.release();
    this.#handler.onClose?.(this.closure!, this);
  }

  #sent(): true {
    this.#congested ||= this.bufferedAmount > this.#settings.highWaterMark;
    this.outputWaits();
    return true;
  }
}
