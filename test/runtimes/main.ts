import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { bundle, type Surroundings } from "./bundle.ts";
import { EXCEPTIONS, FOLDERS, LEFT_OUT, TESTS_LEFT_OUT } from "./exceptions.ts";
import { installPackage } from "./installed-package.ts";
import { broken, differences, judge, totals, type Verdict } from "./judge.ts";
import { HELP, type Options, readOptions } from "./options.ts";
import type { RuntimeReport } from "./runtime-report.ts";
import { type RuntimeName, runtimesIn } from "./runtimes.ts";
import { table } from "./table.ts";

/** Where `npm run` starts. */
const ROOT = process.cwd();

/** The test files, by their paths in the folder test. */
function testFiles(): string[] {
  const found = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, "test", folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => join(folder, file)),
  );
  const gone = Object.keys(LEFT_OUT).find((file) => !found.includes(file));
  if (gone !== undefined) throw new Error(`exceptions.ts leaves out ${gone}, which is not there`);
  return found.filter((file) => !Object.hasOwn(LEFT_OUT, file));
}

/**
 * Tests in one runtime more at a time than there are processors, since tests wait for timers now and then. Those that take longest
 * are the last in the list, and begin.
 */
async function testIn(names: readonly RuntimeName[]): Promise<{ verdicts: Verdict[]; problems: readonly string[] }> {
  const runtimes = runtimesIn(join(ROOT, "test/runtimes/node_modules"));
  const installed = installPackage(ROOT);
  const files = testFiles();
  const bundled = new Map<Surroundings, Promise<string>>();
  const bundleFor = (surroundings: Surroundings): Promise<string> => {
    const output = join(installed.folder, surroundings);
    const made =
      bundled.get(surroundings) ??
      bundle({ surroundings, root: ROOT, installed: installed.folder, output, files }).then(() => output);
    bundled.set(surroundings, made);
    return made;
  };
  const verdicts = new Map<RuntimeName, Verdict>();
  const reports = new Map<RuntimeName, RuntimeReport>();
  const tryOne = async (name: RuntimeName): Promise<void> => {
    const { surroundings, executable, install, optional, run } = runtimes[name];
    if (!existsSync(executable)) {
      process.stdout.write(`${name} is not installed, and not tried: ${install}\n`);
      if (process.env.CI !== undefined && !optional) verdicts.set(name, broken(name, `CI needs it: ${install}`));
      return;
    }
    const started = performance.now();
    try {
      const report = await run(await bundleFor(surroundings));
      reports.set(name, report);
      verdicts.set(name, judge(name, report, EXCEPTIONS));
    } catch (error) {
      verdicts.set(name, broken(name, String(error)));
    }
    const { passed, failed } = verdicts.get(name)!;
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stdout.write(`${name}: ${passed} passed, ${failed} failed, in ${seconds} s\n`);
  };
  const waiting = [...names];
  const workOff = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) await tryOne(name);
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() + 1 }, workOff));
  } finally {
    installed.remove();
  }
  const inOrder = names.flatMap((name) => verdicts.get(name) ?? []);
  return { verdicts: inOrder, problems: differences(reports) };
}

/** Writes what there is to say, and tells whether all is well. */
function tell({ json }: Options, verdicts: readonly Verdict[], problems: readonly string[]): boolean {
  for (const verdict of verdicts) {
    for (const problem of verdict.problems) process.stdout.write(`\n${verdict.name}: ${problem}\n`);
  }
  for (const problem of problems) process.stdout.write(`\n${problem}\n`);
  const tried = new Set(verdicts.map(({ name }) => name));
  for (const { runtimes, tests, count, reason } of EXCEPTIONS) {
    const where = runtimes.filter((name) => tried.has(name));
    if (where.length > 0)
      process.stdout.write(`\nexcepted in ${where.join(", ")}: ${count} of ${tests}\n  ${reason}\n`);
  }
  for (const [what, reason] of [...Object.entries(LEFT_OUT), ...TESTS_LEFT_OUT]) {
    process.stdout.write(`\nleft out: ${what}\n  ${reason}\n`);
  }
  process.stdout.write(`\n${table(verdicts)}`);
  const { passed, failed } = totals(verdicts, problems);
  if (json !== undefined) writeFileSync(json, JSON.stringify({ passed, failed }));
  return failed === 0 && verdicts.length > 0;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const { verdicts, problems } = await testIn(options.runtimes);
  if (verdicts.length === 0) process.stdout.write("No runtime is installed. Run: npm run runtimes\n");
  process.exitCode = tell(options, verdicts, problems) ? 0 : 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
