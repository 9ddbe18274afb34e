import { createWasmKernel, type Kernel, typescriptKernel } from "wsimd";
import type { Subject } from "./plan.ts";

/** Throws, and does not fall back, where the kernel cannot run. */
export function kernelFor(subject: Subject): Kernel {
  return subject === "wasm-simd" ? createWasmKernel() : typescriptKernel;
}

/** Fails unless it is `subject` that runs on `kernel`, also in a scan. */
export function assertKernel(kernel: Kernel, subject: Subject): void {
  if (kernel.name !== subject) throw new Error(`the ${kernel.name} kernel ran, not ${subject}`);
  // A scan with a state outside the instance's memory, as a nested one has, is the twin's. In the instance's memory the
  // state and the records share a buffer.
  const state = kernel.takeState();
  const ownMemory = state.words.buffer === state.records.buffer;
  kernel.returnState(state);
  if (ownMemory !== (subject === "wasm-simd")) throw new Error(`a scan would not run on the ${subject} kernel`);
}
