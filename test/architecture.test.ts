// The direction of imports, and that the twins are twins: what the compiler does not hold.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What each folder of src may import from, besides itself. A new folder needs a line here. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  kernel: ["protocol"],
  frame: ["kernel", "protocol"],
  message: ["frame", "kernel", "protocol"],
  extension: ["message", "protocol"],
  handshake: ["protocol"],
  connection: ["handshake", "message", "frame", "kernel", "protocol"],
  adapter: ["connection", "message", "protocol"],
  web: ["adapter", "connection", "handshake", "message", "protocol"],
  node: ["web", "adapter", "connection", "handshake", "message", "frame", "kernel", "proxy", "protocol"],
  proxy: ["handshake", "protocol"],
  inspect: ["extension", "handshake", "message", "frame", "protocol"],
  cli: ["inspect"],
};

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Whether the compiler erases it. */
  readonly erased: boolean;
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file));
}

/** The code without its comments, which may speak of imports and exports. Strings of src hold neither `//` nor `/*`. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}

/** Static, side-effect and dynamic imports, and re-exports; of types, too. */
function importsOf(file: string): Import[] {
  const found = codeOf(file).matchAll(
    /\b(?:import|export)\s+(type\s)?[\w\s{},*]*?\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/g,
  );
  return [...found].map(([, type, from, bare]) => ({
    from: file,
    specifier: from ?? bare,
    erased: type !== undefined,
  }));
}

/** The file of src that an import is of. */
function target({ from, specifier }: Import): string {
  return normalize(join(dirname(from), specifier));
}

/** The folder of src that a file lies in; its own name for a file beside the folders. */
function layerOf(file: string): string {
  return relative("src", file).split("/")[0];
}

const sources = filesIn("src");
const imports = sources.flatMap(importsOf);

describe("imports of src", () => {
  test("are found", () => {
    // What follows would hold of nothing at all.
    expect(imports.length).toBeGreaterThan(60);
    expect(importsOf("src/index.ts").length).toBe(codeOf("src/index.ts").match(/ from /g)?.length);
    expect(new Set(imports.map(({ from }) => layerOf(from)))).toContain("frame");
  });

  test("of packages are of these, each in one file that an own entry point leads to", () => {
    const packages = imports.filter(({ specifier }) => !specifier.startsWith("."));
    const [builtin, others] = [true, false].map((own) =>
      packages.filter(({ specifier }) => specifier.startsWith("node:") === own),
    );
    expect(new Set(builtin.map(({ from }) => layerOf(from)))).toStrictEqual(new Set(["node", "cli"]));
    expect(others.map(({ from, specifier }) => [from, specifier])).toStrictEqual([
      ["src/extension/pako.ts", "pako"],
      ["src/extension/zlib.ts", "minizlib"],
      ["src/web/sha1.ts", "@noble/hashes/legacy.js"],
    ]);
    const reached = new Set(["src/index.ts", "src/extension/index.ts"]);
    for (const file of reached) {
      for (const one of imports) if (one.from === file && one.specifier.startsWith(".")) reached.add(target(one));
    }
    expect(reached).toContain("src/message/decoder.ts");
    expect(reached).not.toContain("src/extension/pako.ts");
    expect(reached).not.toContain("src/extension/zlib.ts");
  });

  test("are relative, and name files of src with their extension", () => {
    const known = new Set(sources);
    for (const one of imports.filter(({ specifier }) => specifier.startsWith("."))) {
      expect(one.specifier, one.from).toMatch(/^\.{1,2}\/.*\.ts$/);
      expect(known, `${one.from} imports ${one.specifier}`).toContain(target(one));
    }
  });

  test("point down", () => {
    const wrong = imports
      .filter(({ specifier }) => specifier.startsWith("."))
      .map((one) => [one.from, target(one)])
      .filter(([from]) => from !== "src/index.ts")
      .filter(([from, to]) => layerOf(from) !== layerOf(to) && !LAYERS[layerOf(from)]?.includes(layerOf(to)))
      .map(([from, to]) => `${from} imports ${to}`);
    expect(wrong).toStrictEqual([]);
  });

  test("come from folders that have a place among the layers", () => {
    const folders = new Set(sources.filter((file) => file !== "src/index.ts").map(layerOf));
    expect(Object.keys(LAYERS)).toStrictEqual(expect.arrayContaining([...folders]));
  });

  test("make no cycle when the code runs", () => {
    const kept = imports.filter(({ erased }) => !erased);
    const edges = new Map(sources.map((file) => [file, kept.filter(({ from }) => from === file).map(target)]));
    const done = new Set<string>();
    function cycleFrom(file: string, path: readonly string[]): readonly string[] | undefined {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (done.has(file)) return undefined;
      for (const next of edges.get(file) ?? []) {
        const cycle = cycleFrom(next, [...path, file]);
        if (cycle !== undefined) return cycle;
      }
      done.add(file);
      return undefined;
    }
    for (const file of sources) expect(cycleFrom(file, [])).toBeUndefined();
  });

  test("of the assembly are of its own files and of the layout alone", () => {
    for (const { from, specifier } of filesIn("assembly").flatMap(importsOf)) {
      expect(["../src/kernel/layout", "./header", "./mask", "./utf8", "./scan"], from).toContain(specifier);
    }
  });
});

test("what is bytes, argument.ts alone says: instanceof knows none of another realm", () => {
  const asked = sources.filter((file) => /instanceof (Uint8Array|ArrayBuffer|Buffer)\b/.test(codeOf(file)));
  expect(asked).toStrictEqual(["src/protocol/argument.ts"]);
});

test("src/web, src/adapter and src/inspect use what WHATWG standards give every runtime, and no runtime's own", () => {
  for (const file of sources.filter((one) => ["web", "adapter", "inspect"].includes(layerOf(one)))) {
    // It takes setImmediate where there is one.
    if (file === "src/adapter/queue-task.ts") continue;
    // What a string says is no use of it: the inspector knows how Node prints a Buffer.
    const code = codeOf(file).replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""');
    expect(code, file).not.toMatch(/\b(process|Buffer|setImmediate|Deno|Bun|window|document|navigator)\b/);
  }
});

test.each(["bufferutil", "utf-8-validate"])("packages/%s is CommonJS that requires wsimd and nothing else", (name) => {
  const code = codeOf(`packages/${name}/index.js`);
  expect([...code.matchAll(/\brequire\((.*?)\)/g)].map(([, specifier]) => specifier)).toStrictEqual(['"wsimd"']);
  expect(code).not.toMatch(/^\s*(import|export)\b|\bimport\(/m);
});

/** The functions that a file exports, in order, and the names it re-exports. */
function exportedFunctions(file: string): string[] {
  return [...codeOf(file).matchAll(/\bexport\s+(?:function\s+(\w+)|\{([^}]*)\})/g)].flatMap(([, name, names]) =>
    name === undefined ? names.split(",").map((part) => part.trim()) : [name],
  );
}

describe("the twins", () => {
  const twins = { assembly: filesIn("assembly"), typescript: filesIn("src/kernel/typescript") };
  const names = twins.typescript.map((file) => relative("src/kernel/typescript", file)).sort();

  test("have the same files", () => {
    expect(twins.assembly.map((file) => relative("assembly", file)).sort()).toStrictEqual(names);
    expect(names).toStrictEqual(["header.ts", "index.ts", "mask.ts", "scan.ts", "utf8.ts"]);
  });

  // The assembly's tables in memory, which are exported constants, have no twin.
  test.each(names)("export the same functions in the same order: %s", (name) => {
    const exported = exportedFunctions(join("src/kernel/typescript", name));
    expect(exported.length).toBeGreaterThan(0);
    expect(exportedFunctions(join("assembly", name))).toStrictEqual(exported);
  });
});
