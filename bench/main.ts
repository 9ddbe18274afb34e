import { fileURLToPath } from "node:url";
import { runScript } from "./channel.ts";
import { describeEnvironment, type Runtime } from "./environment.ts";
import { FULL, QUICK } from "./measure.ts";
import { HELP, type Options, parseOptions } from "./options.ts";
import { assertWritable, writeOutputs } from "./outputs.ts";
import { type Assignment, plan, weight } from "./plan.ts";
import { Progress } from "./progress.ts";
import { readEnvironment } from "./read-environment.ts";
import { formatHeading, formatMemoryRow, formatMissing, formatRow, formatSummary } from "./report/lines.ts";
import { mergeResults, type Results, readResults } from "./results.ts";
import { assertMeasuredBy, type MemoryRow, type Missing, type Row } from "./rows.ts";
import { executableOf, isRuntime, type RuntimeName } from "./runtimes.ts";
import { UsageError } from "./usage-error.ts";
import type { Order, Result } from "./worker.ts";

const RUNTIMES_FOLDER = fileURLToPath(new URL("../../test/runtimes", import.meta.url));
const RUNTIME_SCRIPT = fileURLToPath(new URL("./runtime.js", import.meta.url));
const WORKER_SCRIPT = fileURLToPath(new URL("./worker.js", import.meta.url));

interface Installed {
  readonly executable: string;
  readonly runtime: Runtime;
}

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
  if (options.from.length > 0) {
    const results = mergeResults(options.from.map(readResults));
    assertWritable(options);
    writeOutputs(options, results);
    print(formatSummary(results.rows));
    return;
  }
  const assignments = plan(options);
  if (assignments.length === 0) throw new UsageError("nothing to measure: no job has that payload and that peer");
  // That a file cannot be written must not be found out after hours.
  assertWritable(options);
  await measureAll(options, assignments, await findRuntimes(options.runtimes));
}

async function findRuntimes(names: readonly RuntimeName[]): Promise<Installed[]> {
  const executables = names.map((name) => executableOf(name, RUNTIMES_FOLDER));
  const found = new Map<string, Installed>();
  for (const [index, executable] of executables.entries()) {
    await runScript<Runtime>(executable, RUNTIME_SCRIPT, undefined, (runtime) => {
      const { label, version } = runtime;
      if (!isRuntime(names[index], label)) throw new Error(`--runtime ${names[index]} is ${label} ${version}`);
      if (found.has(label)) throw new UsageError(`--runtime ${names[index]}: ${label} is asked for twice`);
      found.set(label, { executable, runtime });
    });
  }
  return [...found.values()];
}

/** Each assignment in each runtime before the next one, so that the columns of a table were measured at the same time. */
async function measureAll(options: Options, assignments: Assignment[], installed: Installed[]): Promise<void> {
  const rows: Row[] = [];
  const memory: MemoryRow[] = [];
  const missing: Missing[] = [];
  const runtimes = installed.map(({ runtime }) => runtime);
  const results: Results = { environments: [readEnvironment(runtimes, options.quick)], rows, memory, missing };
  for (const line of describeEnvironment(results.environments[0])) print(line);
  print("");
  if (assignments.some((assignment) => assignment.kind === "time")) print(formatHeading());
  const total = assignments.reduce((sum, assignment) => sum + weight(assignment), 0) * installed.length;
  const progress = new Progress(total, process.stderr);
  const effort = options.quick ? QUICK : FULL;
  let failures = 0;
  const add = (result: Result): void => {
    progress.clear();
    for (const row of result.rows ?? []) print(formatRow(row));
    for (const row of result.memory ?? []) print(formatMemoryRow(row));
    // Each variant runs in a process of its own and finds the same out.
    const found = (result.missing ?? []).filter((item) => !missing.some((known) => isSame(known, item)));
    for (const item of found) print(formatMissing(item));
    rows.push(...(result.rows ?? []));
    memory.push(...(result.memory ?? []));
    missing.push(...found);
    progress.advance(result.done);
  };
  for (const assignment of assignments) {
    for (const { executable, runtime } of installed) {
      let left = weight(assignment);
      try {
        await runScript<Result>(executable, WORKER_SCRIPT, { assignment, effort } satisfies Order, (result) => {
          assertMeasuredBy(runtime.label, assignment.subject, [...(result.rows ?? []), ...(result.memory ?? [])]);
          left -= result.done;
          add(result);
        });
      } catch (error) {
        failures++;
        const { job, subject } = assignment;
        const reason = `failed: ${(error as Error).message}`;
        add({ missing: [{ runtime: runtime.label, job, subject, part: "", reason }], done: 0 });
        progress.skip(left);
      }
      writeOutputs(options, results);
    }
  }
  progress.clear();
  if (rows.length > 0) print(`\n${formatSummary(rows)}`);
  for (const path of [options.json, options.report]) if (path !== undefined) print(`written to ${path}`);
  if (failures > 0) throw new Error(`${failures} of ${assignments.length * installed.length} processes failed`);
}

function isSame(one: Missing, other: Missing): boolean {
  return formatMissing(one) === formatMissing(other);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
