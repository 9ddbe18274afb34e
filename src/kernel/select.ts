import { wrongType } from "../protocol/argument.ts";
import type { Kernel } from "./kernel.ts";
import { typescriptKernel } from "./typescript-kernel.ts";
import { compiledModule } from "./wasm/compiled.ts";
import { WasmKernel } from "./wasm/kernel.ts";
import { instantiate } from "./wasm/module.ts";
import { LITTLE_ENDIAN } from "./words.ts";

/** A `WebAssembly.Module`: by this name, where the types of a program have it. Those of Node alone have not. */
export type WasmModule = typeof globalThis extends {
  readonly WebAssembly: { readonly Module: { readonly prototype: infer Module } };
}
  ? Module
  : object;

/** A kernel, and why it is not the WASM one. */
export interface KernelSelection {
  /** The kernel to run on: it is never missing. */
  readonly kernel: Kernel;
  /** `undefined` when the WASM kernel runs; otherwise the engine's own words on why it cannot. */
  readonly fallbackReason: string | undefined;
}

/**
 * Makes a WASM kernel: from `module`, the compiled `wsimd/wasm`, where the runtime forbids compiling, and from the inlined
 * binary otherwise. Each kernel has 384 KiB of memory; one serves any number of decoders and encoders.
 * @throws Error where WASM or SIMD is missing or forbidden, in the engine's own words, or the host is big-endian.
 * @throws TypeError when `module` is not the compiled `wsimd/wasm`.
 */
export function createWasmKernel(module?: WasmModule): Kernel {
  if (!LITTLE_ENDIAN) throw new Error("the WASM kernel's tables cannot be read on a big-endian host");
  if (typeof WebAssembly !== "object") throw new Error("this runtime has no WebAssembly");
  // By its tag: to a page that may compile nothing, Firefox gives no other module than one of a frame, which has its own classes.
  if (module !== undefined && Object.prototype.toString.call(module) !== "[object WebAssembly.Module]") {
    throw wrongType("module", "a WebAssembly.Module", module);
  }
  return new WasmKernel(instantiate(module ?? compiledModule()));
}

/** The WASM kernel where it can run, the TypeScript kernel elsewhere. Never throws: the reason is in the answer. */
export function selectKernel(module?: WasmModule): KernelSelection {
  try {
    return { kernel: createWasmKernel(module), fallbackReason: undefined };
  } catch (error) {
    return { kernel: typescriptKernel, fallbackReason: String(error) };
  }
}

let selected: KernelSelection | undefined;

/** What `selectKernel()` gave when it was first needed: every decoder and encoder that was not handed a kernel runs on it. */
export function defaultKernel(): KernelSelection {
  selected ??= selectKernel();
  return selected;
}

/** Fails unless `kernel` is one, or `undefined` for the default: `defaultKernel()` itself is not. */
export function checkKernel(kernel: Kernel | undefined): void {
  if (kernel !== undefined && typeof kernel?.scan !== "function") {
    throw wrongType("kernel", "typescriptKernel, createWasmKernel() or defaultKernel().kernel", kernel);
  }
}
