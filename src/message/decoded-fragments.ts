import type { Kernel } from "../kernel/kernel.ts";
import type { Opcode } from "../protocol/opcode.ts";
import type { AssemblyLimits } from "./assembly.ts";
import { DecodedMessage } from "./decoded-message.ts";
import type { Extension } from "./extension.ts";

/** Passes on what an extension decodes of a message, instead of collecting it, under the same limits and rules. */
export class DecodedFragments extends DecodedMessage {
  readonly #next: (decoded: Uint8Array) => void;
  #stopped = false;

  constructor(
    opcode: Opcode,
    limits: AssemblyLimits,
    kernel: Kernel,
    extension: Extension,
    next: (decoded: Uint8Array) => void,
  ) {
    super(opcode, limits, kernel, extension);
    this.#next = next;
  }

  override get room(): number {
    return this.#stopped ? 0 : super.room;
  }

  /** It needs none. */
  override reserve(): boolean {
    return true;
  }

  override append({ length, payload }: { readonly length: number; readonly payload: Uint8Array }): void {
    this.length += length;
    if (length > 0) this.#next(payload);
  }

  /** Nobody takes more: the next piece is refused, so that no more are made. */
  override discard(): void {
    super.discard();
    this.#stopped = true;
  }
}
