/** The compiled kernel, where the runtime or bundler makes a module of it: hand it to `createWasmKernel`. It is a `WasmModule`. */
declare const module: typeof globalThis extends {
  readonly WebAssembly: { readonly Module: { readonly prototype: infer Module } };
}
  ? Module
  : object;
export default module;
