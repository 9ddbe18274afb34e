import type { Kernel } from "../kernel/kernel.ts";
import { checkKernel, defaultKernel } from "../kernel/select.ts";
import { checkRange } from "./mask.ts";

/**
 * Whether `bytes[start, end)` are valid UTF-8 and end with a whole character (RFC 3629), on the default kernel. `start` is 0 and
 * `end` that of `bytes` unless they are said.
 * @throws TypeError when `bytes` is no `Uint8Array`, RangeError when `start` and `end` are not within it.
 */
export function isValidUtf8(bytes: Uint8Array, start = 0, end?: number): boolean {
  return defaultKernel().kernel.validateUtf8(bytes, start, checkRange(bytes, start, end), 0) === 0;
}

/** Validates a text that comes in pieces, which may be cut inside a character (§8.1). */
export class Utf8Validator {
  readonly #kernel: Kernel;
  #state = 0;

  /** `kernel` is the one to run on. Default: `defaultKernel().kernel`. @throws TypeError when it is none. */
  constructor(kernel: Kernel = defaultKernel().kernel) {
    checkKernel(kernel);
    this.#kernel = kernel;
  }

  /**
   * Takes the next piece, `bytes[start, end)`, by default all of `bytes`. Returns whether the text can still become valid; once it
   * cannot, it stays so until `reset`.
   * @throws TypeError when `bytes` is no `Uint8Array`, RangeError when `start` and `end` are not within it.
   */
  push(bytes: Uint8Array, start = 0, end?: number): boolean {
    const stop = checkRange(bytes, start, end);
    if (this.#state >= 0) this.#state = this.#kernel.validateUtf8(bytes, start, stop, this.#state);
    return this.#state >= 0;
  }

  /** Whether the text so far is valid and ends with a whole character. */
  get complete(): boolean {
    return this.#state === 0;
  }

  /** Begins a new text. */
  reset(): void {
    this.#state = 0;
  }
}
