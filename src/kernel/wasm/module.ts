/** What the binary exports: `assembly/index.ts`. */
export interface WasmExports {
  readonly memory: WebAssembly.Memory;
  mask(start: number, end: number, key: number): number;
  validateUtf8(start: number, end: number, state: number): number;
  scan(origin: number, end: number, reach: number): number;
}

/** Throws when the module is not wsimd's. */
export function instantiate(module: WebAssembly.Module): WasmExports {
  const exports = new WebAssembly.Instance(module).exports as Partial<Record<keyof WasmExports, unknown>>;
  const { memory, mask, validateUtf8, scan } = exports;
  const complete = [mask, validateUtf8, scan].every((member) => typeof member === "function");
  if (!complete || !(memory instanceof WebAssembly.Memory)) {
    throw new TypeError("module must be the compiled wsimd.wasm: it lacks the kernel's exports");
  }
  return exports as unknown as WasmExports;
}
