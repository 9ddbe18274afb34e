/** The compiled kernel, where the runtime or bundler makes a module of it: hand it to `createWasmKernel`. */
declare const module: WebAssembly.Module;
export default module;
