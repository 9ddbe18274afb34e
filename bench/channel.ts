// How the benchmark talks to the processes it starts, in any runtime: the order goes in on standard input, and what they
// send comes back in lines of JSON on a descriptor of its own, so that nothing they print is taken for it.

import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

const RESULTS = 3;

/** Runs a script to its end. Rejects when it fails, or when `receive` throws, which ends it. */
export function runScript<T>(
  executable: string,
  script: string,
  order: unknown,
  receive: (sent: T) => void,
): Promise<void> {
  // Bun knows this option of Node's too: `gc()` collects at once in both.
  const child = spawn(executable, ["--expose-gc", script], { stdio: ["pipe", "inherit", "inherit", "pipe"] });
  return new Promise((resolve, reject) => {
    createInterface(child.stdio[RESULTS] as Readable).on("line", (line) => {
      try {
        receive(JSON.parse(line) as T);
      } catch (error) {
        reject(error);
        child.kill();
      }
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(signal === null ? `exit code ${code}` : signal));
    });
    // A process that ends before it has read its order tells so by its exit code.
    child.stdin!.on("error", () => {});
    child.stdin!.end(JSON.stringify(order ?? null));
  });
}

/** In the process that was started: what it is to do. */
export async function receiveOrder<T>(): Promise<T> {
  return JSON.parse(await text(process.stdin)) as T;
}

/** In the process that was started: returns once it is sent. */
export function send(value: unknown): void {
  writeSync(RESULTS, `${JSON.stringify(value)}\n`);
}
