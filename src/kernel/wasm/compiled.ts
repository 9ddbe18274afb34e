import { WASM_TEXT } from "./binary.ts";

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

/**
 * Compiles the inlined binary. Throws where the runtime has no WASM, no SIMD, or forbids compiling. The one that forbids it to
 * everyone, workerd, imports a module that it has compiled: there, assembly/build-workerd.mjs puts another file in place of this one.
 */
export function compiledModule(): WebAssembly.Module {
  return new WebAssembly.Module(decodeBinary(WASM_TEXT));
}
