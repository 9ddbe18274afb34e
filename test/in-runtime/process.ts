// The tests in a process of Node, Bun or Deno: main.js FILE writes to FILE how they ended.

import { writeFileSync } from "node:fs";
import type { RuntimeReport } from "../runtimes/runtime-report.ts";
import { run } from "./run.ts";

const { bun, deno, node } = process.versions as Record<string, string | undefined>;
// Vitest's own timers, which end a test that hangs, do not keep a process alive.
setInterval(() => {}, 1000);
const outcome = await run();
writeFileSync(process.argv[2], JSON.stringify({ version: bun ?? deno ?? node ?? "", outcome } satisfies RuntimeReport));
process.exit();
