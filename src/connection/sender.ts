import { checkPayloadType, type FrameOptions } from "../frame/encoder.ts";
import { encodeText } from "../frame/text.ts";
import type { Extension } from "../message/extension.ts";
import { checkBytes, wrongType } from "../protocol/argument.ts";
import { type ControlOpcode, type DataOpcode, Opcode } from "../protocol/opcode.ts";
import type { Outgoing } from "./outgoing.ts";
import { Pings } from "./pings.ts";
import { PreparedMessage } from "./prepared-message.ts";
import { ReadyState } from "./ready-state.ts";
import type { ConnectionSettings } from "./settings.ts";

const FRAGMENT: FrameOptions = { fin: false };

/**
 * The way out of a connection: messages become frames, through the extension, and wait with the control frames to be taken.
 */
export abstract class Sender {
  /** For what extends this class. */
  protected readonly settings: ConnectionSettings;
  /** None while nothing waits, since most connections are idle. */
  #outgoing: Outgoing | undefined = undefined;
  /** The payload of the newest Ping that was not answered. */
  #pong: Uint8Array | undefined = undefined;
  /** Whether a message is being sent of which more fragments are to come. */
  #midMessage = false;
  #congested = false;
  #pings: Pings | undefined = undefined;
  #watchers: Set<() => void> | undefined = undefined;

  constructor(settings: ConnectionSettings) {
    this.settings = settings;
  }

  /** Where it stands. */
  abstract get readyState(): ReadyState;
  /** What messages go through. */
  abstract get extension(): Extension | undefined;

  /** How many bytes wait to be taken, headers included. */
  get bufferedAmount(): number {
    return (this.#outgoing?.length ?? 0) + (this.#pong === undefined ? 0 : this.#pong.length + 2);
  }

  /** Whether more waited than `highWaterMark`, and not all was taken since: send no more before `onDrain`, or `drained`, and
   *  read no more of a peer that does not read. */
  get congested(): boolean {
    return this.#congested;
  }

  // ---- Messages. Each returns false, and sends nothing, unless the connection is open: nothing may follow a Close.

  /**
   * Queues a text message: a string, or UTF-8 already, which is not checked again. Bytes of 8 KiB and more are sent where they
   * lie, not to be changed before. Returns false, and sends nothing, unless the connection is open.
   * @throws TypeError, RangeError as `send` does.
   */
  sendText(text: string | Uint8Array): boolean {
    return this.send(Opcode.Text, text);
  }

  /**
   * Queues a binary message. Bytes of 8 KiB and more are sent where they lie, not to be changed before they are. Returns false,
   * and sends nothing, unless the connection is open.
   * @throws TypeError when `bytes` is a string; TypeError, RangeError as `send` does.
   */
  sendBinary(bytes: Uint8Array): boolean {
    // What else is wrong with it, `send` says.
    if (typeof bytes === "string") checkBytes("payload", bytes);
    return this.send(Opcode.Binary, bytes);
  }

  /**
   * Queues a message, or with `fin: false` its first fragment; further ones are of `Opcode.Continuation`, the last without
   * `fin: false` (§5.4). Pings and Pongs may go between fragments, other messages not. A string is encoded as UTF-8, whatever the
   * opcode. Returns false, and sends nothing, unless the connection is open.
   * @throws TypeError, RangeError when the frame cannot stand here, or naming the argument that is wrong.
   */
  send(
    opcode: DataOpcode | typeof Opcode.Continuation,
    payload: string | Uint8Array,
    options?: { readonly fin?: boolean },
  ): boolean {
    if (this.readyState !== ReadyState.Open) return false;
    this.#message(opcode, payload, options?.fin ?? true);
    this.queued();
    return true;
  }

  /**
   * Queues a message that was encoded once for many connections. Returns false, and sends nothing, unless the connection is open.
   * @throws TypeError when it is none, or another message is being sent in fragments.
   */
  sendPrepared(message: PreparedMessage): boolean {
    if (!(message instanceof PreparedMessage)) throw wrongType("message", "a PreparedMessage", message);
    if (this.readyState !== ReadyState.Open) return false;
    const { extension } = this;
    this.#checkFragment(Opcode.Binary);
    const frame = message.frameFor(extension);
    this.#queue().addPrepared(frame);
    // The peer's context has this message in it from now on, and ours has not.
    if (frame.rsv !== 0) extension?.dropEncoder();
    this.queued();
    return true;
  }

  // ---- Control frames, the same; Close is not among them.

  /**
   * Queues a Ping; its Pong comes with the time between (§5.5.2). Without a payload it has one of its own, four bytes. The payload
   * is bytes, as the peer's and `onPong`'s are, and no string. Returns false, and sends nothing, unless the connection is open.
   * @throws TypeError when the payload is no `Uint8Array`, RangeError when it is longer than 125 bytes.
   */
  ping(payload?: Uint8Array): boolean {
    if (this.readyState !== ReadyState.Open) return false;
    this.#pings ??= new Pings();
    const bytes = payload ?? this.#pings.nextPayload();
    this.queueControl(Opcode.Ping, bytes);
    this.#pings.sent(bytes, this.settings.clock());
    this.queued();
    return true;
  }

  /**
   * Queues an unsolicited Pong, a heartbeat (§5.5.3), by default without a payload. Pings are answered without it. Returns
   * false, and sends nothing, unless the connection is open.
   * @throws as `ping` does.
   */
  pong(payload: Uint8Array = new Uint8Array(0)): boolean {
    if (this.readyState !== ReadyState.Open) return false;
    this.queueControl(Opcode.Pong, payload);
    this.queued();
    return true;
  }

  // ---- Bytes out.

  /** The next bytes to send, which are the caller's; `undefined` when there are none. Call it until then.
   *  @throws what the handler throws at `onDrain`. */
  takeBytes(): Uint8Array | undefined {
    const bytes = this.#take();
    if (bytes !== undefined || !this.#congested) return bytes;
    this.#congested = false;
    this.wakeWatchers();
    this.drainedOutput();
    return this.#take();
  }

  /**
   * Takes back what `takeBytes` gave, when nobody will read it again: a socket has written all it was given. It spares new
   * memory for the next frames. Only where that is known at once: later, it does nothing.
   */
  reclaim(bytes: Uint8Array): void {
    this.settings.pool.reclaim(bytes);
  }

  /** Waits until more may be sent: true once it is open and not congested, false once it is closing. Never rejects. */
  drained(): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (): void => {
        const open = this.readyState === ReadyState.Open;
        if (this.readyState === ReadyState.Connecting || (open && this.#congested)) return;
        stop();
        resolve(open);
      };
      const stop = this.watch(settle);
      settle();
    });
  }

  /**
   * Has `watcher` called, which must not throw, whenever the connection is no longer congested, and as it opens, begins to
   * close and is closed. It may be told more than once: it is to look for itself. Returns what ends that.
   * @throws TypeError when it is no function.
   */
  watch(watcher: () => void): () => void {
    if (typeof watcher !== "function") throw wrongType("watcher", "a function", watcher);
    this.#watchers ??= new Set();
    this.#watchers.add(watcher);
    return () => {
      this.#watchers?.delete(watcher);
      if (this.#watchers?.size === 0) this.#watchers = undefined;
    };
  }

  // ---- For what extends this class.

  /**
   * Called when there is more to take, and after `abort`: an adapter that extends this class sees to it here that it is taken,
   * soon, but not at once, so that what follows in the same turn goes along.
   */
  protected outputWaits(): void {}

  /** Called when it is no longer congested. */
  protected abstract drainedOutput(): void;

  protected wakeWatchers(): void {
    if (this.#watchers === undefined) return;
    // A copy, since a set has whoever is added meanwhile come up, too.
    for (const wake of [...this.#watchers]) if (this.#watchers?.has(wake)) wake();
  }

  /** A control frame. */
  protected queueControl(opcode: ControlOpcode, payload: Uint8Array): void {
    checkBytes("payload", payload);
    this.#queue().add(opcode, payload);
  }

  /** What is no frame: the bytes of the opening handshake. */
  protected queueBytes(bytes: Uint8Array): void {
    this.#queue().addBytes(bytes);
  }

  /**
   * The answer to a Ping, before what is sent next. §5.5.3: it "MAY elect to send a Pong frame for only the most recently
   * processed Ping frame", so that a flood of them costs one.
   */
  protected answerPing(payload: Uint8Array): void {
    // Copied, since the chunk may be gone by then.
    this.#pong = payload.slice();
  }

  /** The time since the Ping that this Pong answers; `undefined` when it answers none. */
  protected roundTripOf(payload: Uint8Array): number | undefined {
    return this.#pings?.answered(payload, this.settings.clock());
  }

  /** Frames were queued that the caller has asked for. */
  protected queued(): void {
    this.#congested ||= this.bufferedAmount > this.settings.highWaterMark;
    this.outputWaits();
  }

  /** Nothing more is to be sent than what waits. */
  protected endOutput(): void {
    this.#congested = false;
  }

  /** Drops what waits. */
  protected dropOutput(): void {
    this.#pong = undefined;
    if (this.#outgoing === undefined) return;
    this.#outgoing.clear();
    this.settings.pool.giveBack(this.#outgoing);
    this.#outgoing = undefined;
  }

  // ---- The rest is how it is done.

  #message(opcode: DataOpcode | typeof Opcode.Continuation, payload: string | Uint8Array, fin: boolean): void {
    this.#checkFragment(opcode);
    if (typeof payload !== "string") checkPayloadType(payload);
    const { extension } = this;
    const whole = fin && opcode !== Opcode.Continuation;
    if (extension === undefined || (whole && isShort(payload, extension.threshold))) {
      this.#queue().add(opcode, payload, fin ? undefined : FRAGMENT);
    } else {
      const bytes = typeof payload === "string" ? encodeText(payload, 0) : payload;
      const encoded = extension.encode(bytes, fin);
      this.#queue().add(opcode, encoded.payload, { fin, rsv: encoded.rsv });
    }
    this.#midMessage = !fin;
  }

  #take(): Uint8Array | undefined {
    const outgoing = this.#pong === undefined ? this.#outgoing : this.#queue();
    const bytes = outgoing?.take();
    if (outgoing?.length === 0) {
      this.#outgoing = undefined;
      this.settings.pool.giveBack(outgoing);
    }
    return bytes;
  }

  /** What waits, and with it the Pong that is due: §5.5.2 wants that "as soon as is practical". */
  #queue(): Outgoing {
    this.#outgoing ??= this.settings.pool.take(this);
    if (this.#pong !== undefined) this.#outgoing.add(Opcode.Pong, this.#pong);
    this.#pong = undefined;
    return this.#outgoing;
  }

  /** §5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another message". */
  #checkFragment(opcode: Opcode): void {
    if (!(opcode <= Opcode.Binary)) throw wrongType("opcode", "Continuation (0), Text (1) or Binary (2)", opcode);
    if ((opcode === Opcode.Continuation) === this.#midMessage) return;
    throw new TypeError(
      this.#midMessage
        ? "a message is being sent in fragments: only its continuation can follow"
        : "there is no message to continue",
    );
  }
}

/** Whether it has fewer bytes than `threshold`, as far as that is known without encoding it: a unit is three bytes at most. */
function isShort(payload: string | Uint8Array, threshold: number): boolean {
  return payload.length * (typeof payload === "string" ? 3 : 1) < threshold;
}
