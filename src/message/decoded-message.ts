import { describeInvalid } from "../frame/fault.ts";
import type { Frame } from "../frame/frame.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { findInvalid } from "../kernel/typescript/utf8.ts";
import { type ErrorCode, ProtocolError } from "../protocol/errors.ts";
import { Opcode } from "../protocol/opcode.ts";
import { Assembly, type AssemblyLimits } from "./assembly.ts";
import type { DecodedSink, Extension } from "./extension.ts";

/** Collects a message that an extension decodes: the limits, and the rules on text, are for what comes out. */
export class DecodedMessage extends Assembly implements DecodedSink {
  readonly #maxLength: number;
  readonly #kernel: Kernel;
  readonly #extension: Extension;
  /** Where the text stands between two characters, as `Kernel.validateUtf8` has it. */
  #utf8 = 0;
  /** Where in the stream the frame's payload begins: no byte of it can be told to be the one at fault. */
  #offset = 0;

  constructor(opcode: Opcode, limits: AssemblyLimits, kernel: Kernel, extension: Extension) {
    super(opcode, limits);
    this.#maxLength = limits.maxMessageLength;
    this.#kernel = kernel;
    this.#extension = extension;
  }

  get room(): number {
    return this.#maxLength - this.length;
  }

  /** Decodes a frame of the message, or the piece of one that has arrived. */
  decode(frame: Frame): void {
    if (frame.first) this.#offset = frame.offset;
    const whole = frame.fin && frame.last;
    // What comes out in one piece gets the room it needs and no more.
    this.ending = whole && this.length === 0;
    if (!this.#extension.decode(frame.payload, whole, this)) throw this.#violation("INVALID_COMPRESSED_DATA");
    if (whole && this.#utf8 !== 0) throw this.#violation("INVALID_UTF8", describeInvalid(undefined));
  }

  take(decoded: Uint8Array): void {
    const { length } = decoded;
    if (length > this.room) throw this.#violation("MESSAGE_TOO_LONG", `more than ${this.#maxLength} bytes`);
    if (!this.reserve(length, 0)) throw this.#violation("RETAINED_LIMIT");
    this.ending = false;
    // §8.1 is about the message that was encoded: that text must be valid, and not the bytes that came for it.
    if (this.opcode === Opcode.Text) {
      const before = this.#utf8;
      this.#utf8 = this.#kernel.validateUtf8(decoded, 0, length, before);
      if (this.#utf8 < 0) {
        throw this.#violation("INVALID_UTF8", describeInvalid(decoded[findInvalid(decoded, 0, length, before)]));
      }
    }
    this.append({ chunk: decoded, start: 0, length, payload: decoded, ascii: false });
  }

  #violation(code: ErrorCode, received?: string): ProtocolError {
    return new ProtocolError(code, this.#offset, received);
  }
}
