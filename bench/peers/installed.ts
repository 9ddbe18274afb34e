import { createRequire } from "node:module";
import { dirname } from "node:path";

const require = createRequire(import.meta.url);

/** Loads a package by its folder. By name, Bun gives its own `ws` and `utf-8-validate` in place of the real ones. */
export function requireInstalled<T>(name: string): T {
  return require(dirname(require.resolve(`${name}/package.json`))) as T;
}
