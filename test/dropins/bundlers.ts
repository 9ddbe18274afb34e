import { join } from "node:path";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import { rolldown } from "rolldown";
import * as vite from "vite";
import webpack from "webpack";

export interface BundleOptions {
  /** Where the entry lies, and what it needs is installed. */
  readonly root: string;
  readonly entry: string;
  readonly alias: Readonly<Record<string, string>>;
  readonly output: { readonly folder: string; readonly file: string };
}

/** Each makes one file of the entry and all that it needs, for Node. */
export const bundlers: Readonly<Record<string, (options: BundleOptions) => Promise<unknown>>> = {
  esbuild: ({ root, entry, alias, output }) =>
    esbuild.build({
      absWorkingDir: root,
      entryPoints: [entry],
      outfile: join(output.folder, output.file),
      bundle: true,
      platform: "node",
      alias,
    }),

  Rolldown: async ({ root, entry, alias, output }) => {
    const build = await rolldown({ cwd: root, input: entry, platform: "node", resolve: { alias } });
    await build.write({ file: join(output.folder, output.file), format: "cjs" });
    await build.close();
  },

  Vite: ({ root, entry, alias, output }) =>
    vite.build({
      root,
      configFile: false,
      logLevel: "error",
      resolve: { alias },
      ssr: { noExternal: true },
      build: {
        ssr: entry,
        outDir: output.folder,
        rolldownOptions: { output: { format: "cjs", entryFileNames: output.file } },
      },
    }),

  webpack: ({ root, entry, alias, output }) => {
    const compiler = webpack({
      context: root,
      entry,
      output: { path: output.folder, filename: output.file },
      target: "node",
      mode: "none",
      resolve: { alias },
    });
    return promisify(compiler.run).call(compiler);
  },
};
