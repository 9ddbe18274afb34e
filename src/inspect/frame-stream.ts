import type { Frame } from "../frame/frame.ts";
import { MAX_HEADER_LENGTH, parseHeader } from "../frame/header.ts";
import type { CloseStatus } from "../message/close.ts";
import { type Fragment, FragmentDecoder, type FragmentHandler } from "../message/fragment-decoder.ts";
import { join } from "../message/join.ts";
import type { MessageLimits } from "../message/limits.ts";
import type { MessageDecoderOptions } from "../message/stream-decoder.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { isControl, Opcode } from "../protocol/opcode.ts";
import { type Decompression, type DecompressionContexts, MOST_CONTEXTS } from "./decompression.ts";
import { closeCodeName, opcodeName, otherRole } from "./names.ts";
import { MessageText, PayloadPreview } from "./payload-preview.ts";
import type { Emit, EndRecord, FrameRecord, ShownPayload, StreamOrigin } from "./records.ts";
import { grouped, hexOf, pluralIs } from "./wording.ts";

export interface FrameStreamOptions {
  /** How many bytes of each payload are shown. */
  readonly previewLength: number;
  /** The limits to judge by. */
  readonly limits: Partial<MessageLimits>;
  /** What all streams of the input decompress with. */
  readonly contexts: DecompressionContexts;
  readonly emit: Emit;
}

/** The library's own decoder, which has each frame looked at before it judges what becomes of its message, if it is to. */
class WatchedDecoder extends FragmentDecoder {
  readonly #before: (frame: Frame) => boolean;
  readonly #after: (frame: Frame) => void;

  constructor(options: MessageDecoderOptions, before: (frame: Frame) => boolean, after: (frame: Frame) => void) {
    super(options);
    this.#before = before;
    this.#after = after;
  }

  override onFrame(frame: Frame): void {
    if (this.closed) return;
    if (this.#before(frame)) super.onFrame(frame);
    this.#after(frame);
  }
}

/** The message in progress. */
interface OpenMessage {
  readonly compressed: boolean;
  /** Whether there is no room to decompress it: then it is listed as it came, and the decoder does not know of it. */
  readonly left: boolean;
  /** Of one that is shown as text. */
  readonly text: MessageText | undefined;
}

/** The frame in progress: `missing`, `payload` and `close` of its record are filled in as they come. */
interface OpenFrame {
  readonly record: { -readonly [Field in keyof FrameRecord]: FrameRecord[Field] };
  readonly preview: PayloadPreview;
}

const NOTHING = new Uint8Array(0);
const NOTHING_SHOWN: ShownPayload = { length: 0, cut: false, hex: "" };

/** The frames that one end sends, listed and judged as they come. Of a payload it keeps what it shows, and nothing else. */
export class FrameStream implements FragmentHandler {
  readonly #stream: StreamOrigin;
  readonly #options: FrameStreamOptions;
  readonly #decompression: Decompression | undefined;
  readonly #decoder: WatchedDecoder;
  readonly #text = new MessageText();
  #frame: OpenFrame | undefined;
  #message: OpenMessage | undefined;
  /** Whether it was said that messages are left compressed. */
  #leftCompressed = false;
  /** Where the next frame begins. */
  #next = 0;
  /** What has come of its header. */
  #held: Uint8Array = NOTHING;
  #bytes = 0;
  #frames = 0;
  #messages = 0;
  /** Why nothing more is read, and from where on. */
  #stopped: { readonly state: "violation" | "missing bytes"; readonly at: number } | undefined;
  /** A violation that is told once the rest of the header that is at fault has come. */
  #untold: ProtocolError | undefined;

  constructor(stream: StreamOrigin, decompression: Decompression | undefined, options: FrameStreamOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#decompression = decompression;
    this.#decoder = new WatchedDecoder(
      { role: otherRole(stream.sender), extension: decompression?.extension, ...options.limits },
      (frame) => this.#before(frame),
      (frame) => this.#after(frame),
    );
  }

  /** Takes the bytes that follow, which are unmasked in place. */
  push(chunk: Uint8Array): void {
    if (this.#untold !== undefined) this.#readHeader(this.#untold, chunk);
    else if (this.#stopped === undefined && !this.#decoder.closed) this.#decode(chunk);
    this.#bytes += chunk.length;
  }

  /** Bytes that were sent and are not in the capture: where the next frame would begin is not known from there on. */
  missing(count: number): void {
    this.#tell();
    if (this.#stopped !== undefined || this.#decoder.closed) return;
    const message = `${pluralIs(count, "byte")} missing in the capture at offset ${this.#bytes}: the stream cannot be read on`;
    this.#emitFrame();
    this.#options.emit({ type: "note", stream: this.#stream, message, incomplete: true });
    this.#stopped = { state: "missing bytes", at: this.#bytes };
    this.#letGo();
  }

  /** The stream has ended. */
  end(): void {
    const state = this.#state();
    this.#tell();
    this.#emitFrame();
    this.#letGo();
    const readUpTo = this.#stopped?.at ?? (state === "closed" ? this.#next : this.#bytes);
    this.#options.emit({
      type: "end",
      stream: this.#stream,
      state,
      frames: this.#frames,
      messages: this.#messages,
      bytes: this.#bytes,
      unread: Math.max(0, this.#bytes - readUpTo),
    });
  }

  onFragment({ data, last }: Fragment): void {
    this.#frame!.preview.take(data);
    if (last) this.#endMessage();
  }

  onPing(): void {}

  onPong(): void {}

  onClose({ code, reason }: CloseStatus): void {
    this.#frame!.record.close = { code, name: closeCodeName(code), reason };
  }

  #decode(chunk: Uint8Array): void {
    try {
      this.#decoder.decode(chunk, this);
      this.#held = this.#frame === undefined ? this.#headerIn(chunk) : NOTHING;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#violation(error, chunk);
    }
    if (this.#decoder.closed || this.#decoder.stopped) this.#letGo();
  }

  /** Nothing more is read. */
  #letGo(): void {
    this.#decoder.discard();
    if (this.#decompression !== undefined) this.#options.contexts.end(this.#decompression);
  }

  #violation(error: ProtocolError, chunk: Uint8Array): void {
    this.#stopped = { state: "violation", at: error.offset };
    if (this.#frame === undefined) {
      this.#readHeader(error, chunk);
    } else {
      const { record } = this.#frame;
      // Data is read up to the fault, whatever the chunk has besides. A control frame is judged once it is whole.
      const end = record.offset + record.headerLength + record.payloadLength;
      if (!isControl(record.opcode)) record.missing = end - error.offset;
      this.#emitFrame();
      this.#emitViolation(error, undefined);
    }
  }

  /** A header is shown whole, however early it is found to be wrong: what is shown does not depend on the chunks. */
  #readHeader(error: ProtocolError, chunk: Uint8Array): void {
    this.#untold = error;
    this.#held = this.#headerIn(chunk);
    if (parseHeader(this.#held) !== undefined) this.#tell();
  }

  /** Tells the violation that has waited, if any has, with what has come of its header. */
  #tell(): void {
    if (this.#untold === undefined) return;
    const header = this.#held.subarray(0, parseHeader(this.#held)?.headerLength);
    this.#emitViolation(this.#untold, hexOf(header));
    this.#untold = undefined;
  }

  #emitViolation(error: ProtocolError, header: string | undefined): void {
    const { code, closeCode, section, offset, message, reason, received } = error;
    const { emit } = this.#options;
    const stream = this.#stream;
    emit({ type: "violation", stream, code, closeCode, section, offset, message, reason, received, header });
  }

  /** The bytes of the next frame's header, as far as they have come. `chunk` follows what is held, or has it. */
  #headerIn(chunk: Uint8Array): Uint8Array {
    const at = this.#next - this.#bytes;
    if (at >= 0) return chunk.slice(at, at + MAX_HEADER_LENGTH);
    return join([this.#held, chunk.subarray(0, MAX_HEADER_LENGTH - this.#held.length)]);
  }

  /** Returns whether the decoder is to go on with it. */
  #before(frame: Frame): boolean {
    if (frame.first) this.#frame = this.#open(frame);
    const { record, preview } = this.#frame!;
    record.missing = frame.remaining;
    const control = isControl(frame.opcode);
    const left = !control && this.#message!.left;
    if (control || left) preview.take(frame.payload);
    if (left && frame.fin && frame.last) this.#endMessage();
    return !left;
  }

  #after(frame: Frame): void {
    if (!frame.last) return;
    this.#next = frame.offset + frame.length;
    this.#emitFrame();
  }

  #open(frame: Frame): OpenFrame {
    const { opcode, fin, rsv, masked, headerLength } = frame;
    if (!isControl(opcode)) this.#message ??= this.#openMessage(frame);
    const message = isControl(opcode) ? undefined : this.#message;
    const record: FrameRecord = {
      type: "frame",
      stream: this.#stream,
      offset: frame.offset - headerLength,
      headerLength,
      fin,
      rsv,
      opcode,
      name: opcodeName(opcode),
      masked,
      maskingKey: masked ? keyOf(frame.maskingKey) : undefined,
      payloadLength: frame.length + frame.remaining,
      missing: frame.remaining,
      compressed: message?.compressed === true,
      decompressed: message?.compressed === true && !message.left,
      payload: NOTHING_SHOWN,
      close: undefined,
    };
    return { record, preview: new PayloadPreview(this.#options.previewLength, message?.text) };
  }

  #openMessage({ opcode, rsv, offset, headerLength }: Frame): OpenMessage {
    const compressed = rsv !== 0;
    const left = compressed && !this.#decompresses(offset - headerLength);
    return { compressed, left, text: left || opcode !== Opcode.Text ? undefined : this.#text };
  }

  /** Whether there is room to decompress the message that begins at `offset`. */
  #decompresses(offset: number): boolean {
    const begun = this.#options.contexts.begin(this.#decompression!);
    if (!begun && !this.#leftCompressed) {
      this.#leftCompressed = true;
      const many = `more than ${grouped(MOST_CONTEXTS)} streams have compressed messages`;
      const message = `${many}: those of this one are neither decompressed nor judged from offset ${offset} on`;
      this.#options.emit({ type: "note", stream: this.#stream, message, incomplete: true });
    }
    return begun;
  }

  #endMessage(): void {
    const { compressed, left } = this.#message!;
    if (compressed && !left) this.#options.contexts.rest(this.#decompression!);
    this.#message = undefined;
    this.#messages++;
  }

  #emitFrame(): void {
    if (this.#frame === undefined) return;
    const { record, preview } = this.#frame;
    this.#frame = undefined;
    this.#frames++;
    record.payload = preview.show();
    this.#options.emit(record);
  }

  #state(): EndRecord["state"] {
    if (this.#stopped !== undefined) return this.#stopped.state;
    if (this.#decoder.closed) return "closed";
    if (this.#frame !== undefined) return "in a frame";
    if (this.#held.length > 0) return "in a header";
    return this.#message === undefined ? "complete" : "in a message";
  }
}

/** The four octets in their order on the wire. */
function keyOf(key: number): string {
  return hexOf(Uint8Array.of(key, key >> 8, key >> 16, key >> 24));
}
