// The types as those have them who install the package, and check them too: with the types of Node alone, as servers are built,
// and with those of browsers alone.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, inject, test } from "vitest";
import { ENTRIES, NODE } from "./entries.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** What the compiler says of a program that imports all of `entries`. */
function check(entries: readonly string[], options: readonly string[]): string {
  const imports = entries.map((entry, index) => `import * as e${index} from ${JSON.stringify(entry)};`);
  const program = join(inject("program"), "program.mts");
  writeFileSync(program, `${imports.join("\n")}\nexport const all = [${entries.map((_, index) => `e${index}`)}];\n`);
  const compiler = [join(ROOT, "node_modules/typescript/bin/tsc"), "--ignoreConfig", "--noEmit"];
  const strict = ["--strict", "--skipLibCheck", "false", "--module", "nodenext", "--target", "es2022"];
  const types = ["--typeRoots", join(ROOT, "node_modules/@types")];
  const { stdout, status } = spawnSync(process.execPath, [...compiler, ...strict, ...types, ...options, program], {
    cwd: inject("program"),
    encoding: "utf8",
  });
  return status === 0 ? stdout : `${status}: ${stdout}`;
}

test("every entry point is typed where there are the types of Node and no others", () => {
  expect(ENTRIES.length).toBeGreaterThan(9);
  expect(check(ENTRIES, ["--lib", "es2022", "--types", "node"])).toBe("");
});

test("every entry point but Node's own is typed where there are the types of browsers and no others", () => {
  const elsewhere = ENTRIES.filter((entry) => !NODE.includes(entry));
  expect(check(elsewhere, ["--lib", "es2022,dom,dom.iterable", "--types", ""])).toBe("");
});
