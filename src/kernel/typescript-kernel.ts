import type { Kernel } from "./kernel.ts";
import { COUNT } from "./layout.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { returnSpareState, type ScanState, takeSpareState } from "./scan-state.ts";
import { mask, scan, validateUtf8 } from "./typescript/index.ts";

/** The pure-TypeScript twin. Runs everywhere. */
export const typescriptKernel: Kernel = {
  name: "typescript",
  mask(bytes: Uint8Array, start: number, end: number, key: number): number {
    return mask(bytes, start, end, key);
  },
  validateUtf8(bytes: Uint8Array, start: number, end: number, state: number): number {
    const reached = validateUtf8(bytes, start, end, state);
    return reached < 0 ? reached : reached & 0xf;
  },
  scan(state: ScanState, chunk: Uint8Array): number {
    state.words[COUNT] = 0;
    return scan(state, chunk, chunk.length);
  },
  takeState: takeSpareState,
  returnState: returnSpareState,
  acquireReceiveBuffer(): ReceiveBuffer {
    return new ReceiveBuffer();
  },
};
