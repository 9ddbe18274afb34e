import { wrongType } from "../protocol/argument.ts";
import type { Opcode } from "../protocol/opcode.ts";
import { FrameEncoder, type FrameOptions } from "./encoder.ts";

const unmasked = new FrameEncoder({ role: "server" });

/** A frame encoded once for many connections: `bytesFor` gives each its bytes. */
export class PreparedFrame implements FrameOptions {
  /** The frame's opcode. */
  readonly opcode: Opcode;
  /** Whether it is the last frame of its message. */
  readonly fin: boolean;
  /** Its reserved bits: RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  readonly rsv: number;
  /** The frame as a server sends it, unmasked. Shared: do not change it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The payload, a view of `bytes`. */
  readonly payload: Uint8Array<ArrayBuffer>;

  /**
   * Copies or encodes `payload`, which is the caller's again afterwards.
   * @throws TypeError, RangeError naming the argument that is wrong.
   */
  constructor(opcode: Opcode, payload: string | Uint8Array, options: FrameOptions = {}) {
    this.bytes = unmasked.encode(opcode, payload, options);
    this.opcode = opcode;
    this.fin = options.fin ?? true;
    this.rsv = options.rsv ?? 0;
    const form = this.bytes[1];
    this.payload = this.bytes.subarray(form < 126 ? 2 : form === 126 ? 4 : 10);
  }

  /**
   * The frame as `encoder` sends it: for a server the same bytes each time, not to be changed; for a client new ones, with a
   * fresh key each time. §5.3: "When preparing a masked frame, the client MUST pick a fresh masking key".
   * @throws TypeError when `encoder` is no `FrameEncoder`.
   */
  bytesFor(encoder: FrameEncoder): Uint8Array<ArrayBuffer> {
    if (!(encoder instanceof FrameEncoder)) throw wrongType("encoder", "a FrameEncoder", encoder);
    return encoder.role === "server" ? this.bytes : encoder.encode(this.opcode, this.payload, this);
  }
}
