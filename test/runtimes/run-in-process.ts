import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RuntimeReport } from "./runtime-report.ts";

/** Longer than the tests take on a slow machine, so that one that hangs is told of. */
const TIMEOUT = 600_000;

/** The tests in a process of their own. */
export function runInProcess(executable: string, options: readonly string[], folder: string): Promise<RuntimeReport> {
  return report(executable, [...options, join(folder, "main.js")]);
}

/** The tests in workerd, which `node` starts. */
export function runInWorkerd(node: string, miniflare: string, folder: string): Promise<RuntimeReport> {
  const host = fileURLToPath(new URL("./workerd-host.js", import.meta.url));
  return report(node, [host, miniflare, folder]);
}

/** What a program writes to the file that is its last argument. */
async function report(executable: string, command: readonly string[]): Promise<RuntimeReport> {
  const folder = mkdtempSync(join(tmpdir(), "wsimd-report-"));
  try {
    const file = join(folder, "report.json");
    const output = await ended(executable, [...command, file]);
    try {
      return JSON.parse(readFileSync(file, "utf8")) as RuntimeReport;
    } catch {
      throw new Error(`it ended without a report. What it wrote:\n${output}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a program wrote, once it has ended. */
function ended(executable: string, command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(executable, command, { timeout: TIMEOUT, killSignal: "SIGKILL" });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("error", reject).on("close", () => resolve(output));
  });
}
