// Programs that a test talks to, where they are installed.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

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
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  const path = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
  return installed(path ?? names[0], path !== undefined, `${names.join(" or ")} is not installed`);
}

/** The runtime that is the file `name` of test/runtimes/node_modules. */
export function runtime(name: string): Installed {
  const path = join(import.meta.dirname, "runtimes/node_modules", name);
  return installed(path, existsSync(path), "npm run runtimes has not been run");
}

function installed(path: string, found: boolean, whyNot: string): Installed {
  const skipped = !found && process.env.CI === undefined;
  return { path, skipped, reason: skipped ? ` (skipped: ${whyNot})` : "" };
}
