// The entry points of the package, as its manifest has them.

import manifest from "../../package.json" with { type: "json" };

/** What is imported, but for the manifest itself: "wsimd/node". */
export const ENTRIES = Object.keys(manifest.exports)
  .filter((entry) => entry !== "./package.json")
  .map((entry) => entry.replace(".", manifest.name));

/** The compiled kernel, which is no JavaScript. */
export const BINARY = ["wsimd/wasm", "wsimd/wsimd.wasm"];

/** What stands on modules of Node's. */
export const NODE = ["wsimd/node", "wsimd/deflate/zlib"];

export const MODULES = ENTRIES.filter((entry) => !BINARY.includes(entry));

/** The modules for every runtime. */
export const PORTABLE = MODULES.filter((entry) => !NODE.includes(entry));
