import { copyFile, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { type Plugin, rolldown } from "rolldown";

/** What a runtime has besides the language: Node's modules, or those of the web alone. */
export type Surroundings = "node" | "web" | "workerd";

export interface BundleOptions {
  readonly surroundings: Surroundings;
  /** The root of this repository. */
  readonly root: string;
  /** The folder in whose node_modules the package is installed. */
  readonly installed: string;
  /** The folder to write to, below `installed`, so that a runtime finds the package by its name from there. */
  readonly output: string;
  /** The test files, from the folder test. */
  readonly files: readonly string[];
}

/** The module that a runtime starts with, in test/in-runtime. */
const STARTS: Readonly<Record<Surroundings, string>> = { node: "process.ts", web: "page.ts", workerd: "worker.ts" };

/** Writes main.js, which runs the test files as they are, but on the installed package instead of src. */
export async function bundle({ surroundings, root, installed, output, files }: BundleOptions): Promise<void> {
  const workerd = surroundings === "workerd";
  const build = await rolldown({
    input: { main: join(root, "test/in-runtime", STARTS[surroundings]) },
    platform: surroundings === "node" ? "node" : "neutral",
    external: surroundings === "node" ? /^node:/ : [],
    resolve: {
      mainFields: ["module", "main"],
      ...(surroundings === "workerd" ? { conditionNames: ["workerd", "worker", "browser", "import"] } : {}),
    },
    transform: {
      define: {
        "process.env.NODE_ENV": '"test"',
        "process.env.CI": "undefined",
        // `npm test` leaves no step out: here it is asked whether runtimes differ.
        "process.env.SWEEP_STEP": '"211"',
      },
    },
    plugins: [
      ...(surroundings === "node" ? [] : [portableNode(root)]),
      onInstalled(root, installed, workerd),
      testModules(root, files),
    ],
  });
  // What workerd imports while it handles a request may not even ask for the time: there all is one module, whose parts run when
  // they are imported.
  await build.write({ dir: output, format: "esm", chunkFileNames: "[name]-[hash].js", codeSplitting: !workerd });
  await build.close();
  if (workerd) await copyFile(join(installed, "node_modules/wsimd/dist/wsimd.wasm"), join(output, "wsimd.wasm"));
}

const TESTS = "virtual:tests";

/**
 * The test files. As Vitest does it, each has modules of its own: its name is appended to the ids of all that it imports from test
 * and src, and a number where that is made anew. A file that imports one dynamically has called `vi.resetModules`, which does
 * nothing here.
 */
function testModules(root: string, files: readonly string[]): Plugin {
  return {
    name: "test-modules",
    resolveId(specifier, importer) {
      if (specifier === TESTS) return TESTS;
      return importer === TESTS ? `${join(root, "test", specifier)}?${specifier}` : undefined;
    },
    async load(id) {
      if (id === TESTS) {
        const members = files.map((file) => `${JSON.stringify(file)}: () => import(${JSON.stringify(file)}),`);
        return `export const tests = {\n${members.join("\n")}\n};`;
      }
      const [file, copy] = id.split("?");
      if (copy === undefined) return undefined;
      return { code: await readFile(file, "utf8"), moduleType: file.endsWith(".ts") ? "ts" : "js" };
    },
  };
}

/** What test files import, and what that imports: a file of src is the same file of the installed package. */
function onInstalled(root: string, installed: string, workerd: boolean): Plugin {
  const src = join(root, "src/");
  const dist = join(installed, "node_modules/wsimd/dist", workerd ? "workerd" : "");
  let anew = 0;
  return {
    name: "on-installed",
    async resolveId(specifier, importer, { kind }) {
      if (specifier.endsWith("/wsimd.wasm")) return { id: "./wsimd.wasm", external: true };
      if (/^wsimd(\/|$)/.test(specifier)) {
        // Each runtime finds the package by its name on its own, but workerd, for which bundlers do; what needs Node it has not.
        return workerd && specifier !== "wsimd/node"
          ? this.resolve(specifier, join(installed, "main.js"), { skipSelf: true })
          : { id: specifier, external: true };
      }
      const [from, copy] = importer?.split("?") ?? [];
      if (copy === undefined) return undefined;
      if (!specifier.startsWith(".")) return this.resolve(specifier, from, { skipSelf: true });
      const file = resolve(dirname(from), specifier);
      const place = file.startsWith(src) ? join(dist, relative(src, file).replace(/\.ts$/, ".js")) : file;
      return `${place}?${kind === "dynamic-import" ? `${copy}#${++anew}` : copy}`;
    },
  };
}

/** Where there is nothing of Node's: what tests use of it, from the folder portable. */
function portableNode(root: string): Plugin {
  const portable = join(root, "test/runtimes/portable");
  const modules: Readonly<Record<string, string>> = {
    "node:crypto": "crypto.ts",
    "node:zlib": "zlib.ts",
    minizlib: "minizlib.ts",
  };
  return {
    name: "portable-node",
    resolveId: (specifier) => (Object.hasOwn(modules, specifier) ? join(portable, modules[specifier]) : undefined),
    transform: {
      filter: { id: { include: new RegExp(`^${join(root, "test/")}.*\\?`), exclude: new RegExp(`^${portable}`) } },
      handler(code, id) {
        const used = ["Buffer", "process", "setImmediate"].filter(
          (name) =>
            new RegExp(`(?<![.\\w"])${name}\\b(?!["\\w]|\\.env\\b)`).test(code) &&
            !new RegExp(`import .*\\b${name}\\b`).test(code),
        );
        if (used.length === 0) return undefined;
        // By a relative path it has the modules of this test, too.
        const globals = relative(dirname(id.split("?")[0]), join(portable, "globals.ts"));
        return `import { ${used.join(", ")} } from ${JSON.stringify(globals)};\n${code}`;
      },
    },
  };
}
