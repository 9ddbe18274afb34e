import { describe, expect, it } from "vitest";
import { createWasmKernel, typescriptKernel } from "wsimd";
import { assertKernel, kernelFor } from "../../bench/kernels.ts";

describe("assertKernel", () => {
  it("takes each kernel for itself", () => {
    for (const subject of ["wasm-simd", "typescript"] as const) {
      expect(() => assertKernel(kernelFor(subject), subject)).not.toThrow();
    }
  });

  it("fails when another kernel serves", () => {
    expect(() => assertKernel(typescriptKernel, "wasm-simd")).toThrow("the typescript kernel ran, not wasm-simd");
    expect(() => assertKernel(createWasmKernel(), "typescript")).toThrow("the wasm-simd kernel ran, not typescript");
  });

  it("fails when a scan would not run on the kernel that is named", () => {
    const kernel = createWasmKernel();
    // A nested scan, as from inside a handler, is the twin's.
    const state = kernel.takeState();
    expect(() => assertKernel(kernel, "wasm-simd")).toThrow("a scan would not run on the wasm-simd kernel");
    kernel.returnState(state);
    expect(() => assertKernel(kernel, "wasm-simd")).not.toThrow();
  });
});
