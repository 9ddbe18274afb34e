import type * as Wsimd from "wsimd";
import type { Frame, FrameHandler, Kernel } from "wsimd";
import type * as Layout from "../../dist/kernel/layout.js";
import { ChunkPool, PayloadPool } from "./speed-inputs.ts";
import type { Order } from "./speed-plan.ts";

// An import map does not apply in a worker, so the library is found by its place.
const { defaultKernel, FrameDecoder, typescriptKernel } = (await import(
  new URL("../wsimd/index.js", import.meta.url).href
)) as typeof Wsimd;
// What the words of a scan's state are is nobody's business but the decoder's, so the package does not export it.
const { FAULT, LIMIT_HIGH, LIMIT_LOW, POSITION, RULES } = (await import(
  new URL("../wsimd/kernel/layout.js", import.meta.url).href
)) as typeof Layout;
const SERVER_RULES = 0x80;
const NO_LIMIT_HIGH = 0x1fffff;

/** One job as one contestant does it. */
export interface Contestant {
  /** How many calls or frames a `run` counts as, and how many bytes each of them goes over. */
  readonly operations: number;
  readonly bytes: number;
  /** What each `run` must return: sums that cannot be had without the work. */
  readonly expected: number;
  /** Untimed, before each `run`: brings back the input that the last one changed. */
  prepare(): void;
  /** Timed. */
  run(): number;
  /** Untimed: does the work once more and compares every byte of every result. Throws when one is wrong. */
  verify(): void;
}

/** Why the WASM kernel cannot run here, if it cannot. */
export function wasmUnavailable(): string | undefined {
  return defaultKernel().fallbackReason;
}

export function createContestant({ job, contestant, bytes }: Order): Contestant {
  switch (job) {
    case "mask":
      return maskContestant(contestant === "byte loop" ? maskByteByByte : maskOf(kernelNamed(contestant)), bytes);
    case "utf8-ascii":
    case "utf8-korean": {
      const isValid = contestant === "TextDecoder" ? decodes() : validatorOf(kernelNamed(contestant));
      return utf8Contestant(isValid, new PayloadPool(job === "utf8-ascii" ? "ascii" : "korean", bytes));
    }
    case "scan":
      return scanContestant(kernelNamed(contestant), new ChunkPool("binary", bytes));
    case "decode-view":
      return decodeContestant(kernelNamed(contestant), new ChunkPool("binary", bytes), new ViewHandler());
    case "decode-string":
      return decodeContestant(kernelNamed(contestant), new ChunkPool("ascii", bytes), new StringHandler());
  }
}

/** The kernel of this name, and no other in its place. */
function kernelNamed(name: string): Kernel {
  const kernel = name === "typescript" ? typescriptKernel : defaultKernel().kernel;
  if (kernel.name !== name) throw new Error(`the ${kernel.name} kernel ran, not ${name}`);
  return kernel;
}

type Mask = (bytes: Uint8Array, key: number) => void;

function maskOf(kernel: Kernel): Mask {
  return (bytes, key) => {
    kernel.mask(bytes, 0, bytes.length, key);
  };
}

/** §5.3 as it is written. Chromium's engine runs it twice as fast as a loop that shifts or turns the 32-bit key. */
function maskByteByByte(bytes: Uint8Array, key: number): void {
  const octets = [key & 0xff, (key >>> 8) & 0xff, (key >>> 16) & 0xff, key >>> 24];
  for (let at = 0; at < bytes.length; at++) bytes[at] ^= octets[at & 3];
}

function maskContestant(mask: Mask, bytes: number): Contestant {
  const pool = new PayloadPool("binary", bytes);
  const { payloads, pristine } = pool;
  const keys = crypto.getRandomValues(new Int32Array(payloads.length));
  const expected = pristine.map((payload, index) => {
    const masked = payload.slice();
    maskByteByByte(masked, keys[index]);
    return masked;
  });
  const run = (): number => {
    let sum = 0;
    for (let index = 0; index < payloads.length; index++) {
      const payload = payloads[index];
      mask(payload, keys[index]);
      sum += payload[0] + payload[payload.length - 1];
    }
    return sum;
  };
  return {
    operations: payloads.length,
    bytes,
    expected: expected.reduce((sum, payload) => sum + payload[0] + payload[payload.length - 1], 0),
    prepare: () => pool.restore(),
    run,
    verify() {
      run();
      payloads.forEach((payload, index) => {
        compareBytes(payload, expected[index]);
      });
    },
  };
}

type Validator = (text: Uint8Array) => boolean;

function validatorOf(kernel: Kernel): Validator {
  return (text) => kernel.validateUtf8(text, 0, text.length, 0) === 0;
}

function decodes(): Validator {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return (text) => {
    try {
      return decoder.decode(text).length > 0;
    } catch {
      return false;
    }
  };
}

function utf8Contestant(isValid: Validator, { payloads }: PayloadPool): Contestant {
  return {
    operations: payloads.length,
    bytes: payloads[0].length,
    expected: payloads.length,
    prepare: () => undefined,
    run(): number {
      let valid = 0;
      for (const text of payloads) if (isValid(text)) valid++;
      return valid;
    },
    /** Whoever says yes to everything is found here. */
    verify() {
      if (!payloads.every(isValid)) throw new Error("a valid text was refused");
      const spoilt = payloads[0].slice();
      for (const at of [0, spoilt.length >> 1, spoilt.length - 1]) {
        const kept = spoilt[at];
        spoilt[at] = 0xff;
        if (isValid(spoilt)) throw new Error(`a text with an invalid byte ${at} was accepted`);
        spoilt[at] = kept;
      }
    },
  };
}

/** The kernel's `scan` alone, as the decoder calls it. */
function scanContestant(kernel: Kernel, pool: ChunkPool): Contestant {
  const run = (): number => {
    const state = kernel.takeState();
    const { words } = state;
    let records = 0;
    for (const chunk of pool.chunks) {
      words.fill(0);
      words[RULES] = SERVER_RULES;
      words[LIMIT_LOW] = -1;
      words[LIMIT_HIGH] = NO_LIMIT_HIGH;
      // A full record table ends a call before the chunk does.
      while (words[POSITION] < chunk.length && words[FAULT] === 0) records += kernel.scan(state, chunk);
    }
    kernel.returnState(state);
    return records;
  };
  return {
    operations: pool.frames,
    bytes: pool.frameLength,
    expected: pool.frames,
    prepare: () => pool.restore(),
    run,
    verify() {
      run();
      for (const chunk of pool.chunks) {
        pool.payloads.forEach((payload, index) => {
          const end = (index + 1) * pool.frameLength;
          compareBytes(chunk.subarray(end - payload.length, end), payload);
        });
      }
    },
  };
}

/** Takes what a run decodes: `sum` cannot be had without it. */
interface PayloadHandler extends FrameHandler {
  sum: number;
  /** Gets every payload while results are compared. */
  compare: ((payload: Uint8Array) => void) | undefined;
}

class ViewHandler implements PayloadHandler {
  sum = 0;
  compare: PayloadHandler["compare"] = undefined;
  /** Held, so that no engine can do without the view. */
  last: Uint8Array | undefined = undefined;

  onFrame(frame: Frame): void {
    const payload = frame.payload;
    this.last = payload;
    this.sum += payload.length + payload[payload.length - 1];
    this.compare?.(payload);
  }
}

class StringHandler implements PayloadHandler {
  sum = 0;
  compare: PayloadHandler["compare"] = undefined;
  last = "";

  onFrame(frame: Frame): void {
    const text = frame.text();
    this.last = text;
    this.sum += text.length + text.charCodeAt(text.length - 1);
    this.compare?.(new TextEncoder().encode(text));
  }
}

function decodeContestant(kernel: Kernel, pool: ChunkPool, handler: PayloadHandler): Contestant {
  const decoder = new FrameDecoder({ role: "server", kernel });
  const { chunks, payloads } = pool;
  const run = (): number => {
    handler.sum = 0;
    for (const chunk of chunks) decoder.decode(chunk, handler);
    return handler.sum;
  };
  return {
    operations: pool.frames,
    bytes: pool.frameLength,
    expected: chunks.length * payloads.reduce((sum, payload) => sum + payload.length + payload[payload.length - 1], 0),
    prepare: () => pool.restore(),
    run,
    verify() {
      let taken = 0;
      handler.compare = (payload) => compareBytes(payload, payloads[taken++ % payloads.length]);
      run();
      handler.compare = undefined;
      if (taken !== pool.frames) throw new Error(`${taken} frames were decoded instead of ${pool.frames}`);
    },
  };
}

function compareBytes(actual: Uint8Array, expected: Uint8Array): void {
  if (actual.length !== expected.length) throw new Error(`${actual.length} bytes instead of ${expected.length}`);
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  if (at >= 0) throw new Error(`byte ${at} of a payload is wrong`);
}
