// Each bundler as those have it who configure nothing: to build for production, and where that is not its default, to bundle and
// to minify.

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build as esbuild, transform } from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";

/** Bundles the program `entry`, and returns the only file that comes of it. */
export type Bundler = (entry: string) => Promise<string>;

export const BUNDLERS: Readonly<Record<string, Bundler>> = {
  async esbuild(entry) {
    const { outputFiles } = await esbuild({ entryPoints: [entry], bundle: true, minify: true, write: false });
    return only(outputFiles).text;
  },

  async rolldown(entry) {
    const bundle = await rolldown({ input: entry });
    const { output } = await bundle.generate({ minify: true });
    await bundle.close();
    return codeOf(output);
  },

  /** It finds no packages without a plugin, and minifies nothing: esbuild does. */
  async rollup(entry) {
    const bundle = await rollup({ input: entry, plugins: [nodeResolve()], logLevel: "silent" });
    const { output } = await bundle.generate({});
    await bundle.close();
    return (await transform(codeOf(output), { format: "esm", minify: true })).code;
  },

  async vite(entry) {
    const built = await vite({
      root: dirname(entry),
      configFile: false,
      logLevel: "silent",
      build: { write: false, rolldownOptions: { input: entry } },
    });
    if (!("output" in built)) throw new Error("vite watches");
    return codeOf(built.output);
  },

  async webpack(entry) {
    const path = `${entry}.webpack`;
    const compiler = webpack({ mode: "production", context: dirname(entry), entry, output: { path } });
    const { assets } = await new Promise<webpack.StatsCompilation>((resolve, reject) =>
      compiler.run((error, stats) => (error ? reject(error) : resolve(stats!.toJson()))),
    );
    return readFile(join(path, only(assets ?? []).name), "utf8");
  },
};

function codeOf(
  output: readonly ({ readonly type: "chunk"; readonly code: string } | { readonly type: "asset" })[],
): string {
  const chunk = only(output);
  if (chunk.type !== "chunk") throw new Error("the program became an asset");
  return chunk.code;
}

/** The binary is inlined, and nothing is loaded later: there is one file. */
function only<T>(files: readonly T[]): T {
  if (files.length !== 1) throw new Error(`there are ${files.length} files instead of one`);
  return files[0];
}
