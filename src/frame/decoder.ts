import type { Destination } from "../kernel/destination.ts";
import type { Kernel } from "../kernel/kernel.ts";
import * as layout from "../kernel/layout.ts";
import { receiveBufferOf } from "../kernel/receive-buffer.ts";
import { remainingOf, type ScanState } from "../kernel/scan-state.ts";
import { checkKernel, defaultKernel } from "../kernel/select.ts";
import { checkBytes, checkInteger } from "../protocol/argument.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { checkRole, type Role } from "../protocol/role.ts";
import { collect } from "./collect.ts";
import { frameError } from "./fault.ts";
import { type Frame, type FrameHandler, FrameRecord } from "./frame.ts";
import { TextRun } from "./text-run.ts";
import { isUnfinished, Unfinished } from "./unfinished.ts";

// V8 folds a module's own constants into the code; an imported one it loads and checks at each use. One by one, a bundler
// folds them as well.
const FAULT = layout.FAULT;
const HEAD_FIRST = layout.HEAD_FIRST;
const HELD = layout.HELD;
const LIMIT_HIGH = layout.LIMIT_HIGH;
const LIMIT_LOW = layout.LIMIT_LOW;
const MAX_POSITION = layout.MAX_POSITION;
const POSITION = layout.POSITION;
const RECORD_END = layout.RECORD_END;
const RECORD_HEAD = layout.RECORD_HEAD;
const RECORD_START = layout.RECORD_START;
const RECORD_WORDS = layout.RECORD_WORDS;
const REMAINING_HIGH = layout.REMAINING_HIGH;
const REMAINING_LOW = layout.REMAINING_LOW;
const RULES = layout.RULES;

/** What a `FrameDecoder` is told. */
export interface FrameDecoderOptions {
  /** Which end this is: a server requires masked frames, a client forbids them (§5.1). */
  readonly role: Role;
  /** The longest payload a frame may announce, in bytes. Default: 2^53 - 1, since a frame is delivered in pieces and
   *  costs no memory here. */
  readonly maxFrameLength?: number;
  /** The reserved bits that a negotiated extension uses: RSV1 is 4, RSV2 is 2, RSV3 is 1. Default: 0, none. */
  readonly rsv?: number;
  /** The kernel to run on. Default: `defaultKernel().kernel`, selected at the first chunk. */
  readonly kernel?: Kernel;
}

/**
 * Bytes to frames, over any split of the stream. It keeps no payload: a frame that is not complete is delivered in
 * pieces as it arrives.
 */
export class FrameDecoder {
  #kernel: Kernel | undefined;
  #rules: number;
  #limitLow: number;
  #limitHigh: number;
  /** How many bytes of the stream came before the next chunk. */
  #offset = 0;
  /** Why no chunk is taken: a violation, a handler that threw, or that `decode` is running. */
  #stopped: ProtocolError | "abandoned" | "running" | undefined = undefined;
  #unfinished: Unfinished | undefined = undefined;

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: FrameDecoderOptions) {
    checkRole(options?.role);
    const { role, maxFrameLength = Number.MAX_SAFE_INTEGER, rsv = 0, kernel } = options;
    checkInteger("maxFrameLength", maxFrameLength, 0, Number.MAX_SAFE_INTEGER);
    checkInteger("rsv", rsv, 0, 7);
    checkKernel(kernel);
    this.#kernel = kernel;
    this.#rules = (role === "server" ? 0x80 : 0) | (rsv << 4);
    this.#limitLow = maxFrameLength | 0;
    this.#limitHigh = Math.floor(maxFrameLength / 2 ** 32);
  }

  /** The kernel it runs on. */
  get kernel(): Kernel {
    this.#kernel ??= defaultKernel().kernel;
    return this.#kernel;
  }

  /** Whether the stream stands inside a frame: to end here is to end too early. */
  get midFrame(): boolean {
    return this.#unfinished?.midFrame ?? false;
  }

  /** Whether a violation, or a handler that threw, has ended it: it takes no further chunk. */
  get stopped(): boolean {
    return this.#stopped !== undefined && this.#stopped !== "running";
  }

  /** How much of the frame in progress is still to come, in bytes of its payload; 0 between frames, and in a header. */
  get remaining(): number {
    return this.#unfinished?.remaining ?? 0;
  }

  /**
   * Decodes a chunk, allocating nothing for its frames. The chunk belongs to the decoder from here: its payloads are unmasked
   * in place. Frames before a violation are delivered first. After a violation, or when the handler throws, the decoder takes
   * no further chunk; a handler that throws a `ProtocolError` of its own has found a violation.
   *
   * With a `destination`, the payload of the frame in progress is written there, unmasked, as far as the chunk has it, and that
   * piece shows the destination as its chunk: it saves a copy where frames are joined. What the chunk itself has in that place
   * is undefined. Where no frame is in progress (`remaining` is 0), nothing is written there.
   * @throws ProtocolError when the peer broke a rule; the same error again at every call after.
   * @throws TypeError when an argument is of the wrong type, or when called from this decoder's own handler.
   * @throws RangeError when the destination has no room for what the chunk has of the frame in progress, or the chunk has more
   * than 2^31 - 1 bytes.
   */
  decode(chunk: Uint8Array, handler: FrameHandler, destination?: Destination): void {
    checkBytes("chunk", chunk);
    if (typeof handler?.onFrame !== "function") throw new TypeError("handler must have the method onFrame");
    if (chunk.length > MAX_POSITION)
      throw new RangeError(`chunk must be at most ${MAX_POSITION} bytes: pass it in pieces`);
    if (this.#stopped !== undefined) throw refusal(this.#stopped);
    if (chunk.length === 0) return;
    if (destination !== undefined) checkDestination(destination, Math.min(this.remaining, chunk.length));
    const kernel = this.kernel;
    const { length } = chunk;
    const lease = receiveBufferOf(chunk);
    const state = kernel.takeState();
    const { words } = state;
    const frame = spareRecords.pop() ?? new FrameRecord(new TextRun());
    frame.enter(chunk, this.#offset, lease);
    words[POSITION] = 0;
    words[FAULT] = 0;
    words[RULES] = this.#rules;
    words[LIMIT_LOW] = this.#limitLow;
    words[LIMIT_HIGH] = this.#limitHigh;
    this.#unfinished?.restore(words);
    this.#stopped = "running";
    let stopped: ProtocolError | "abandoned" | undefined = "abandoned";
    try {
      let end = kernel.scan(state, chunk, destination) << 2;
      let from = 0;
      if (destination !== undefined) {
        from = this.#deliverRest(frame, state, end, handler, destination);
        frame.enter(chunk, this.#offset, lease);
      }
      for (;;) {
        deliver(frame, state, from, end, handler);
        if (chunk.length !== length) throw new TypeError("chunk was detached or resized by its handler");
        if (words[POSITION] === length || words[FAULT] !== 0) break;
        end = kernel.scan(state, chunk) << 2;
        from = 0;
      }
      if (words[FAULT] === 0) {
        stopped = undefined;
      } else {
        stopped = frameError(state, this.#offset);
        words[HELD] = 0; // what it holds is no header to go on with
      }
    } catch (error) {
      if (error instanceof ProtocolError) stopped = error;
      throw error;
    } finally {
      this.#stopped = stopped;
      if (!isUnfinished(words)) {
        this.#unfinished = undefined;
      } else {
        this.#unfinished ??= new Unfinished();
        this.#unfinished.take(words);
      }
      this.#offset += length;
      frame.leave();
      spareRecords.push(frame);
      kernel.returnState(state);
    }
    if (stopped !== undefined) throw stopped;
  }

  /** Shows the piece that went to its destination, if the table begins with one; returns where the others begin. */
  #deliverRest(
    frame: FrameRecord,
    state: ScanState,
    end: number,
    handler: FrameHandler,
    { bytes, at }: Destination,
  ): number {
    const { records } = state;
    if (end === 0 || (records[RECORD_HEAD] & HEAD_FIRST) !== 0) return 0;
    records[RECORD_START] += at;
    records[RECORD_END] += at;
    frame.enter(bytes, this.#offset - at, undefined);
    deliver(frame, state, 0, RECORD_WORDS, handler);
    return RECORD_WORDS;
  }

  /**
   * Decodes a chunk, at once, into frames to iterate over: `decode` for where convenience counts more. A violation is
   * thrown once the frames before it have been iterated over. The frames are retained, and stand as long as the chunk does.
   * @throws TypeError, RangeError as `decode` does; its ProtocolError comes out of the loop.
   */
  frames(chunk: Uint8Array): Iterable<Frame> {
    return collect<Frame>((take) => this.decode(chunk, { onFrame: (frame) => take(frame.retain()) }));
  }
}

/** Shows the records to the handler. A function of its own, since a loop this hot should not wait for `decode` around it to
 *  be compiled while it runs. */
function deliver(
  frame: FrameRecord,
  { words, records }: ScanState,
  from: number,
  end: number,
  handler: FrameHandler,
): void {
  const open = (words[REMAINING_LOW] | words[REMAINING_HIGH]) === 0 ? 0 : remainingOf(words);
  frame.enterTable(records, end, open);
  for (let index = from; index < end; index += RECORD_WORDS) {
    frame.move(index);
    handler.onFrame(frame);
  }
}

function checkDestination(destination: Destination, needed: number): void {
  checkBytes("destination.bytes", destination?.bytes);
  const { bytes, at } = destination;
  checkInteger("destination.at", at, 0, MAX_POSITION - needed);
  checkInteger("destination.bytes.length", bytes.length, at + needed, Number.MAX_SAFE_INTEGER);
}

function refusal(stopped: ProtocolError | "abandoned" | "running"): Error {
  if (stopped instanceof ProtocolError) return stopped;
  return new TypeError(
    stopped === "running"
      ? "decode must not be called from the handler of the same decoder"
      : "a handler threw while this decoder ran: the frames after it are lost, so it has stopped",
  );
}

/** One record for each level of nesting is ever made. */
const spareRecords: FrameRecord[] = [];
