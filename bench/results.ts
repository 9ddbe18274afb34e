import { readFileSync } from "node:fs";
import type { Environment } from "./environment.ts";
import type { MemoryRow, Missing, Row } from "./rows.ts";
import { UsageError } from "./usage-error.ts";

/** All that a run found out, or several runs. */
export interface Results {
  readonly environments: readonly Environment[];
  readonly rows: readonly Row[];
  readonly memory: readonly MemoryRow[];
  readonly missing: readonly Missing[];
}

const LISTS = ["environments", "rows", "memory", "missing"] as const;
const ROW: Readonly<Record<keyof Row, "string" | "number">> = {
  runtime: "string",
  job: "string",
  payload: "string",
  bytes: "number",
  variant: "string",
  subject: "string",
  peer: "string",
  ns: "number",
  spread: "number",
  peerNs: "number",
  peerSpread: "number",
  ratio: "number",
};

/** A row a line, so that two runs can be compared with `diff`. */
export function formatResults(results: Results): string {
  const lists = LISTS.map((name) => {
    const items = results[name].map((item) => `\n    ${JSON.stringify(item, rounded)}`);
    return `  "${name}": [${items.join(",")}${items.length > 0 ? "\n  " : ""}]`;
  });
  return `{\n${lists.join(",\n")}\n}\n`;
}

/** @throws UsageError when the file is not what `formatResults` wrote. */
export function readResults(path: string): Results {
  let results: Results;
  try {
    results = JSON.parse(readFileSync(path, "utf8")) as Results;
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? "it is no JSON; it must be written by --json" : (error as Error).message;
    throw new UsageError(`--from ${path}: ${reason}`);
  }
  const list = LISTS.find((name) => !Array.isArray(results?.[name]));
  if (list !== undefined) throw new UsageError(`--from ${path}: it has no "${list}"; it must be written by --json`);
  const bad = results.rows.findIndex((row) => !isRow(row));
  if (bad >= 0) throw new UsageError(`--from ${path}: row ${bad} is not one that this version writes`);
  return results;
}

/** Of the results for one thing, the last is kept. */
export function mergeResults(list: readonly Results[]): Results {
  const rows = new Map<string, Row>();
  const memory = new Map<string, MemoryRow>();
  let missing: Missing[] = [];
  for (const results of list) {
    const measured = new Set([...results.rows, ...results.memory, ...results.missing].map(assignmentOf));
    missing = [...missing.filter((item) => !measured.has(assignmentOf(item))), ...results.missing];
    for (const row of results.rows) {
      const { job, payload, bytes, variant, subject, peer } = row;
      rows.set(JSON.stringify([row.runtime, job, payload, bytes, variant, subject, peer]), row);
    }
    for (const row of results.memory) {
      memory.set(JSON.stringify([row.runtime, row.job, row.subject, row.what, row.per, row.peer]), row);
    }
  }
  const environments = list.flatMap((results) => results.environments);
  return { environments, rows: [...rows.values()], memory: [...memory.values()], missing };
}

/** What one process measures. */
function assignmentOf({ runtime, job, subject }: Row | MemoryRow | Missing): string {
  return JSON.stringify([runtime, job, subject]);
}

function isRow(row: Row): boolean {
  return Object.entries(ROW).every(([name, type]) => {
    const value: unknown = row?.[name as keyof Row];
    return type === "number" ? Number.isFinite(value) : typeof value === "string";
  });
}

/** Seven digits: more would be noise. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value;
}
