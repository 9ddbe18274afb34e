// The types as those have them who install the package, and check them too: with the types of Node alone, as servers are built,
// and with those of browsers alone.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };

const ROOT = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "wsimd-types-"));
mkdirSync(join(folder, "node_modules"));
symlinkSync(ROOT, join(folder, "node_modules/wsimd"));
afterAll(() => rmSync(folder, { recursive: true }));

const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith(".json"));

/** What the compiler says of a program that imports all of `entries`. */
function check(entries: readonly string[], options: readonly string[]): string {
  const imports = entries.map(
    (entry, index) => `import * as e${index} from ${JSON.stringify(entry.replace(".", "wsimd"))};`,
  );
  const program = join(folder, "program.ts");
  writeFileSync(program, `${imports.join("\n")}\nexport const all = [${entries.map((_, index) => `e${index}`)}];\n`);
  const compiler = [join(ROOT, "node_modules/typescript/bin/tsc"), "--ignoreConfig", "--noEmit"];
  const strict = [
    "--strict",
    "--skipLibCheck",
    "false",
    "--preserveSymlinks",
    "--module",
    "nodenext",
    "--target",
    "es2022",
  ];
  const types = ["--typeRoots", join(ROOT, "node_modules/@types")];
  const { stdout, status } = spawnSync(process.execPath, [...compiler, ...strict, ...types, ...options, program], {
    cwd: folder,
    encoding: "utf8",
  });
  return status === 0 ? stdout : `${status}: ${stdout}`;
}

test("every entry point is typed where there are the types of Node and no others", () => {
  expect(entries.length).toBeGreaterThan(9);
  expect(check(entries, ["--lib", "es2022", "--types", "node"])).toBe("");
});

test("every entry point but Node's own is typed where there are the types of browsers and no others", () => {
  const elsewhere = entries.filter((entry) => !["./node", "./deflate/zlib"].includes(entry));
  expect(check(elsewhere, ["--lib", "es2022,dom,dom.iterable", "--types", ""])).toBe("");
});
