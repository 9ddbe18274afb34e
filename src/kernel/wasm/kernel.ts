import { copyMasked, LOOP_UP_TO } from "../copy-masked.ts";
import { copyRest, type Destination } from "../destination.ts";
import type { Kernel } from "../kernel.ts";
import * as layout from "../layout.ts";
import { ReceiveBuffer } from "../receive-buffer.ts";
import { createScanState, remainingOf, returnSpareState, type ScanState, takeSpareState } from "../scan-state.ts";
import { mask, scan, validateUtf8 } from "../typescript/index.ts";
import type { WasmExports } from "./module.ts";

// V8 folds a module's own constants into the code; an imported one it loads and checks at each use. One by one, a bundler
// folds them as well.
const COUNT = layout.COUNT;
const FAULT = layout.FAULT;
const FRAME = layout.FRAME;
const HEAD_MASKED = layout.HEAD_MASKED;
const HEAD_TEXT = layout.HEAD_TEXT;
const POSITION = layout.POSITION;
const RECORD_CAPACITY = layout.RECORD_CAPACITY;
const RECORD_WORDS = layout.RECORD_WORDS;
const RECORDS_ADDRESS = layout.RECORDS_ADDRESS;
const REMAINING_HIGH = layout.REMAINING_HIGH;
const REMAINING_LOW = layout.REMAINING_LOW;
const RULES = layout.RULES;
const SLOT_COUNT = layout.SLOT_COUNT;
const SLOT_SIZE = layout.SLOT_SIZE;
const SLOT_STRIDE = layout.SLOT_STRIDE;
const SLOTS_ADDRESS = layout.SLOTS_ADDRESS;
const STATE_ADDRESS = layout.STATE_ADDRESS;
const STATE_WORDS = layout.STATE_WORDS;
const WINDOW_ADDRESS = layout.WINDOW_ADDRESS;
const WINDOW_SIZE = layout.WINDOW_SIZE;

// Below these sizes, copying in and out costs more than the vectors save, and the TypeScript twin does the work. They are
// where the two took the same time on x86-64, Node 20 to 26, with Node 24 deciding (`npm run bench -- --job mask`, `utf8` and
// `decode-view`, "single", with sizes about them).
const STAGE_FROM = 40;
/** The same for a part of an array, of which a view must be made first. */
const STAGE_PART_FROM = 72;
const STAGE_SCAN_FROM = 24;

/** Up to this length, views of what is staged are kept. */
const KEEP_VIEWS_TO = 1024;

/** What is staged of an unmasked chunk when a long frame begins there: its header, and what of it fits. */
const HEADER_WINDOW = 16;

/** Wraps an instance: stages chunks in its memory, a window at a time, and copies back what was unmasked. */
export class WasmKernel implements Kernel {
  readonly name = "wasm-simd";
  readonly #exports: WasmExports;
  /** The instance's memory, looked up once: the getter of `memory.buffer` costs more than a call. */
  readonly #buffer: ArrayBuffer;
  readonly #window: Uint8Array;
  /** The window's first bytes, as many as the index says: a new view takes as long as copying 500 bytes. */
  readonly #prefixes: (Uint8Array | undefined)[];
  readonly #state: ScanState;
  #stateTaken = false;
  /** Which slots are taken, and how many. */
  readonly #slots: boolean[] = new Array(SLOT_COUNT).fill(false);
  #slotsTaken = 0;

  constructor(exports: WasmExports) {
    this.#exports = exports;
    this.#buffer = exports.memory.buffer as ArrayBuffer;
    this.#window = new Uint8Array(this.#buffer, WINDOW_ADDRESS, WINDOW_SIZE);
    this.#prefixes = new Array(KEEP_VIEWS_TO + 1).fill(undefined);
    this.#state = createScanState(
      new Int32Array(this.#buffer, STATE_ADDRESS, STATE_WORDS),
      new Int32Array(this.#buffer, RECORDS_ADDRESS, RECORD_CAPACITY * RECORD_WORDS),
    );
  }

  mask(bytes: Uint8Array, start: number, end: number, key: number): number {
    if (this.#holds(bytes)) {
      return this.#exports.mask(bytes.byteOffset + start, bytes.byteOffset + end, key);
    }
    if (!worthStaging(bytes, start, end)) return mask(bytes, start, end, key);
    let rotated = key;
    for (let at = start; at < end; at += WINDOW_SIZE) {
      const length = this.#stage(bytes, at, Math.min(end, at + WINDOW_SIZE));
      rotated = this.#exports.mask(WINDOW_ADDRESS, WINDOW_ADDRESS + length, rotated);
      bytes.set(this.#staged(0, length), at);
    }
    return rotated;
  }

  copyMasked(source: Uint8Array, target: Uint8Array, offset: number, key: number): void {
    const { length } = source;
    if (length <= LOOP_UP_TO) {
      copyMasked(source, target, offset, key);
    } else if (length <= WINDOW_SIZE) {
      this.#window.set(source);
      this.#exports.mask(WINDOW_ADDRESS, WINDOW_ADDRESS + length, key);
      target.set(this.#staged(0, length), offset);
    } else {
      target.set(source, offset);
      this.mask(target, offset, offset + length, key);
    }
  }

  validateUtf8(bytes: Uint8Array, start: number, end: number, state: number): number {
    let reached = state;
    if (this.#holds(bytes)) {
      reached = this.#exports.validateUtf8(bytes.byteOffset + start, bytes.byteOffset + end, state);
    } else if (!worthStaging(bytes, start, end)) {
      reached = validateUtf8(bytes, start, end, state);
    } else {
      for (let at = start; at < end && reached >= 0; at += WINDOW_SIZE) {
        const length = this.#stage(bytes, at, Math.min(end, at + WINDOW_SIZE));
        reached = this.#exports.validateUtf8(WINDOW_ADDRESS, WINDOW_ADDRESS + length, reached & 0xf);
      }
    }
    return reached < 0 ? reached : reached & 0xf;
  }

  scan(state: ScanState, chunk: Uint8Array, destination?: Destination): number {
    const { words } = state;
    words[COUNT] = 0;
    const rest = destination === undefined ? 0 : Math.min(chunk.length, remainingOf(words));
    // A nested scan has a state outside the instance's memory, which only the twin can use.
    if (state !== this.#state) {
      scan(state, chunk, chunk.length);
    } else if (this.#holds(chunk)) {
      this.#exports.scan(chunk.byteOffset, chunk.length, chunk.length);
    } else if (chunk.length - words[POSITION] < STAGE_SCAN_FROM) {
      scan(state, chunk, chunk.length);
    } else {
      const masked = (words[RULES] & 0x80) !== 0;
      this.#scanStaged(words, chunk, masked, rest, destination);
      if (masked) return words[COUNT]; // the rest has gone from the window to its destination
    }
    if (destination !== undefined) copyRest(chunk, rest, destination);
    return words[COUNT];
  }

  /** A window after the other; of masked ones, the chunk's first `rest` bytes go to the destination, and the others back. */
  #scanStaged(words: Int32Array, chunk: Uint8Array, masked: boolean, rest: number, destination?: Destination): void {
    for (;;) {
      const from = words[POSITION];
      const to = Math.min(chunk.length, from + (masked ? WINDOW_SIZE : windowLength(words, chunk)));
      this.#stage(chunk, from, to);
      this.#exports.scan(WINDOW_ADDRESS - from, to, chunk.length);
      const reached = words[POSITION];
      if (masked) {
        const split = Math.min(Math.max(from, rest), to);
        if (split > from) destination!.bytes.set(this.#staged(0, split - from), destination!.at + from);
        if (split < to) chunk.set(this.#staged(split - from, to - from), split);
      }
      if (reached < to || reached === chunk.length || words[FAULT] !== 0) return;
    }
  }

  takeState(): ScanState {
    if (this.#stateTaken) return takeSpareState();
    this.#stateTaken = true;
    return this.#state;
  }

  returnState(state: ScanState): void {
    if (state === this.#state) this.#stateTaken = false;
    else returnSpareState(state);
  }

  acquireReceiveBuffer(): ReceiveBuffer {
    const slot = this.#slots.indexOf(false);
    if (slot < 0) return new ReceiveBuffer();
    const bytes = new Uint8Array(this.#buffer, SLOTS_ADDRESS + slot * SLOT_STRIDE, SLOT_SIZE);
    const buffer = new ReceiveBuffer(bytes, () => {
      this.#slots[slot] = false;
      this.#slotsTaken--;
    });
    this.#slots[slot] = true;
    this.#slotsTaken++;
    return buffer;
  }

  /** Whether `bytes` lie in a receive slot. The getter of `buffer` is a call into the engine, so it is asked last. */
  #holds(bytes: Uint8Array): boolean {
    return this.#slotsTaken !== 0 && bytes.buffer === this.#buffer;
  }

  /** Copies `bytes[start, end)` into the window; returns how many bytes. */
  #stage(bytes: Uint8Array, start: number, end: number): number {
    const whole = start === 0 && end === bytes.length;
    // Not subarray: of a Node Buffer that makes a Buffer, which takes several times as long.
    const part = whole ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
    this.#window.set(part);
    return end - start;
  }

  /** A view of the window's bytes `[start, end)`. */
  #staged(start: number, end: number): Uint8Array {
    if (start !== 0) return new Uint8Array(this.#buffer, WINDOW_ADDRESS + start, end - start);
    if (end === WINDOW_SIZE) return this.#window;
    let prefix = this.#prefixes[end];
    if (prefix === undefined) {
      prefix = new Uint8Array(this.#buffer, WINDOW_ADDRESS, end);
      if (end <= KEEP_VIEWS_TO) this.#prefixes[end] = prefix;
    }
    return prefix;
  }
}

function worthStaging(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  return length >= (length === bytes.length ? STAGE_FROM : STAGE_PART_FROM);
}

/** An unmasked payload that need not be validated is passed over where it lies, so nothing of it is staged. */
function windowLength(words: Int32Array, chunk: Uint8Array): number {
  if ((words[REMAINING_LOW] | words[REMAINING_HIGH]) !== 0) {
    return (words[FRAME] & (HEAD_MASKED | HEAD_TEXT)) !== 0 ? WINDOW_SIZE : 1;
  }
  return (chunk[words[POSITION] + 1] & 0x7f) >= 126 ? HEADER_WINDOW : WINDOW_SIZE;
}
