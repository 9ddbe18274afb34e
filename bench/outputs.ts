import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Options } from "./options.ts";
import { drawChart } from "./report/chart.ts";
import { formatReport } from "./report/markdown.ts";
import { formatResults, type Results } from "./results.ts";
import { UsageError } from "./usage-error.ts";

type Outputs = Pick<Options, "json" | "report">;

/** @throws UsageError when what is asked for cannot be written. Nothing is lost of what is there. */
export function assertWritable({ json, report }: Outputs): void {
  if (json !== undefined) attempt("--json", () => closeSync(openSync(json, "a")));
  if (report === undefined) return;
  attempt("--report", () => {
    mkdirSync(report, { recursive: true });
    for (const name of ["README.md", "results.json"]) closeSync(openSync(join(report, name), "a"));
  });
}

export function writeOutputs({ json, report }: Outputs, results: Results): void {
  if (json !== undefined) writeFileSync(json, formatResults(results));
  if (report === undefined) return;
  const chart = drawChart(results);
  writeFileSync(join(report, "results.json"), formatResults(results));
  writeFileSync(join(report, "README.md"), formatReport(results, chart === undefined ? undefined : "chart.svg"));
  // One that is there would show what these results do not have.
  if (chart === undefined) rmSync(join(report, "chart.svg"), { force: true });
  else writeFileSync(join(report, "chart.svg"), chart);
}

function attempt(option: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`);
  }
}
