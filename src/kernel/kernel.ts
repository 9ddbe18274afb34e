import type { Destination } from "./destination.ts";
import type { ReceiveBuffer } from "./receive-buffer.ts";
import type { ScanState } from "./scan-state.ts";

/**
 * The byte loops of RFC 6455: the seam between the two twins. Synchronous; never throws on the peer's input. Everything above
 * asks a kernel and does not know which one it has.
 *
 * It checks no argument, since it is called very often: `start` and `end` must lie within `bytes`, in this order, and a key be
 * a signed 32-bit integer, its first octet in the low eight bits. `mask`, `isValidUtf8` and `Utf8Validator` of this package
 * check theirs.
 */
export interface Kernel {
  /** Which of the two it is. */
  readonly name: "wasm-simd" | "typescript";

  /** §5.3. XORs `bytes[start, end)` in place; returns the masking key rotated for the byte that follows. */
  mask(bytes: Uint8Array, start: number, end: number, key: number): number;

  /** §5.3. Writes `source`, masked, into `target` at `offset`, where there is room for it; the two may overlap. */
  copyMasked(source: Uint8Array, target: Uint8Array, offset: number, key: number): void;

  /**
   * §8.1, resumable: returns the state behind `bytes[start, end)`, from the `state` before them, which is 0 where a text
   * begins. 0 is a character boundary, -1 is invalid, anything else is inside a character.
   */
  validateUtf8(bytes: Uint8Array, start: number, end: number, state: number): number;

  /**
   * The hot loop. From POSITION on it parses and checks the headers in the chunk, unmasks every payload in place,
   * validates every text (but not of a message whose RSV1 is set: its bytes are validated once an extension has decoded
   * them), and leaves one record for each frame or piece of a frame. A full record table ends the call; the next goes
   * on. Returns the number of records.
   *
   * With a `destination`, which has room for it and which only the first call for a chunk may have, the payload of the
   * frame in progress is written there, and what the chunk has in its place is undefined.
   */
  scan(state: ScanState, chunk: Uint8Array, destination?: Destination): number;

  /** A state to scan with, the caller's until it is returned: a nested scan takes another one. In a state that is taken,
   *  nothing is unfinished, and so it must be returned: HELD, REMAINING, MESSAGE and UTF8 are 0. */
  takeState(): ScanState;
  /** Takes back what `takeState` gave. */
  returnState(state: ScanState): void;

  /** Memory to read a socket into, in the kernel's own memory while a slot is free; see `ReceiveBuffer`. */
  acquireReceiveBuffer(): ReceiveBuffer;
}
