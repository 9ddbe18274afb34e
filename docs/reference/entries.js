import { readFileSync } from "node:fs";

const { name, exports } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** The sources of the entry points that package.json exports, by what a program imports: `wsimd/node` → `../../src/node/index.ts`. */
export const ENTRIES = new Map(
  Object.entries(exports)
    // The compiled kernel is a module of WebAssembly, with nothing in it to document.
    .filter(([, { types }]) => types !== undefined && types !== "./dist/wasm.d.ts")
    .map(([path, { types }]) => [path.replace(".", name), types.replace(/^\.\/dist\/(.*)\.d\.ts$/, "../../src/$1.ts")]),
);
