import { copyMasked } from "./copy-masked.ts";
import { copyRest, type Destination } from "./destination.ts";
import type { Kernel } from "./kernel.ts";
import { COUNT } from "./layout.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { remainingOf, returnSpareState, type ScanState, takeSpareState } from "./scan-state.ts";
import { mask, scan, validateUtf8 } from "./typescript/index.ts";

/** The pure-TypeScript twin. Runs everywhere. */
export const typescriptKernel: Kernel = {
  name: "typescript",
  mask(bytes: Uint8Array, start: number, end: number, key: number): number {
    return mask(bytes, start, end, key);
  },
  copyMasked,
  validateUtf8(bytes: Uint8Array, start: number, end: number, state: number): number {
    const reached = validateUtf8(bytes, start, end, state);
    return reached < 0 ? reached : reached & 0xf;
  },
  scan(state: ScanState, chunk: Uint8Array, destination?: Destination): number {
    state.words[COUNT] = 0;
    if (destination === undefined) return scan(state, chunk, chunk.length);
    const rest = Math.min(chunk.length, remainingOf(state.words));
    const count = scan(state, chunk, chunk.length);
    copyRest(chunk, rest, destination);
    return count;
  },
  takeState: takeSpareState,
  returnState: returnSpareState,
  acquireReceiveBuffer(): ReceiveBuffer {
    return new ReceiveBuffer();
  },
};
