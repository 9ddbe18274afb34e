import type { FrameOptions } from "../frame/encoder.ts";
import { encodeText } from "../frame/text.ts";
import type { Extension } from "../message/extension.ts";
import { type ControlOpcode, type DataOpcode, isControl, Opcode } from "../protocol/opcode.ts";
import type { Outgoing } from "./outgoing.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { ConnectionSettings } from "./settings.ts";

const FRAGMENT: FrameOptions = { fin: false };

/** One connection's way out: messages become frames, through the extension, and wait to be taken. */
export class Sender {
  readonly #settings: ConnectionSettings;
  /** None while nothing waits, since most connections are idle. */
  #outgoing: Outgoing | undefined = undefined;
  /** The payload of the newest Ping that was not answered. */
  #pong: Uint8Array | undefined = undefined;
  /** Whether a message is being sent of which more fragments are to come. */
  #midMessage = false;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** How many bytes wait. */
  get length(): number {
    return (this.#outgoing?.length ?? 0) + (this.#pong === undefined ? 0 : this.#pong.length + 2);
  }

  /**
   * A message, or a fragment of one.
   * @throws TypeError, RangeError when it cannot stand here, or naming the argument that is wrong.
   */
  message(
    opcode: DataOpcode | typeof Opcode.Continuation,
    payload: string | Uint8Array,
    fin: boolean,
    extension: Extension | undefined,
  ): void {
    this.#checkFragment(opcode);
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

  /** A whole message that was encoded for many connections. */
  prepared(message: PreparedMessage, extension: Extension | undefined): void {
    this.#checkFragment(Opcode.Binary);
    const frame = message.frameFor(extension);
    this.#queue().addPrepared(frame);
    // The peer's context has this message in it from now on, and ours has not.
    if (frame.rsv !== 0) extension?.dropEncoder();
  }

  /** A control frame. */
  control(opcode: ControlOpcode, payload: Uint8Array): void {
    this.#queue().add(opcode, payload);
  }

  /**
   * The answer to a Ping, before what is sent next. §5.5.3: it "MAY elect to send a Pong frame for only the most recently
   * processed Ping frame", so that a flood of them costs one.
   */
  pong(payload: Uint8Array): void {
    // Copied, since the chunk may be gone by then.
    this.#pong = payload.slice();
  }

  /** What is no frame: the bytes of the opening handshake. */
  bytes(bytes: Uint8Array): void {
    this.#queue().addBytes(bytes);
  }

  /** The next bytes to send; `undefined` when there are none. */
  take(): Uint8Array | undefined {
    const outgoing = this.#pong === undefined ? this.#outgoing : this.#queue();
    const bytes = outgoing?.take();
    if (outgoing?.length === 0) {
      this.#outgoing = undefined;
      this.#settings.returnOutgoing(outgoing);
    }
    return bytes;
  }

  /** Drops what waits. */
  clear(): void {
    this.#pong = undefined;
    this.#outgoing?.clear();
  }

  /** What waits, and with it the Pong that is due: §5.5.2 wants that "as soon as is practical". */
  #queue(): Outgoing {
    this.#outgoing ??= this.#settings.takeOutgoing();
    if (this.#pong !== undefined) this.#outgoing.add(Opcode.Pong, this.#pong);
    this.#pong = undefined;
    return this.#outgoing;
  }

  /** §5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another message". */
  #checkFragment(opcode: Opcode): void {
    if (isControl(opcode)) throw new TypeError("opcode must be Text, Binary or Continuation");
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
