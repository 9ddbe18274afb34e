import { FrameDecoder } from "../frame/decoder.ts";
import type { Frame, FrameHandler } from "../frame/frame.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { checkBytes, wrongType } from "../protocol/argument.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { isControl, Opcode } from "../protocol/opcode.ts";
import { checkRole, type Role } from "../protocol/role.ts";
import { Assembly, type AssemblyLimits } from "./assembly.ts";
import { RetainedBudget } from "./budget.ts";
import { type CloseStatus, parseClosePayload } from "./close.ts";
import { type Extension, RSV1 } from "./extension.ts";
import { retainedLimit } from "./fault.ts";
import { type MessageLimits, resolveLimits } from "./limits.ts";

/** What a `MessageDecoder` or `FragmentDecoder` is told. */
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

/** Takes the control frames of a stream. Payloads are views of the chunk, or buffers of their own. */
export interface ControlHandler {
  /** A Ping, with up to 125 bytes. §5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response". */
  onPing(payload: Uint8Array): void;
  /** A Pong, with up to 125 bytes: those of the Ping that it answers, or as a heartbeat any (§5.5.3). */
  onPong(payload: Uint8Array): void;
  /** The peer's Close: nothing that follows in the stream is delivered. */
  onClose(status: CloseStatus): void;
}

/** What the `events` of a decoder yield of control frames: what a `ControlHandler` would be given. */
export type ControlEvent =
  | { readonly type: "ping" | "pong"; readonly payload: Uint8Array }
  | { readonly type: "close"; readonly status: CloseStatus };

/** A handler that makes events of them. */
export function controlEvents(event: (event: ControlEvent) => void): ControlHandler {
  return {
    onPing: (payload) => event({ type: "ping", payload }),
    onPong: (payload) => event({ type: "pong", payload }),
    onClose: (status) => event({ type: "close", status }),
  };
}

/** And the extension: an idle decoder has a field less so. */
export type Limits = MessageLimits & AssemblyLimits & { readonly extension: Extension | undefined };

/** What decoders of messages and of fragments have in common: their calls, the control frames, and the end of a stream. */
export abstract class StreamDecoder<Handler extends ControlHandler> implements FrameHandler {
  protected readonly frames: FrameDecoder;
  protected readonly limits: Limits;
  /** Whom `decode` serves, while it runs. */
  protected handler: Handler | undefined = undefined;
  /** What ended the stream, if anything has: the peer's Close, or `discard`. */
  protected ended: "closed" | "discarded" | undefined = undefined;
  /** A control frame so far that does not lie whole in a chunk. */
  protected control: Assembly | undefined = undefined;

  /** `defaults` are the limits where the options name none. */
  constructor(options: MessageDecoderOptions, defaults: Limits) {
    checkRole(options?.role);
    const { role, kernel, budget, extension } = options;
    if (budget !== undefined && !(budget instanceof RetainedBudget)) {
      throw wrongType("budget", "a RetainedBudget", budget);
    }
    checkExtension(extension);
    this.limits = sharedLimits(options, defaults);
    const { maxFrameLength } = this.limits;
    const rsv = extension === undefined ? 0 : RSV1;
    this.frames = new FrameDecoder({ role, maxFrameLength, rsv, ...(kernel === undefined ? undefined : { kernel }) });
  }

  /** The kernel it runs on. */
  get kernel(): Kernel {
    return this.frames.kernel;
  }

  /** Whether the stream stands inside a frame or a fragmented message: to end here is to end too early. */
  get midMessage(): boolean {
    return this.frames.midFrame;
  }

  /** Whether the peer's Close has come. */
  get closed(): boolean {
    return this.ended === "closed";
  }

  /** Whether a violation, or a handler that threw, has ended it: it takes no further chunk. */
  get stopped(): boolean {
    return this.frames.stopped;
  }

  /** How many bytes of memory are held for what is not complete. */
  get retained(): number {
    return this.control?.retained ?? 0;
  }

  /**
   * Decodes a chunk, which belongs to the decoder from here: it is unmasked in place, and a `MessageDecoder` moves the fragments
   * of a message together there. What precedes a violation is delivered first. After a violation, or when the handler throws,
   * the decoder takes no further chunk; after the peer's Close it passes over what comes.
   * @throws ProtocolError when the peer broke a rule or a limit; the same error again at every call after.
   * @throws TypeError when an argument is of the wrong type, or when called from this decoder's own handler or after `discard`.
   * @throws RangeError when the chunk has more than 2^31 - 1 bytes.
   */
  decode(chunk: Uint8Array, handler: Handler): void {
    // What is refused here leaves the message in progress as it is.
    checkBytes("chunk", chunk);
    this.checkHandler(handler);
    if (this.ended === "discarded") throw new TypeError("decode must not be called after discard");
    if (this.ended === "closed") return;
    if (this.handler !== undefined)
      throw new TypeError("decode must not be called from the handler of the same decoder");
    this.handler = handler;
    try {
      this.decodeFrames(chunk);
    } catch (error) {
      // A chunk that was refused has changed nothing: the message goes on with the next.
      if (this.frames.stopped) this.release();
      // What follows a Close is discarded, and a violation there with it: once onClose has returned, nobody is served.
      const discarded = this.ended === "discarded" && error instanceof ProtocolError;
      if (!discarded && !(this.closed && this.handler === undefined)) throw error;
    } finally {
      this.handler = undefined;
    }
  }

  /** For a connection that ended: gives what an unfinished message holds back to the budget. No chunk is taken after. */
  discard(): void {
    this.release();
    this.ended ??= "discarded";
  }

  /** Takes a frame from the frame layer, while `decode` runs. @internal */
  onFrame(frame: Frame): void {
    // §1.4: "After receiving a control frame indicating the connection should be closed, that peer discards any further
    // data received."
    if (this.ended !== undefined) return;
    if (isControl(frame.opcode)) this.takeControl(frame);
    else this.takeData(frame);
  }

  /** Takes a frame of a message, or the piece of one that has arrived. */
  protected abstract takeData(frame: Frame): void;

  /** Has the frame layer decode the chunk. */
  protected abstract decodeFrames(chunk: Uint8Array): void;

  /** A missing method is found at once, and not when a peer first sends a Ping. */
  protected abstract checkHandler(handler: Handler): void;

  /** Lets go of what is not complete. No message goes on after. */
  protected release(): void {
    this.limits.extension?.dropDecoder();
    this.control?.discard();
    this.control = undefined;
  }

  protected takeControl(frame: Frame): void {
    let payload: Uint8Array;
    if (frame.first && frame.last) {
      payload = frame.payload;
    } else {
      this.control ??= new Assembly(frame.opcode, this.limits);
      append(this.control, frame, this.retained - this.control.retained);
      if (!frame.last) return;
      // Its length was known, so there is no room left over.
      payload = this.control.bytes;
      this.control.discard();
      this.control = undefined;
    }
    const handler = this.handler!;
    if (frame.opcode === Opcode.Ping) {
      handler.onPing(payload);
    } else if (frame.opcode === Opcode.Pong) {
      handler.onPong(payload);
    } else {
      const status = parseClosePayload(payload, frame.offset + frame.length - payload.length, this.kernel);
      this.ended = "closed";
      this.release();
      handler.onClose(status);
      this.handler = undefined;
    }
  }
}

/** Adds the frame, or the piece of it that has arrived, to what is kept; `others` is what the same decoder holds besides. */
export function append(assembly: Assembly, frame: Frame, others?: number): void {
  assembly.ending = frame.fin;
  if (!assembly.reserve(frame.length, frame.remaining, others)) throw retainedLimit(frame);
  assembly.append(frame);
}

/** @throws TypeError when one of the methods is missing. */
export function checkControlHandler(handler: ControlHandler): void {
  if (typeof handler !== "object" || handler === null) throw wrongType("handler", "an object", handler);
  const { onPing, onPong, onClose } = handler;
  if (typeof onPing !== "function") throw new TypeError("handler must have the method onPing");
  if (typeof onPong !== "function") throw new TypeError("handler must have the method onPong");
  if (typeof onClose !== "function") throw new TypeError("handler must have the method onClose");
}

/** The limits of a decoder; one object for all that ask for nothing but the defaults, since there may be very many. */
function sharedLimits(options: MessageDecoderOptions, defaults: Limits): Limits {
  const { budget, extension } = options;
  const limits: Limits = { ...resolveLimits(options, defaults), budget, extension };
  if (extension !== undefined && options.maxFrameLength === undefined) {
    // What does not compress may take more bytes than it has.
    const maxFrameLength = Math.min(extension.longestEncoding(limits.maxMessageLength), Number.MAX_SAFE_INTEGER);
    return { ...limits, maxFrameLength };
  }
  const names = Object.keys(defaults) as (keyof Limits)[];
  return names.every((name) => limits[name] === defaults[name]) ? defaults : limits;
}

function checkExtension(extension: Extension | undefined): void {
  if (extension === undefined) return;
  if (typeof extension?.decode !== "function") throw wrongType("extension", "an Extension", extension);
}
