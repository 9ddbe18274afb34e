import type { Kernel } from "../../src/kernel/kernel.ts";
import { createWasmKernel } from "../../src/kernel/select.ts";
import { typescriptKernel } from "../../src/kernel/typescript-kernel.ts";

/**
 * A kernel and the memory it is tried on. The WASM kernel leaves short bytes in ordinary memory to its twin, so only
 * bytes in its own memory show what the assembly does with them.
 */
export interface Subject {
  readonly title: string;
  readonly kernel: Kernel;
  /** The name that the kernel must have: a silent fallback fails. */
  readonly kernelName: Kernel["name"];
  /** How many bytes `allocate` can give. */
  readonly capacity: number;
  /** Bytes that begin `misalignment` bytes past a multiple of 16. What they hold is left from before. */
  allocate(length: number, misalignment?: number): Uint8Array;
}

const wasm = createWasmKernel();
const own = wasm.acquireReceiveBuffer().bytes;

function ordinary(length: number, misalignment = 0): Uint8Array {
  return new Uint8Array(new ArrayBuffer(length + misalignment), misalignment, length);
}

export const subjects: readonly Subject[] = [
  { title: "typescript", kernel: typescriptKernel, kernelName: "typescript", capacity: 2 ** 24, allocate: ordinary },
  { title: "wasm-simd", kernel: wasm, kernelName: "wasm-simd", capacity: 2 ** 24, allocate: ordinary },
  {
    title: "wasm-simd in its own memory",
    kernel: wasm,
    kernelName: "wasm-simd",
    capacity: own.length,
    allocate: (length, misalignment = 0) => own.subarray(misalignment, misalignment + length),
  },
];

/** A copy of `bytes` in the memory that `subject` is tried on. */
export function place(subject: Subject, bytes: ArrayLike<number>, misalignment = 0): Uint8Array {
  const placed = subject.allocate(bytes.length, misalignment);
  placed.set(bytes);
  return placed;
}
