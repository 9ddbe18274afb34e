import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "./usage-error.ts";

/** What test/runtimes installs, by the names of its packages. */
export const INSTALLED_RUNTIMES = ["node20", "node24", "node26", "bun"] as const;
/** What `--runtime` takes: `current` is the one that runs the benchmark. */
export const RUNTIMES = ["current", ...INSTALLED_RUNTIMES] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** The file to start. @throws UsageError when the runtime is not installed in `folder`. */
export function executableOf(name: RuntimeName, folder: string): string {
  if (name === "current") return process.execPath;
  const root = join(folder, "node_modules", name);
  try {
    const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { bin: Record<string, string> };
    return join(root, name === "bun" ? bin.bun : bin.node);
  } catch {
    throw new UsageError(`--runtime ${name}: it is not installed. Run: npm run runtimes`);
  }
}

/** What rows call a runtime with these versions: its major version, as figures of one column belong to it. */
export function labelOf(versions: { readonly node: string; readonly bun?: string }): string {
  return versions.bun === undefined ? `node ${versions.node.split(".")[0]}` : "bun";
}

/** Whether a runtime that calls itself `label` may stand for `name`. */
export function isRuntime(name: RuntimeName, label: string): boolean {
  return name === "current" || name === label.replace(" ", "");
}

/** Columns from left to right: Node by version, then the others by name. */
export function compareRuntimes(left: string, right: string): number {
  const node = Number(right.startsWith("node ")) - Number(left.startsWith("node "));
  return node || left.localeCompare(right, "en", { numeric: true });
}
