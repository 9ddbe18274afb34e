import { PreparedFrame } from "../frame/prepared.ts";
import type { Extension } from "../message/extension.ts";
import { checkDataOpcode, type DataOpcode } from "../protocol/opcode.ts";

/** A message for many connections, encoded once, and once more for each way in which their extensions encode it. */
export class PreparedMessage {
  readonly #plain: PreparedFrame;
  /** By `Extension.preparation`. */
  readonly #encoded = new Map<string, PreparedFrame>();

  /**
   * Copies or encodes `payload`, which is the caller's again afterwards.
   * @throws TypeError, RangeError naming the argument that is wrong.
   */
  constructor(opcode: DataOpcode, payload: string | Uint8Array) {
    checkDataOpcode(opcode);
    this.#plain = new PreparedFrame(opcode, payload);
  }

  /** The frame to send where `extension` was agreed on; without one, as it is. `Connection.sendPrepared` asks for it. */
  frameFor(extension: Extension | undefined): PreparedFrame {
    if (extension === undefined || this.#plain.payload.length < extension.threshold) return this.#plain;
    let frame = this.#encoded.get(extension.preparation);
    if (frame === undefined) {
      const { payload, rsv } = extension.prepare(this.#plain.payload);
      frame = rsv === 0 ? this.#plain : new PreparedFrame(this.#plain.opcode, payload, { rsv });
      this.#encoded.set(extension.preparation, frame);
    }
    return frame;
  }
}
