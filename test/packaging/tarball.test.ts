// What is published: the tarball, by the tools that know what goes wrong with packages, and file by file.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { publint } from "publint";
import { expect, inject, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { ENTRIES } from "./entries.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PACKAGE = join(inject("program"), "node_modules/wsimd");

const files = readdirSync(PACKAGE, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(PACKAGE, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
  .sort();

function read(file: string): string {
  return readFileSync(join(PACKAGE, file), "utf8");
}

test("publint has nothing to say, be it a suggestion", async () => {
  const { messages } = await publint({ pkgDir: PACKAGE, pack: false, strict: true });
  expect(messages).toStrictEqual([]);
});

// As .attw.json has it, which `npx attw --pack` goes by, too. Node from 20.19 on reads `exports`, which the resolution called
// node10 does not; and there `require` loads ES modules, which "cjs-resolves-to-esm" takes for an error.
test("attw finds every type where every resolution looks for it", () => {
  const attw = join(ROOT, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const { status, stdout } = spawnSync(process.execPath, [attw, inject("tarball"), "--no-color"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(status, stdout).toBe(0);
  for (const entry of ENTRIES) expect(stdout).toContain(`"${entry}"`);
});

/** The files that `file` leads to: by an import, by a source map, and from code to the declarations beside it. */
function leadsTo(file: string): string[] {
  if (file.endsWith(".map")) {
    const { sources } = JSON.parse(read(file)) as { sources: string[] };
    return sources.map((source) => join(dirname(file), source));
  }
  if (!/^dist\/.*\.(js|d\.ts)$/.test(file)) return [];
  const code = read(file);
  const imports = [...code.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, specifier]) => specifier);
  const maps = [...code.matchAll(/^\/\/# sourceMappingURL=(.*)$/gm)].map(([, map]) => `./${map}`);
  const beside = file.replace(/\.js$/, ".d.ts");
  const declarations = existsSync(join(PACKAGE, beside)) ? [`./${basename(beside)}`] : [];
  // Declarations import by the name of the source.
  return [...imports, ...maps, ...declarations].map((path) =>
    join(dirname(file), path.replace(/(?<!\.d)\.ts$/, ".d.ts")),
  );
}

/** Every file that a field of the manifest names, under whatever condition. */
function targets(field: unknown): string[] {
  return typeof field === "string" ? [field] : Object.values(field as object).flatMap(targets);
}

test("it holds what the entry points lead to, and nothing else", () => {
  const { exports, bin = [] } = manifest as { readonly exports: unknown; readonly bin?: unknown };
  const named = targets([exports, bin]).map((path) => join(path));
  const needed = new Set(["CHANGELOG.md", "LICENSE", "README.md", ...named]);
  for (const file of needed) {
    expect(existsSync(join(PACKAGE, file)), `${file} is in the tarball`).toBe(true);
    for (const next of leadsTo(file)) needed.add(next);
  }
  // A module of types alone has no code to be loaded: `files` leaves it out, by name.
  expect(files).toStrictEqual([...needed].sort());
});

const DECLARATION = /^(?:export )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface) (\w+)/;

test("every source map leads from each function and class to the line that declares it", () => {
  let found = 0;
  for (const file of files.filter((one) => one.endsWith(".map"))) {
    const map = new SourceMap(JSON.parse(read(file)));
    const [source] = leadsTo(file);
    const sourceLines = read(source).split("\n");
    const lines = read(file.replace(/\.map$/, "")).split("\n");
    for (const [index, line] of lines.entries()) {
      const name = DECLARATION.exec(line)?.[1];
      if (name === undefined) continue;
      const entry = map.findEntry(index, line.indexOf(name));
      if (!("originalLine" in entry)) expect.unreachable(`${file} has no place for ${name}`);
      expect(sourceLines[entry.originalLine].slice(entry.originalColumn), file).toMatch(new RegExp(`^${name}\\b`));
      found++;
    }
  }
  expect(found).toBeGreaterThan(500);
});

test("an error's stack names the sources, where source maps are on", () => {
  const program = `import { FrameDecoder } from "wsimd"; new FrameDecoder({ role: "peer" });`;
  const { stderr } = spawnSync(process.execPath, ["--enable-source-maps", "--input-type=module"], {
    cwd: inject("program"),
    input: program,
    encoding: "utf8",
  });
  expect(stderr.replaceAll("\\", "/")).toMatch(
    /TypeError: .*\n[\s\S]*node_modules\/wsimd\/src\/protocol\/role\.ts:\d+/,
  );
});
