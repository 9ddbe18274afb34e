// A program that has the drop-ins installed, in a folder of its own.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { npm } from "../npm.ts";

const run = promisify(execFile);

/** Puts a package with this manifest and the programs into `folder`, and has npm install what it asks for. */
export async function install(folder: string, registry: string, manifest: object): Promise<void> {
  mkdirSync(folder, { recursive: true });
  cpSync(join(import.meta.dirname, "programs"), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  // No settings of the user's.
  const settings = ["--registry", registry, "--cache", join(folder, "../.npm"), "--userconfig", join(folder, ".npmrc")];
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier"];
  await npm(folder, "install", ...settings, ...quiet);
}

/** What `program` prints. */
export async function outcomeOf(folder: string, program: string, node: string = process.execPath): Promise<unknown> {
  const { stdout } = await run(node, [join(folder, program)], { cwd: folder });
  return JSON.parse(stdout);
}
