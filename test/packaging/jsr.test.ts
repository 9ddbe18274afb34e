// The package for JSR, Deno's registry, which is published from the sources.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, inject, test } from "vitest";
import jsr from "../../jsr.json" with { type: "json" };
import manifest from "../../package.json" with { type: "json" };
import { whereIs } from "../installed.ts";
import { MODULES } from "./entries.ts";

const ROOT = resolve(import.meta.dirname, "../..");

test("jsr.json says what package.json says", () => {
  expect(jsr.version).toBe(manifest.version);
  expect(jsr.license).toBe(manifest.license);
  // The registry has no place for the binary, which is no source.
  const targets: Readonly<Record<string, string | { readonly default: string }>> = manifest.exports;
  const modules = Object.entries(targets).flatMap(([entry, target]) =>
    typeof target === "object" && target.default.endsWith(".js") ? [[entry, sourceOf(target.default)]] : [],
  );
  expect(modules).toHaveLength(MODULES.length);
  expect(jsr.exports).toStrictEqual(Object.fromEntries(modules));
});

function sourceOf(file: string): string {
  return file.replace("./dist/", "./src/").replace(/\.js$/, ".ts");
}

test("jsr.json has the dependencies of package.json", () => {
  const used = Object.keys(jsr.imports).map((specifier) => {
    const [name, version] = Object.entries(manifest.dependencies).find(([one]) =>
      `${specifier}/`.startsWith(`${one}/`),
    )!;
    return { name, specifier, target: `npm:${name}@${version}${specifier.slice(name.length)}` };
  });
  expect(new Set(used.map(({ name }) => name))).toStrictEqual(new Set(Object.keys(manifest.dependencies)));
  expect(jsr.imports).toStrictEqual(Object.fromEntries(used.map(({ specifier, target }) => [specifier, target])));
});

const deno = whereIs("deno");

// The types are checked by `tsc`: what is checked here is that declarations can be made without inferring any.
test.skipIf(deno.skipped)(`the registry would take it, all sources and no more${deno.reason}`, () => {
  const dryRun = ["publish", "--dry-run", "--allow-dirty", "--no-check", "--no-lock"];
  const { stdout, stderr } = spawnSync(deno.path, dryRun, {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, DENO_DIR: join(inject("program"), "deno"), DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  });
  const output = stdout + stderr;
  expect(output).toContain("Success Dry run complete");
  expect(output).not.toMatch(/warning/i);
  const root = `${pathToFileURL(ROOT).href}/`;
  const published = [...output.matchAll(/^ +(file:\S+)/gm)].map(([, file]) => file.replace(root, ""));
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .map((file) => `src/${file.replaceAll("\\", "/")}`)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
  const others = ["CHANGELOG.md", "LICENSE", "README.md", "jsr.json"];
  expect(published.sort()).toStrictEqual([...others, ...sources].sort());
});
