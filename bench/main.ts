import { fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeEnvironment, readEnvironment } from "./environment.ts";
import { FULL, QUICK } from "./measure.ts";
import { HELP, type Options, parseOptions, UsageError } from "./options.ts";
import { type Assignment, type Peer, plan, weight } from "./plan.ts";
import { Progress } from "./progress.ts";
import { formatHeading, formatMemoryRow, formatRow, formatSummary } from "./report.ts";
import type { MemoryRow, Row } from "./rows.ts";
import type { Order, Result } from "./worker.ts";

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main(args: string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const assignments = plan(options);
  if (assignments.length === 0) throw new UsageError("nothing to measure: no job has that payload and that peer");
  await run(options, assignments);
}

async function run(options: Options, assignments: Assignment[]): Promise<void> {
  const environment = readEnvironment();
  const rows: Row[] = [];
  const memory: MemoryRow[] = [];
  // Written before the run too: that a file cannot be written must not be found out after minutes.
  const save = (): void => {
    if (options.json !== undefined) {
      writeFileSync(options.json, `${JSON.stringify({ environment, rows, memory }, undefined, 2)}\n`);
    }
  };
  save();
  print(describeEnvironment(environment));
  if (options.quick) print("--quick: these figures show that everything runs, and mean little else");
  print("");
  if (assignments.some((assignment) => assignment.kind === "time")) print(formatHeading());
  const progress = new Progress(
    assignments.reduce((sum, assignment) => sum + weight(assignment), 0),
    process.stderr,
  );
  const missing = new Set<Peer>();
  const effort = options.quick ? QUICK : FULL;
  try {
    for (const assignment of assignments) {
      await runInProcess({ assignment, effort }, (result) => {
        progress.clear();
        for (const peer of result.missing) {
          if (!missing.has(peer)) print(`there is no ${peer} here, so no row has it`);
          missing.add(peer);
        }
        for (const row of result.rows) print(formatRow(row));
        for (const row of result.memory) print(formatMemoryRow(row));
        rows.push(...result.rows);
        memory.push(...result.memory);
        progress.advance(result.done);
      });
    }
  } finally {
    progress.clear();
    save();
  }
  if (rows.length > 0) print(`\n${formatSummary(rows)}`);
}

function runInProcess(order: Order, report: (result: Result) => void): Promise<void> {
  const { job, subject } = order.assignment;
  const worker = fork(fileURLToPath(new URL("./worker.js", import.meta.url)), { execArgv: ["--expose-gc"] });
  return new Promise((resolve, reject) => {
    worker.on("message", (result) => report(result as Result));
    worker.on("error", reject);
    worker.on("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${job} on ${subject} failed (${signal ?? `exit code ${code}`})`));
    });
    worker.send(order);
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
