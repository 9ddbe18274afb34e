// It stands in dist/wasm.d.ts.
import type { WasmModule } from "./kernel/select.js";

/** The compiled kernel, where the runtime or bundler makes a module of it: hand it to `createWasmKernel`. */
declare const module: WasmModule;
export default module;
