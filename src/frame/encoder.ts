import type { Kernel } from "../kernel/kernel.ts";
import { MAX_POSITION } from "../kernel/layout.ts";
import { checkKernel, defaultKernel } from "../kernel/select.ts";
import { checkBytes, checkInteger, shown, wrongType } from "../protocol/argument.ts";
import { checkDataOpcode, isControl, MAX_CONTROL_PAYLOAD, Opcode } from "../protocol/opcode.ts";
import { checkRole, type Role } from "../protocol/role.ts";
import { checkClosePayload, encodeClosePayload } from "./close-payload.ts";
import { headerLengthFor, MAX_HEADER_LENGTH, writeHeader } from "./header.ts";
import { nextMaskingKey } from "./masking-key.ts";
import { encodeText, writeText } from "./text.ts";

/** What a `FrameEncoder` is told. */
export interface FrameEncoderOptions {
  /** Which end this is: a client masks every frame, with a fresh key each; a server masks none (§5.1). */
  readonly role: Role;
  /** The kernel to mask with. Default: `defaultKernel().kernel`, selected at the first frame a client encodes. */
  readonly kernel?: Kernel;
}

/** The bits of a header that its payload does not tell. */
export interface FrameOptions {
  /** Whether this is the last frame of its message. Default: true. A control frame's must be. */
  readonly fin?: boolean;
  /** The reserved bits, for an extension: RSV1 is 4, RSV2 is 2, RSV3 is 1. Default: 0. */
  readonly rsv?: number;
}

/** A longer message goes in fragments. */
const MAX_PAYLOAD = MAX_POSITION;

const WHOLE: FrameOptions = {};
const EMPTY = new Uint8Array(0);

/** Payloads of up to this length share a slab, so that a new buffer costs a view and no allocation of its own. */
const SHARED_UP_TO = 2048;
/** Fresh memory is what a frame of 1000 bytes costs most: 170 ns in slabs of 16 KiB, 130 in those of 32 or 64. */
const SLAB_SIZE = 32768;

let slab: Uint8Array<ArrayBuffer> = EMPTY;
/** The slab's own buffer: its getter would cost 10 to 20 ns a frame. */
let slabBuffer: ArrayBuffer = EMPTY.buffer;
let slabUsed = 0;

/** For `FrameBatch`: `encodeInto` with the frame's first byte, which returns -1 when there is no room. */
export let writeFrame: (
  encoder: FrameEncoder,
  target: Uint8Array,
  offset: number,
  first: number,
  payload: string | Uint8Array,
) => number;

/**
 * Messages and control frames to bytes. It has no state but its role: one encoder serves any number of connections, and
 * the order of a message's fragments is the caller's. Where a method takes text, it takes a string, encoded as UTF-8 (an
 * unpaired surrogate becomes U+FFFD), or bytes that are UTF-8 already, as a relay has them; those are not checked again. A
 * payload of any opcode but Close may be a string, also where `encode` makes a binary message of it: only `binary` takes none.
 */
export class FrameEncoder {
  /** Which end it encodes for. */
  readonly role: Role;
  #kernel: Kernel | undefined;

  /** @throws TypeError when the role or the kernel is none. */
  constructor(options: FrameEncoderOptions) {
    checkRole(options?.role);
    checkKernel(options.kernel);
    this.role = options.role;
    this.#kernel = options.kernel;
  }

  /**
   * A text message, or with `fin: false` its first fragment, in a new buffer. Small frames, from any encoder, are views of
   * one `ArrayBuffer` of 32 KiB, each of bytes of its own, never written to again: do not transfer it, and copy what you
   * mean to keep for long, since a frame keeps the whole of it alive.
   * @throws TypeError, RangeError as `encode` does.
   */
  text(text: string | Uint8Array, options?: FrameOptions): Uint8Array<ArrayBuffer> {
    return this.encode(Opcode.Text, text, options);
  }

  /**
   * A binary message, or with `fin: false` its first fragment, in a new buffer.
   * @throws TypeError when `bytes` is a string, RangeError as `encode` does.
   */
  binary(bytes: Uint8Array, options?: FrameOptions): Uint8Array<ArrayBuffer> {
    checkBytes("payload", bytes);
    return this.encode(Opcode.Binary, bytes, options);
  }

  /**
   * A further fragment of a message, the last one unless `fin: false`, in a new buffer (§5.4).
   * @throws TypeError, RangeError as `encode` does.
   */
  continuation(payload: string | Uint8Array, options?: FrameOptions): Uint8Array<ArrayBuffer> {
    return this.encode(Opcode.Continuation, payload, options);
  }

  /**
   * A Ping (§5.5.2), by default without a payload. A string is sent in UTF-8.
   * @throws TypeError when the payload is neither a string nor bytes, RangeError when it is longer than 125 bytes.
   */
  ping(payload: string | Uint8Array = EMPTY): Uint8Array<ArrayBuffer> {
    return this.encode(Opcode.Ping, payload);
  }

  /** A Pong (§5.5.3): the answer to a Ping has its payload. @throws as `ping` does. */
  pong(payload: string | Uint8Array = EMPTY): Uint8Array<ArrayBuffer> {
    return this.encode(Opcode.Pong, payload);
  }

  /**
   * A Close (§5.5.1), with `encodeClosePayload` of the same arguments as its payload.
   * @throws TypeError, RangeError as that does.
   */
  close(code?: number, reason?: string): Uint8Array<ArrayBuffer> {
    return this.encode(Opcode.Close, encodeClosePayload(code, reason));
  }

  /**
   * Any frame, in a new buffer; a small one as `text` says. The payload is copied; a string is encoded as UTF-8, whatever the
   * opcode. That of a Close is bytes that `encodeClosePayload` makes.
   * @throws TypeError when an argument is of the wrong type, or `fin` is false for a control frame (§5.5).
   * @throws RangeError when `opcode` is none, `rsv` is not from 0 to 7 or has RSV1 where only a message's first frame may (RFC
   * 7692 §6), or the payload is longer than 2^31 - 1 bytes, or 125 in a control frame (§5.5).
   */
  encode(opcode: Opcode, payload: string | Uint8Array, options?: FrameOptions): Uint8Array<ArrayBuffer> {
    // Before the slab is looked at: an option may be a getter that encodes.
    const first = firstByte(opcode, options);
    if (typeof payload !== "string") checkPayloadType(payload);
    if (payload.length > SHARED_UP_TO) return this.#encodeLong(first, payload);
    let end = this.#write(slab, slabUsed, first, payload);
    if (end < 0) {
      slab = new Uint8Array(SLAB_SIZE);
      slabBuffer = slab.buffer;
      slabUsed = 0;
      end = this.#write(slab, 0, first, payload);
    }
    const start = slabUsed;
    slabUsed = end;
    return new Uint8Array(slabBuffer, start, end - start);
  }

  /**
   * Any frame, into `target` from `offset` on. Returns the offset after the frame, where the next can go: many frames
   * make one buffer, for one write.
   * @throws RangeError when the frame does not fit; `target` may then hold a part of it.
   * @throws TypeError, RangeError naming the argument that is wrong.
   */
  encodeInto(
    target: Uint8Array,
    offset: number,
    opcode: Opcode,
    payload: string | Uint8Array,
    options?: FrameOptions,
  ): number {
    const first = firstByte(opcode, options);
    checkTarget(target, offset);
    const end = this.#write(target, offset, first, payload);
    if (end < 0)
      throw new RangeError(`target has ${target.length} bytes: no room for the frame from offset ${offset} on`);
    return end;
  }

  /**
   * Any frame as `[header, payload]`, for a gathering write. A server's payload is the caller's own bytes, not copied. A
   * client's is a masked copy, or with `maskInPlace` (default: false) the caller's bytes, masked where they are.
   * @throws TypeError, RangeError naming the argument that is wrong.
   */
  parts(
    opcode: Opcode,
    payload: Uint8Array,
    options: FrameOptions & { readonly maskInPlace?: boolean } = WHOLE,
  ): [header: Uint8Array, payload: Uint8Array] {
    const first = firstByte(opcode, options);
    checkBytes("payload", payload);
    const length = checkPayload(opcode, payload);
    const key = this.role === "client" ? nextMaskingKey() : undefined;
    const header = new Uint8Array(headerLengthFor(length, key !== undefined));
    writeHeader(header, 0, first, length, key);
    if (key === undefined) return [header, payload];
    const kernel = this.#kernelToMask();
    if (options.maskInPlace === true) {
      kernel.mask(payload, 0, length, key);
      return [header, payload];
    }
    const masked = new Uint8Array(length);
    kernel.copyMasked(payload, masked, 0, key);
    return [header, masked];
  }

  /**
   * A message in fragments of `size` payload bytes (§5.4), each in a new buffer. A text is cut without regard for its
   * characters, as §5.4 allows.
   * @throws TypeError, RangeError naming the argument that is wrong.
   */
  fragments(
    opcode: typeof Opcode.Text | typeof Opcode.Binary,
    payload: string | Uint8Array,
    size: number,
  ): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
    checkDataOpcode(opcode);
    checkInteger("size", size, 1, Number.MAX_SAFE_INTEGER);
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
    checkPayload(opcode, bytes);
    return this.#fragments(opcode, bytes, size);
  }

  *#fragments(opcode: Opcode, bytes: Uint8Array, size: number): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
    for (let at = 0; at === 0 || at < bytes.length; at += size) {
      const fin = at + size >= bytes.length;
      yield this.encode(at === 0 ? opcode : Opcode.Continuation, bytes.subarray(at, at + size), { fin });
    }
  }

  /**
   * At least as many bytes as the frame for `payload` has, known without reading it: a string counts three a unit.
   * @throws TypeError when it is neither a string nor bytes.
   */
  mostBytes(payload: string | Uint8Array): number {
    if (typeof payload !== "string") checkPayloadType(payload);
    const length = typeof payload === "string" ? payload.length * 3 : payload.length;
    return headerLengthFor(length, this.role === "client") + length;
  }

  static {
    writeFrame = (encoder, target, offset, first, payload) => encoder.#write(target, offset, first, payload);
  }

  /** Writes a frame at `offset`, and returns the offset after it, or -1 when it does not fit: a part may be there then. */
  #write(target: Uint8Array, offset: number, first: number, payload: string | Uint8Array): number {
    const key = this.role === "client" ? nextMaskingKey() : undefined;
    if (typeof payload === "string") return this.#writeText(target, offset, first, payload, key);
    const length = checkPayload(first, payload);
    const start = offset + headerLengthFor(length, key !== undefined);
    const end = start + length;
    if (end > target.length) return -1;
    // The payload first: it may be bytes of the target that the header takes the place of.
    this.#copy(payload, target, start, key);
    writeHeader(target, offset, first, length, key);
    return end;
  }

  #writeText(target: Uint8Array, offset: number, first: number, text: string, key: number | undefined): number {
    if ((first & 0x0f) === Opcode.Close) checkBytes("payload", text);
    // The header's length depends on the payload's, which is known once it is written. ASCII is the likely case; where
    // the guess was too short, the bytes move.
    const guess = offset + headerLengthFor(text.length, key !== undefined);
    const written = writeText(text, target, guess);
    if (written < 0) return -1;
    const length = written - guess;
    checkControlLength(first, length);
    const start = offset + headerLengthFor(length, key !== undefined);
    const end = start + length;
    if (start !== guess) {
      if (end > target.length) return -1;
      target.copyWithin(start, guess, written);
    }
    writeHeader(target, offset, first, length, key);
    if (key !== undefined) this.#kernelToMask().mask(target, start, end, key);
    return end;
  }

  /** A frame in a buffer of its own: the payload first, then the header backwards into the room in front of it. */
  #encodeLong(first: number, payload: string | Uint8Array): Uint8Array<ArrayBuffer> {
    const text = typeof payload === "string";
    const target = text
      ? encodeText(payload, MAX_HEADER_LENGTH)
      : new Uint8Array(MAX_HEADER_LENGTH + checkPayload(first, payload));
    const length = target.length - MAX_HEADER_LENGTH;
    checkControlLength(first, length);
    const key = this.role === "client" ? nextMaskingKey() : undefined;
    if (!text) this.#copy(payload, target, MAX_HEADER_LENGTH, key);
    else if (key !== undefined) this.#kernelToMask().mask(target, MAX_HEADER_LENGTH, target.length, key);
    const start = MAX_HEADER_LENGTH - headerLengthFor(length, key !== undefined);
    writeHeader(target, start, first, length, key);
    return target.subarray(start);
  }

  #copy(payload: Uint8Array, target: Uint8Array, start: number, key: number | undefined): void {
    if (key === undefined) target.set(payload, start);
    else this.#kernelToMask().copyMasked(payload, target, start, key);
  }

  #kernelToMask(): Kernel {
    this.#kernel ??= defaultKernel().kernel;
    return this.#kernel;
  }
}

/** §5.2: FIN, RSV and opcode. */
export function firstByte(opcode: Opcode, options: FrameOptions = WHOLE): number {
  if (options === WHOLE && (opcode === Opcode.Text || opcode === Opcode.Binary)) return 0x80 | opcode;
  if (typeof options !== "object" || options === null) throw wrongType("options", "an object", options);
  const { fin = true, rsv = 0 } = options;
  if (typeof fin !== "boolean") throw wrongType("fin", "a boolean", fin);
  if (!Number.isInteger(opcode) || (opcode & ~0x0f) !== 0 || (opcode & 7) > 2) {
    throw new RangeError(`opcode must be one of Opcode, not ${shown(opcode)}`);
  }
  if (isControl(opcode) && !fin) throw new TypeError("fin must be true: a control frame cannot be fragmented (§5.5)");
  checkInteger("rsv", rsv, 0, 7);
  // RFC 7692 §6: RSV1 is for the first frame of a data message alone.
  if ((rsv & 4) !== 0 && (opcode === Opcode.Continuation || isControl(opcode))) {
    throw new RangeError(`rsv must not have RSV1 in a frame of opcode ${opcode}, but ${rsv} has`);
  }
  return (fin ? 0x80 : 0) | (rsv << 4) | opcode;
}

/** `first` is the frame's opcode, or the byte that holds it. */
function checkPayload(first: number, payload: Uint8Array): number {
  checkPayloadType(payload);
  if (payload.length > MAX_PAYLOAD) throw new RangeError(`payload must be at most ${MAX_PAYLOAD} bytes in a frame`);
  checkControlLength(first, payload.length);
  if ((first & 0x0f) === Opcode.Close) checkClosePayload(payload);
  return payload.length;
}

/** @throws TypeError when it is neither text nor bytes. */
export function checkPayloadType(payload: unknown): void {
  checkBytes("payload", payload, "a string or a Uint8Array");
}

function checkControlLength(first: number, length: number): void {
  if (length > MAX_CONTROL_PAYLOAD && isControl(first)) {
    throw new RangeError(
      `payload must be at most ${MAX_CONTROL_PAYLOAD} bytes in a control frame (§5.5), not ${length}`,
    );
  }
}

function checkTarget(target: Uint8Array, offset: number): void {
  checkBytes("target", target);
  checkInteger("offset", offset, 0, Number.MAX_SAFE_INTEGER);
}
