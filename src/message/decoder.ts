import { collect } from "../frame/collect.ts";
import type { Frame, FrameHandler } from "../frame/frame.ts";
import { MAX_POSITION } from "../kernel/layout.ts";
import { headerLength } from "../kernel/typescript/header.ts";
import { type DataOpcode, isControl, type Opcode } from "../protocol/opcode.ts";
import { Assembly } from "./assembly.ts";
import { DecodedMessage } from "./decoded-message.ts";
import type { Extension } from "./extension.ts";
import { messageTooLong, retainedLimit, tooManyFragments } from "./fault.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { Message, MessageSource } from "./message.ts";
import {
  append,
  type ControlEvent,
  type ControlHandler,
  checkControlHandler,
  controlEvents,
  type Limits,
  type MessageDecoderOptions,
  StreamDecoder,
} from "./stream-decoder.ts";

/** Takes what a stream of messages holds. Payloads are views of the chunk, or buffers of their own. */
export interface MessageHandler extends ControlHandler {
  /** A message is complete: all its fragments have come, and its text is valid. */
  onMessage(message: Message): void;
}

/** What `MessageDecoder.events` yields: a message, or a control frame. */
export type MessageEvent = { readonly type: "message"; readonly message: Message } | ControlEvent;

/** Bytes to messages: fragments are joined, control frames between them delivered at once, limits enforced (§5.4). */
export class MessageDecoder extends StreamDecoder<MessageHandler> {
  /** A message so far that does not lie whole in a chunk. */
  #message: Assembly | undefined = undefined;
  /** What the last message of the chunk, and so the next one, lies in. */
  #source: MessageSource | undefined = undefined;

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: MessageDecoderOptions) {
    super(options, DEFAULTS);
  }

  override get midMessage(): boolean {
    return this.#message !== undefined || super.midMessage;
  }

  override get retained(): number {
    return (this.#message?.retained ?? 0) + super.retained;
  }

  /**
   * Decodes a chunk, at once, into events to iterate over: `decode` for where convenience counts more. A violation is
   * thrown once the events before it have been iterated over.
   * @throws TypeError, RangeError as `decode` does; its ProtocolError comes out of the loop.
   */
  events(chunk: Uint8Array): Iterable<MessageEvent> {
    return collect<MessageEvent>((event) =>
      this.decode(chunk, {
        onMessage: (message) => event({ type: "message", message }),
        ...controlEvents(event),
      }),
    );
  }

  protected override decodeFrames(chunk: Uint8Array): void {
    const { extension } = this.limits;
    try {
      const frames = extension === undefined ? this : this.#framesFor(extension);
      this.frames.decode(chunk, frames, this.#destination(chunk));
    } finally {
      // A message that was being handled may be kept.
      if (this.#source !== undefined) this.#source.frame = undefined;
      this.#source = undefined;
    }
  }

  protected override checkHandler(handler: MessageHandler): void {
    checkControlHandler(handler);
    if (typeof handler.onMessage !== "function") throw new TypeError("handler must have the method onMessage");
  }

  protected override release(): void {
    this.#message?.discard();
    this.#message = undefined;
    super.release();
  }

  protected override takeControl(frame: Frame): void {
    // The message goes on behind this frame, whose payload stands in the chunk: it cannot be joined there.
    if (this.#message !== undefined && !this.#message.reserve(0, 0, this.control?.retained)) {
      throw retainedLimit(frame);
    }
    super.takeControl(frame);
  }

  protected override takeData(frame: Frame): void {
    const message = this.#message;
    const { maxMessageLength, maxFragments } = this.limits;
    const fragments = (message?.fragments ?? 0) + 1;
    if (frame.first) {
      if (fragments > maxFragments) throw tooManyFragments(frame, maxFragments);
      const length = (message?.length ?? 0) + frame.length + frame.remaining;
      if (length > maxMessageLength) throw messageTooLong(frame, length, maxMessageLength);
      if (message === undefined && frame.fin && frame.last) {
        this.#deliver(frame.opcode, frame.chunk, frame.start, frame.length, frame.ascii, frame);
        return;
      }
    }
    this.#takePart(message ?? new Assembly(frame.opcode, this.limits), frame, fragments);
  }

  #takePart(message: Assembly, frame: Frame, fragments: number): void {
    this.#message = message;
    const stays = staysInChunk(frame);
    if (stays && fragments === 1 && frame.length > 0) message.begin(frame);
    if (stays && message.bytes === frame.chunk) message.append(frame);
    else append(message, frame, this.control?.retained);
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
        if (!encoded || isControl(frame.opcode) || this.ended !== undefined) this.onFrame(frame);
        else this.#takeEncoded(frame, extension);
      },
    };
  }

  #takeEncoded(frame: Frame, extension: Extension): void {
    const begun = this.#message;
    const { maxFragments } = this.limits;
    const message =
      begun instanceof DecodedMessage ? begun : new DecodedMessage(frame.opcode, this.limits, this.kernel, extension);
    this.#message = message;
    if (frame.first && ++message.fragments > maxFragments) throw tooManyFragments(frame, maxFragments);
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
    this.handler!.onMessage(new Message(opcode as DataOpcode, source, start, length, ascii));
    source.frame = undefined;
  }

  /** The message in progress, if the chunk goes on with a frame of it and there is room to be had for that. */
  #destination(chunk: Uint8Array): Assembly | undefined {
    const message = this.#message;
    const { remaining } = this.frames;
    if (message === undefined || this.control !== undefined || remaining === 0) return undefined;
    if (message instanceof DecodedMessage) return undefined; // it wants what the bytes decode to
    const arriving = Math.min(remaining, chunk.length);
    if (message.at + arriving > MAX_POSITION) return undefined;
    try {
      return message.reserve(arriving, remaining - arriving) ? message : undefined;
    } catch {
      return undefined; // no memory: found again where the frame is taken, which stops the decoder
    }
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

const DEFAULTS: Limits = { ...DEFAULT_LIMITS, budget: undefined, extension: undefined };
