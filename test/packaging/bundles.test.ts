// Programs bundled by each bundler, from the package as it is published, and run. Their sizes are those of the README's table:
// `npx vitest run test/packaging -u` writes them anew.

import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, inject, it, test, vi } from "vitest";
import { BUNDLERS } from "./bundlers.ts";
import { PORTABLE } from "./entries.ts";

/** What `import { FrameDecoder } from "wsimd"` may cost a page, minified and compressed: both kernels, the WASM binary among them. */
const BUDGET = 12 * 1024;

/** The programs, by what the table says of them. */
const PROGRAMS = {
  decoder: "`FrameDecoder`",
  codec: "and `FrameEncoder`",
  echo: "streams, both ends, and pako",
};

// Webpack minifies the largest for seconds, and on a busy machine for long.
vi.setConfig({ testTimeout: 120_000 });

const README = join(import.meta.dirname, "../../README.md");
const folder = inject("program");
cpSync(join(import.meta.dirname, "programs"), folder, { recursive: true });
const unused = PORTABLE.map((entry, index) => `import * as e${index} from ${JSON.stringify(entry)};\n`);
writeFileSync(join(folder, "unused.js"), unused.join(""));

const bundles = new Map<string, Promise<string>>();

/** What `bundler` makes of `program`, once for all tests. */
function bundled(bundler: string, program: string): Promise<string> {
  const key = `${bundler} ${program}`;
  if (!bundles.has(key)) bundles.set(key, BUNDLERS[bundler](join(folder, `${program}.js`)));
  return bundles.get(key)!;
}

describe.concurrent.each(Object.keys(BUNDLERS))("%s, with its defaults", (bundler) => {
  it.each(Object.keys(PROGRAMS))("bundles the program %s, which runs on the WASM kernel", async (program) => {
    // Far from the package: what is not in the bundle cannot be loaded.
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module"], {
      cwd: tmpdir(),
      input: await bundled(bundler, program),
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout).toBe("wasm-simd: hi\n");
  });

  it("leaves nothing of what is imported and not used", async () => {
    // An empty function at the most.
    expect((await bundled(bundler, "unused")).length).toBeLessThan(20);
  });
});

test(`FrameDecoder, bundled by rolldown, minified and compressed, takes at most ${BUDGET} bytes`, async () => {
  const code = await bundled("rolldown", "decoder");
  expect(gzipSync(code).length).toBeLessThanOrEqual(BUDGET);
  // The encoder is not part of it.
  expect(code.includes("getRandomValues")).toBe(false);
});

const HEADER = `| minified, and compressed, in kB | ${Object.values(PROGRAMS).join(" | ")} |\n|---|${"---|".repeat(Object.keys(PROGRAMS).length)}\n`;

test("the README's table of sizes is true to one in a hundred", async () => {
  const readme = readFileSync(README, "utf8");
  const at = readme.indexOf(HEADER);
  expect(at).toBeGreaterThan(0);
  const start = at + HEADER.length;
  const end = readme.indexOf("\n\n", at) + 1;
  const recorded = readme.slice(start, end).match(/[\d.]+/g) ?? [];

  const sizes: number[] = [];
  let table = "";
  for (const bundler of Object.keys(BUNDLERS)) {
    table += `| ${bundler} |`;
    for (const program of Object.keys(PROGRAMS)) {
      const code = await bundled(bundler, program);
      const pair = [Buffer.byteLength(code) / 1000, gzipSync(code).length / 1000];
      sizes.push(...pair);
      table += ` ${pair.map((size) => size.toFixed(1)).join(", ")} |`;
    }
    table += "\n";
  }
  // Not every change of the code need change the README.
  const holds = sizes.every((size, index) => Math.abs(size - Number(recorded[index])) <= size / 100);
  await expect(holds ? readme : readme.slice(0, start) + table + readme.slice(end)).toMatchFileSnapshot(README);
});
