import { WASM_TEXT } from "./binary.ts";

/** What the binary exports: `assembly/index.ts`. */
export interface WasmExports {
  readonly memory: WebAssembly.Memory;
  mask(start: number, end: number, key: number): number;
  validateUtf8(start: number, end: number, state: number): number;
  scan(origin: number, end: number, reach: number): number;
}

/** Undoes `printable` of assembly/build.mjs. */
export function decodeBinary(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let page = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x7c) {
      page = code - 0x7b;
    } else {
      bytes.push(code - 36 + 88 * page);
      page = 0;
    }
  }
  return new Uint8Array(bytes);
}

/** Compiles the inlined binary. Throws where the runtime has no WASM, no SIMD, or forbids compiling. */
export function compileInlined(): WebAssembly.Module {
  return new WebAssembly.Module(decodeBinary(WASM_TEXT));
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
