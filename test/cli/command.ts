// `wsimd` as a child process, built as it is published.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const COMMAND: string = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Finished {
  /** The exit code, or the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What it reads on its standard input. Default: nothing. */
  readonly input?: string | Uint8Array;
  readonly env?: NodeJS.ProcessEnv;
}

export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const clean = { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, NODE_DISABLE_COLORS: undefined };
  return spawn(process.execPath, [COMMAND, ...args], { env: { ...clean, ...env } });
}

/** Runs it to its end. */
export async function run(args: readonly string[], { input = "", env }: RunOptions = {}): Promise<Finished> {
  const child = start(args, env);
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]!.setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  child.stdin!.on("error", () => {}); // it may end before it has read all
  child.stdin!.end(input);
  const [code, signal] = await once(child, "close");
  return { code: code ?? signal, ...output };
}
