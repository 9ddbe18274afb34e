// The entry points, loaded as a program does that has installed the package.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { BINARY, MODULES } from "./entries.ts";

/** What the program `source` prints, as JSON; it may print nothing else. */
function run(source: string, inputType: "module" | "commonjs", ...options: string[]): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, [`--input-type=${inputType}`, "-", ...options], {
    cwd: inject("program"),
    input: source,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

test.each(MODULES)("require gives of %s what import gives", (entry) => {
  const name = JSON.stringify(entry);
  const imported = run(`console.log(JSON.stringify(Object.keys(await import(${name}))))`, "module");
  expect(imported).not.toHaveLength(0);
  expect(run(`console.log(JSON.stringify(Object.keys(require(${name}))))`, "commonjs")).toStrictEqual(imported);
});

test("import and require give the same module, so that there is one of each class", () => {
  const same = `import("wsimd").then((one) => console.log(one.Connection === require("wsimd").Connection))`;
  expect(run(same, "commonjs")).toBe(true);
});

test.each(BINARY)("%s is the binary", (entry) => {
  const program = `
    import { readFileSync } from "node:fs";
    import { createWasmKernel } from "wsimd";
    const binary = readFileSync(new URL(import.meta.resolve(${JSON.stringify(entry)})));
    console.log(JSON.stringify(createWasmKernel(new WebAssembly.Module(binary)).name));`;
  expect(run(program, "module")).toBe("wasm-simd");
});

// What `sideEffects: false` says of the package: bundlers drop what is imported and not used.
test("to load them all changes nothing of the runtime's", () => {
  const program = readFileSync(join(import.meta.dirname, "programs/side-effects.js"), "utf8");
  expect(run(program, "module", ...MODULES)).toStrictEqual([]);
});
