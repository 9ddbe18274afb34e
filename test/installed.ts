// Programs that a test talks to, where they are installed.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where `npm run runtimes` installs them. */
const RUNTIMES = join(import.meta.dirname, "runtimes/node_modules");

export interface Installed {
  /** Where it is; just its name where it is not, so that running it in CI fails, and says so. */
  readonly path: string;
  /** Whether to skip what needs it: not in CI. */
  readonly skipped: boolean;
  /** What to add to the titles of what is skipped. */
  readonly reason: string;
}

/** The first of `names` that is installed. */
export function whereIs(...names: string[]): Installed {
  // What serves is often not on the path of those who may not start it.
  const folders = [join(RUNTIMES, ".bin"), ...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  const files = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return firstOf(files, names[0], `${names.join(" or ")} is not installed`);
}

/** A Node of this major version. */
export function nodeOf(major: number): Installed {
  return runtime(`node${major}/bin/node`);
}

/** The runtime whose file this is, below test/runtimes/node_modules. */
export function runtime(name: string): Installed {
  const file = join(RUNTIMES, name);
  return firstOf([file], file, "npm run runtimes installs it");
}

function firstOf(files: readonly string[], name: string, why: string): Installed {
  const path = files.find((file) => existsSync(file));
  const skipped = path === undefined && process.env.CI === undefined;
  return { path: path ?? name, skipped, reason: skipped ? ` (skipped: ${why})` : "" };
}
