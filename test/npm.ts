import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs npm in `folder`: with nothing of what the npm that runs the tests was told, such as where its package is. */
export async function npm(folder: string, ...args: readonly string[]): Promise<void> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  await run("npm", args, { cwd: folder, env, shell: process.platform === "win32" });
}
