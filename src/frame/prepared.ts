import type { Opcode } from "../protocol/opcode.ts";
import { FrameEncoder, type FrameOptions } from "./encoder.ts";

const encoder = new FrameEncoder({ role: "server" });

/** A frame encoded once for many connections: `FrameEncoder.prepared` gives each its bytes. */
export class PreparedFrame implements FrameOptions {
  readonly opcode: Opcode;
  readonly fin: boolean;
  readonly rsv: number;
  /** The frame as a server sends it, unmasked. Shared: do not change it. */
  readonly bytes: Uint8Array;
  /** The payload, a view of `bytes`. */
  readonly payload: Uint8Array;

  /**
   * Copies or encodes `payload`, which is the caller's again afterwards.
   * @throws TypeError, RangeError naming the argument that is wrong.
   */
  constructor(opcode: Opcode, payload: string | Uint8Array, options: FrameOptions = {}) {
    this.opcode = opcode;
    this.fin = options.fin ?? true;
    this.rsv = options.rsv ?? 0;
    this.bytes = encoder.encode(opcode, payload, options);
    const form = this.bytes[1];
    this.payload = this.bytes.subarray(form < 126 ? 2 : form === 126 ? 4 : 10);
  }
}
