import type { Verdict } from "./judge.ts";

const COLUMNS = ["runtime", "version", "kernel", "passed", "failed", "skipped"] as const;

/** One line for each runtime. */
export function table(verdicts: readonly Verdict[]): string {
  const rows = [[...COLUMNS], ...verdicts.map((one) => cells(one))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => row.map((cell, column) => (column < 3 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))))
    .map((row) => `${row.join("  ")}\n`)
    .join("");
}

function cells({ name, version, kernel, passed, failed, skipped }: Verdict): string[] {
  return [name, version || "-", kernel || "-", String(passed), String(failed), String(skipped)];
}
