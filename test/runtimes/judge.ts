import type { Exception } from "./exceptions.ts";
import type { RuntimeReport } from "./runtime-report.ts";
import type { RuntimeName } from "./runtimes.ts";

/** The kernel that each of them must choose. */
const KERNEL = "wasm-simd";

/** A row of the table, and what is wrong. */
export interface Verdict {
  readonly name: RuntimeName;
  readonly version: string;
  readonly kernel: string;
  readonly passed: number;
  readonly failed: number;
  /** Those that exceptions cover, and those that skip themselves. */
  readonly skipped: number;
  /** Each failure, and whatever else is not as it must be. */
  readonly problems: readonly string[];
}

/** A runtime that could not be tried at all. */
export function broken(name: RuntimeName, reason: string): Verdict {
  return { name, version: "", kernel: "", passed: 0, failed: 1, skipped: 0, problems: [reason] };
}

/** Judges what a runtime reports by what is excepted there. Every exception must cover just as many failures as it says. */
export function judge(name: RuntimeName, report: RuntimeReport, exceptions: readonly Exception[]): Verdict {
  const { kernel, fallbackReason, tests } = report.outcome;
  const problems: string[] = [];
  const covered = new Map(exceptions.filter(({ runtimes }) => runtimes.includes(name)).map((one) => [one, 0]));
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name: test, state, messages } of tests) {
    const exception = [...covered.keys()].find((one) => one.tests.test(test));
    if (state === "failed" && exception !== undefined) {
      covered.set(exception, covered.get(exception)! + 1);
      counts.skipped++;
      continue;
    }
    counts[state]++;
    if (state === "failed") problems.push(`${test}\n${messages.join("\n")}`);
    if (state === "skipped") problems.push(`${test}\nskips itself, which is what the list of exceptions is for`);
  }
  for (const [{ tests: pattern, count }, failures] of covered) {
    if (failures === count) continue;
    problems.push(
      `an exception is for ${count} failures and covers ${failures}: ${pattern}\nLet exceptions.ts say what is so.`,
    );
  }
  if (tests.length === 0) problems.push("it ran no test");
  if (kernel !== KERNEL) problems.push(`its kernel is ${kernel}, not ${KERNEL}: ${fallbackReason}`);
  return { name, version: report.version, kernel, ...counts, problems };
}

/** What tests the one ran and the others did not: they must be the same everywhere. */
export function differences(reports: ReadonlyMap<RuntimeName, RuntimeReport>): readonly string[] {
  const names = [...reports].map(([name, { outcome }]) => [name, outcome.tests.map((test) => test.name)] as const);
  const all = new Set(names.flatMap(([, tests]) => tests));
  return names.flatMap(([name, tests]) => {
    const known = new Set(tests);
    const missing = [...all].filter((test) => !known.has(test));
    return missing.map((test) => `${name} has no test of the name that others have: ${test}`);
  });
}

/** How many passed and failed in all. What is wrong and no test's failure counts as one. */
export function totals(verdicts: readonly Verdict[], problems: readonly string[]): { passed: number; failed: number } {
  const sum = (of: "passed" | "failed") => verdicts.reduce((total, verdict) => total + verdict[of], 0);
  const wrong = verdicts.filter(({ failed, problems }) => failed === 0 && problems.length > 0);
  return { passed: sum("passed"), failed: sum("failed") + wrong.length + problems.length };
}
