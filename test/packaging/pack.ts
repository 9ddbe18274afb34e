// Packs the package once for all tests of this folder, and installs it as a program has it that depends on it.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import manifest from "../../package.json" with { type: "json" };

declare module "vitest" {
  export interface ProvidedContext {
    /** The file that would be published. */
    readonly tarball: string;
    /** A program's folder, in whose `node_modules` it is installed. */
    readonly program: string;
  }
}

const ROOT = resolve(import.meta.dirname, "../..");

export default function pack(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "wsimd-package-"));
  // `prepack` would build what is tested, and has been built.
  const options = { cwd: ROOT, shell: process.platform === "win32" };
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], options);
  const tarball = join(folder, `${manifest.name}-${manifest.version}.tgz`);
  const program = join(folder, "program");
  const installed = join(program, "node_modules");
  mkdirSync(join(installed, manifest.name), { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", join(installed, manifest.name)]);
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(installed, name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(installed, name));
  }
  project.provide("tarball", tarball);
  project.provide("program", program);
  return () => rmSync(folder, { recursive: true });
}
