import { collect } from "../frame/collect.ts";
import { FrameDecoder } from "../frame/decoder.ts";
import type { Frame, FrameHandler } from "../frame/frame.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { MAX_POSITION } from "../kernel/layout.ts";
import { headerLength } from "../kernel/typescript/header.ts";
import { type ErrorCode, ProtocolError } from "../protocol/errors.ts";
import { type DataOpcode, isControl, Opcode } from "../protocol/opcode.ts";
import { checkRole, type Role } from "../protocol/role.ts";
import { Assembly, type AssemblyLimits } from "./assembly.ts";
import { RetainedBudget } from "./budget.ts";
import { type CloseStatus, parseClosePayload } from "./close.ts";
import { DecodedMessage } from "./decoded-message.ts";
import { type Extension, RSV1 } from "./extension.ts";
import { DEFAULT_LIMITS, type MessageLimits, resolveLimits } from "./limits.ts";
import { Message, MessageSource } from "./message.ts";

export interface MessageDecoderOptions extends Partial<MessageLimits> {
  /** Which end this is: a server requires masked frames, a client forbids them (§5.1). */
  readonly role: Role;
  /** A bound on what many decoders retain together. Default: none. */
  readonly budget?: RetainedBudget;
  /** What the handshake has agreed on for this connection: it decodes the messages that come with RSV1. Default: none. */
  readonly extension?: Extension | undefined;
  /** The kernel to run on. Default: `defaultKernel().kernel`, selected at the first chunk. */
  readonly kernel?: Kernel;
}

/** Takes what a stream of messages holds. Payloads are views of the chunk, or buffers of their own. */
export interface MessageHandler {
  onMessage(message: Message): void;
  /** §5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response". */
  onPing(payload: Uint8Array): void;
  onPong(payload: Uint8Array): void;
  /** The peer's Close: nothing that follows in the stream is delivered. */
  onClose(status: CloseStatus): void;
}

/** What `MessageDecoder.events` yields. */
export type MessageEvent =
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "ping" | "pong"; readonly payload: Uint8Array }
  | { readonly type: "close"; readonly status: CloseStatus };

/** Bytes to messages: fragments are joined, control frames between them delivered at once, limits enforced (§5.4). */
export class MessageDecoder implements FrameHandler {
  readonly #frames: FrameDecoder;
  readonly #limits: Limits;
  /** Whom `decode` serves, while it runs. */
  #handler: MessageHandler | undefined = undefined;
  /** What ended the stream, if anything has: the peer's Close, or `discard`. */
  #ended: "closed" | "discarded" | undefined = undefined;
  /** What does not lie whole in a chunk: a message so far, and a control frame so far. */
  #message: Assembly | undefined = undefined;
  #control: Assembly | undefined = undefined;
  /** What the last message of the chunk, and so the next one, lies in. */
  #source: MessageSource | undefined = undefined;

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: MessageDecoderOptions) {
    checkRole(options?.role);
    const { role, kernel, budget, extension } = options;
    if (budget !== undefined && !(budget instanceof RetainedBudget)) {
      throw new TypeError("budget must be a RetainedBudget");
    }
    checkExtension(extension);
    this.#limits = sharedLimits(options);
    const { maxFrameLength } = this.#limits;
    const rsv = extension === undefined ? 0 : RSV1;
    this.#frames = new FrameDecoder({ role, maxFrameLength, rsv, ...(kernel === undefined ? undefined : { kernel }) });
  }

  /** The kernel it runs on. */
  get kernel(): Kernel {
    return this.#frames.kernel;
  }

  /** Whether the stream stands inside a frame or a fragmented message: to end here is to end too early. */
  get midMessage(): boolean {
    return this.#message !== undefined || this.#frames.midFrame;
  }

  /** Whether the peer's Close has come. */
  get closed(): boolean {
    return this.#ended === "closed";
  }

  /** Whether a violation, or a handler that threw, has ended it: it takes no further chunk. */
  get stopped(): boolean {
    return this.#frames.stopped;
  }

  /** How many bytes of memory are held for what is not complete. */
  get retained(): number {
    return (this.#message?.retained ?? 0) + (this.#control?.retained ?? 0);
  }

  /**
   * Decodes a chunk, which belongs to the decoder from here: it is unmasked in place, and the fragments of a message are
   * moved together there. What precedes a violation is delivered first. After a violation, or when the handler throws, the
   * decoder takes no further chunk; after the peer's Close it passes over what comes.
   * @throws ProtocolError when the peer broke a rule or a limit; the same error again at every call after.
   * @throws TypeError when an argument is of the wrong type, or when called from this decoder's own handler.
   */
  decode(chunk: Uint8Array, handler: MessageHandler): void {
    // What is refused here leaves the message in progress as it is.
    if (!(chunk instanceof Uint8Array)) throw new TypeError("chunk must be a Uint8Array");
    checkHandler(handler);
    if (this.#ended === "discarded") throw new TypeError("decode must not be called after discard");
    if (this.#ended === "closed") return;
    if (this.#handler !== undefined)
      throw new TypeError("decode must not be called from the handler of the same decoder");
    this.#handler = handler;
    try {
      const { extension } = this.#limits;
      const frames = extension === undefined ? this : this.#framesFor(extension);
      this.#frames.decode(chunk, frames, this.#destination(chunk));
    } catch (error) {
      // A chunk that was refused has changed nothing: the message goes on with the next.
      if (this.#frames.stopped) this.#release();
      // What follows a Close is discarded, and a violation there with it: once onClose has returned, nobody is served.
      const discarded = this.#ended === "discarded" && error instanceof ProtocolError;
      if (!discarded && !(this.closed && this.#handler === undefined)) throw error;
    } finally {
      this.#handler = undefined;
      if (this.#source !== undefined) this.#source.frame = undefined;
      this.#source = undefined;
    }
  }

  /**
   * Decodes a chunk, at once, into events to iterate over: `decode` for where convenience counts more. A violation is
   * thrown once the events before it have been iterated over.
   * @throws as `decode` does.
   */
  events(chunk: Uint8Array): Iterable<MessageEvent> {
    return collect<MessageEvent>((event) =>
      this.decode(chunk, {
        onMessage: (message) => event({ type: "message", message }),
        onPing: (payload) => event({ type: "ping", payload }),
        onPong: (payload) => event({ type: "pong", payload }),
        onClose: (status) => event({ type: "close", status }),
      }),
    );
  }

  /** For a connection that ended: gives what an unfinished message holds back to the budget. No chunk is taken after. */
  discard(): void {
    this.#release();
    this.#ended ??= "discarded";
  }

  /** Takes a frame from the frame layer, while `decode` runs. */
  onFrame(frame: Frame): void {
    // §1.4: "After receiving a control frame indicating the connection should be closed, that peer discards any further
    // data received."
    if (this.#ended !== undefined) return;
    if (isControl(frame.opcode)) this.#takeControl(frame);
    else this.#takeData(frame);
  }

  #takeData(frame: Frame): void {
    const message = this.#message;
    const { maxMessageLength, maxFragments } = this.#limits;
    const fragments = (message?.fragments ?? 0) + 1;
    if (frame.first) {
      if (fragments > maxFragments) throw violation("TOO_MANY_FRAGMENTS", frame);
      const length = (message?.length ?? 0) + frame.length + frame.remaining;
      if (length > maxMessageLength) throw violation("MESSAGE_TOO_LONG", frame);
      if (message === undefined && frame.fin && frame.last) {
        this.#deliver(frame.opcode, frame.chunk, frame.start, frame.length, frame.ascii, frame);
        return;
      }
    }
    this.#takePart(message ?? new Assembly(frame.opcode, this.#limits), frame, fragments);
  }

  #takePart(message: Assembly, frame: Frame, fragments: number): void {
    this.#message = message;
    const stays = staysInChunk(frame);
    if (stays && fragments === 1 && frame.length > 0) message.begin(frame);
    if (stays && message.bytes === frame.chunk) message.append(frame);
    else this.#append(message, frame);
    if (frame.first) message.fragments = fragments;
    if (frame.fin && frame.last) this.#finish(message);
  }

  /** What takes the frames where there is an extension: without one, no frame need be asked what it is for. */
  #framesFor(extension: Extension): FrameHandler {
    return {
      onFrame: (frame) => {
        const message = this.#message;
        // A reserved bit has come through only for the extension.
        const encoded = message === undefined ? frame.rsv !== 0 : message instanceof DecodedMessage;
        if (!encoded || isControl(frame.opcode) || this.#ended !== undefined) this.onFrame(frame);
        else this.#takeEncoded(frame, extension);
      },
    };
  }

  #takeEncoded(frame: Frame, extension: Extension): void {
    const begun = this.#message;
    const { maxFragments } = this.#limits;
    const message =
      begun instanceof DecodedMessage ? begun : new DecodedMessage(frame.opcode, this.#limits, this.kernel, extension);
    this.#message = message;
    if (frame.first && ++message.fragments > maxFragments) throw violation("TOO_MANY_FRAGMENTS", frame);
    message.decode(frame);
    if (frame.fin && frame.last) this.#finish(message);
  }

  #finish(message: Assembly): void {
    const { opcode, bytes, start, length, ascii } = message;
    message.discard();
    this.#message = undefined;
    this.#deliver(opcode, bytes, start, length, ascii, undefined);
  }

  #deliver(
    opcode: Opcode,
    bytes: Uint8Array,
    start: number,
    length: number,
    ascii: boolean,
    frame: Frame | undefined,
  ): void {
    if (this.#source?.bytes !== bytes) this.#source = new MessageSource(bytes);
    const source = this.#source;
    source.frame = frame;
    this.#handler!.onMessage(new Message(opcode as DataOpcode, source, start, length, ascii));
    source.frame = undefined;
  }

  #takeControl(frame: Frame): void {
    const message = this.#message;
    // The message goes on behind this frame, whose payload stands in the chunk: it cannot be joined there.
    if (message !== undefined && !message.reserve(0, 0, this.#control?.retained)) {
      throw violation("RETAINED_LIMIT", frame);
    }
    let payload: Uint8Array;
    if (frame.first && frame.last) {
      payload = frame.payload;
    } else {
      this.#control ??= new Assembly(frame.opcode, this.#limits);
      this.#append(this.#control, frame);
      if (!frame.last) return;
      // Its length was known, so there is no room left over.
      payload = this.#control.bytes;
      this.#control.discard();
      this.#control = undefined;
    }
    const handler = this.#handler!;
    if (frame.opcode === Opcode.Ping) {
      handler.onPing(payload);
    } else if (frame.opcode === Opcode.Pong) {
      handler.onPong(payload);
    } else {
      const status = parseClosePayload(payload, frame.offset + frame.length - payload.length, this.kernel);
      this.#ended = "closed";
      this.#release();
      handler.onClose(status);
      this.#handler = undefined;
    }
  }

  #release(): void {
    this.#message?.discard();
    this.#control?.discard();
    this.#message = undefined;
    this.#control = undefined;
  }

  /** The message in progress, if the chunk goes on with a frame of it and there is room to be had for that. */
  #destination(chunk: Uint8Array): Assembly | undefined {
    const message = this.#message;
    const { remaining } = this.#frames;
    if (message === undefined || this.#control !== undefined || remaining === 0) return undefined;
    if (message instanceof DecodedMessage) return undefined; // it wants what the bytes decode to
    const arriving = Math.min(remaining, chunk.length);
    if (message.at + arriving > MAX_POSITION) return undefined;
    try {
      return message.reserve(arriving, remaining - arriving) ? message : undefined;
    } catch {
      return undefined; // no memory: found again where the frame is taken, which stops the decoder
    }
  }

  #append(assembly: Assembly, frame: Frame): void {
    const other = assembly === this.#message ? this.#control : this.#message;
    assembly.ending = frame.fin;
    if (!assembly.reserve(frame.length, frame.remaining, other?.retained)) throw violation("RETAINED_LIMIT", frame);
    assembly.append(frame);
  }
}

/**
 * Whether a fragment may stay in its chunk, to be joined there: the message ends with it, or the next header follows whole, so
 * that a frame, or a fault, is sure to come before `decode` returns.
 */
function staysInChunk({ last, fin, chunk, start, length }: Frame): boolean {
  if (fin || !last) return last;
  const next = start + length;
  return next + 1 < chunk.length && next + headerLength(chunk[next + 1]) <= chunk.length;
}

/** A missing method is found at once, and not when a peer first sends a Ping. */
function checkHandler(handler: MessageHandler): void {
  if (typeof handler !== "object" || handler === null) throw new TypeError("handler must be a MessageHandler");
  const { onMessage, onPing, onPong, onClose } = handler;
  if (typeof onMessage !== "function") throw new TypeError("handler must have the method onMessage");
  if (typeof onPing !== "function") throw new TypeError("handler must have the method onPing");
  if (typeof onPong !== "function") throw new TypeError("handler must have the method onPong");
  if (typeof onClose !== "function") throw new TypeError("handler must have the method onClose");
}

/** And the extension: an idle decoder has a field less so. */
type Limits = MessageLimits & AssemblyLimits & { readonly extension: Extension | undefined };

const DEFAULTS: Limits = { ...DEFAULT_LIMITS, budget: undefined, extension: undefined };

/** The limits of a decoder; one object for all that ask for nothing but the defaults, since there may be very many. */
function sharedLimits(options: MessageDecoderOptions): Limits {
  const { budget, extension } = options;
  const limits: Limits = { ...resolveLimits(options), budget, extension };
  if (extension !== undefined && options.maxFrameLength === undefined) {
    // What does not compress may take more bytes than it has.
    const maxFrameLength = Math.min(extension.longestEncoding(limits.maxMessageLength), Number.MAX_SAFE_INTEGER);
    return { ...limits, maxFrameLength };
  }
  const names = Object.keys(DEFAULTS) as (keyof Limits)[];
  return names.every((name) => limits[name] === DEFAULTS[name]) ? DEFAULTS : limits;
}

function checkExtension(extension: Extension | undefined): void {
  if (extension === undefined) return;
  if (typeof extension?.decode !== "function") throw new TypeError("extension must be an Extension");
}

/** The error for a limit that the frame broke, where its payload begins. */
function violation(code: ErrorCode, frame: Frame): ProtocolError {
  return new ProtocolError(code, frame.offset);
}
