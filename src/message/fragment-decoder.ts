import { collect } from "../frame/collect.ts";
import type { Frame } from "../frame/frame.ts";
import type { DataOpcode } from "../protocol/opcode.ts";
import { DecodedFragments } from "./decoded-fragments.ts";
import { messageTooLong, tooManyFragments } from "./fault.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import {
  type ControlEvent,
  type ControlHandler,
  checkControlHandler,
  controlEvents,
  type Limits,
  type MessageDecoderOptions,
  StreamDecoder,
} from "./stream-decoder.ts";

/**
 * A piece of a message, as it has arrived: of a fragment (§5.4), or of a message that is not fragmented. Where the pieces of a
 * message are cut means nothing.
 */
export interface Fragment {
  /** The message's: `Opcode.Text` or `Opcode.Binary`, also for what follows its first fragment. */
  readonly opcode: DataOpcode;
  /**
   * The bytes, unmasked, of a text checked as far as they go (§8.1): they may end inside a character, so that a text is decoded
   * by one `new TextDecoder("utf-8", { ignoreBOM: true })`, with `stream: !last`. They are there until the handler returns, a
   * view of the chunk or of what an extension has lent: not to be changed, and to be copied by who keeps them. There are none
   * only where it is the `last`.
   */
  readonly data: Uint8Array;
  /** Whether its message begins with it. */
  readonly first: boolean;
  /** Whether its message ends with it: only then is the message known to be valid. */
  readonly last: boolean;
}

/** Takes what a stream of messages holds, as it comes. */
export interface FragmentHandler extends ControlHandler {
  /** A piece of a message has come. Its bytes are there until this returns. */
  onFragment(fragment: Fragment): void;
}

/** What `FragmentDecoder.events` yields: a piece of a message, or a control frame. */
export type FragmentEvent = { readonly type: "fragment"; readonly fragment: Fragment } | ControlEvent;

/** The message in progress, of which nothing is kept. */
interface Progress {
  readonly opcode: DataOpcode;
  /** Takes it where an extension decodes it. */
  readonly decoded: DecodedFragments | undefined;
  fragments: number;
  /** How many bytes of it have come, or been announced by the header of the frame in progress. */
  length: number;
  /** Whether a piece of it was handed out. */
  begun: boolean;
}

const NOTHING = new Uint8Array(0);

/**
 * Bytes to the pieces of messages as they come, for messages of any size: none is kept, and so `maxMessageLength`,
 * `maxFrameLength` and `maxFragments` have no limit unless one is set: an empty fragment costs the peer and us no more than any
 * other frame. It is a `MessageDecoder` in all else.
 */
export class FragmentDecoder extends StreamDecoder<FragmentHandler> {
  #message: Progress | undefined = undefined;

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: MessageDecoderOptions) {
    super(options, DEFAULTS);
  }

  override get midMessage(): boolean {
    return this.#message !== undefined || super.midMessage;
  }

  /**
   * Decodes a chunk, at once, into events to iterate over: `decode` for where convenience counts more. A violation is
   * thrown once the events before it have been iterated over. What an extension has decoded is copied.
   * @throws TypeError, RangeError as `decode` does; its ProtocolError comes out of the loop.
   */
  events(chunk: Uint8Array): Iterable<FragmentEvent> {
    return collect<FragmentEvent>((event) =>
      this.decode(chunk, {
        onFragment: (fragment) => {
          const lent = fragment.data.buffer !== chunk.buffer;
          event({ type: "fragment", fragment: lent ? { ...fragment, data: fragment.data.slice() } : fragment });
        },
        ...controlEvents(event),
      }),
    );
  }

  protected override decodeFrames(chunk: Uint8Array): void {
    this.frames.decode(chunk, this);
  }

  protected override checkHandler(handler: FragmentHandler): void {
    checkControlHandler(handler);
    if (typeof handler.onFragment !== "function") throw new TypeError("handler must have the method onFragment");
  }

  protected override release(): void {
    this.#message?.decoded?.discard();
    this.#message = undefined;
    super.release();
  }

  protected override takeData(frame: Frame): void {
    this.#message ??= this.#begin(frame);
    const message = this.#message;
    const { decoded } = message;
    const { maxFragments, maxMessageLength } = this.limits;
    if (frame.first) {
      if (++message.fragments > maxFragments) throw tooManyFragments(frame, maxFragments);
      message.length += frame.length + frame.remaining;
      if (decoded === undefined && message.length > maxMessageLength) {
        throw messageTooLong(frame, message.length, maxMessageLength);
      }
    }
    const last = frame.fin && frame.last;
    if (decoded === undefined) {
      if (frame.length > 0 || last) this.#deliver(message, frame.payload, last);
      return;
    }
    // Whether a piece is the last of what comes out is known only after it, and then whether all of it was valid.
    decoded.decode(frame);
    if (last && this.ended === undefined) this.#deliver(message, NOTHING, true);
  }

  #begin(frame: Frame): Progress {
    const { extension } = this.limits;
    const opcode = frame.opcode as DataOpcode;
    // A reserved bit has come through only for the extension.
    const decoded =
      extension === undefined || frame.rsv === 0
        ? undefined
        : new DecodedFragments(opcode, this.limits, this.kernel, extension, (bytes) =>
            this.#deliver(this.#message!, bytes, false),
          );
    return { opcode, decoded, fragments: 0, length: 0, begun: false };
  }

  #deliver(message: Progress, data: Uint8Array, last: boolean): void {
    const { opcode } = message;
    const first = !message.begun;
    message.begun = true;
    if (last) this.#message = undefined;
    this.handler!.onFragment({ opcode, data, first, last });
  }
}

const DEFAULTS: Limits = {
  ...DEFAULT_LIMITS,
  maxMessageLength: Number.MAX_SAFE_INTEGER,
  maxFrameLength: Number.MAX_SAFE_INTEGER,
  maxFragments: Number.MAX_SAFE_INTEGER,
  maxRetainedBytes: Number.MAX_SAFE_INTEGER,
  budget: undefined,
  extension: undefined,
};
