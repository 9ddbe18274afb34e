// The report of a run as Markdown.

import { describeEnvironment, type Environment } from "../environment.ts";
import type { Results } from "../results.ts";
import type { MemoryRow, Missing, Row } from "../rows.ts";
import { compareRuntimes } from "../runtimes.ts";
import { goalsSection } from "./goals.ts";
import { formatBytes, formatNs, formatPart, formatSize } from "./lines.ts";
import { groupBy, NONE, table, text } from "./table.ts";

/** `chart` is the path of the picture, if there is one. */
export function formatReport(results: Results, chart: string | undefined): string {
  const { environments, rows, memory, missing } = results;
  const runtimes = [...new Set([...rows, ...memory, ...missing].map(({ runtime }) => runtime))].sort(compareRuntimes);
  const parts = ["# Results", "Measured by `npm run bench`, which wrote this page too."];
  if (chart !== undefined) parts.push(`![How many times as fast as ws with its native add-ons](${chart})`);
  parts.push("## Where and when", ...placesAndTimes(environments));
  parts.push(...goalsSection(results, runtimes));
  if (rows.length > 0) parts.push("## Times", TIMES_INTRODUCTION);
  for (const [job, own] of groupBy(rows, (row) => row.job)) {
    parts.push(`### ${text(job)}`, list(countWins(own)), timesTable(own, runtimes));
  }
  if (memory.length > 0)
    parts.push("## Memory", "Bytes of the heap; for idle-memory, of resident memory.", memoryTable(memory, runtimes));
  if (missing.length > 0) parts.push("## Not measured", list(missing.map(describeMissing)));
  return `${parts.join("\n\n")}\n`;
}

const TIMES_INTRODUCTION = [
  "Each cell says whether wsimd is faster or slower than the peer, and how many times as fast it is;",
  "then wsimd's time and the peer's, in nanoseconds for a frame or a call.",
  "Times are medians, and ± is half the distance between the quartiles.",
].join("\n");

function countWins(rows: readonly Row[]): string[] {
  const groups = groupBy(rows, ({ runtime, subject }) => JSON.stringify([runtime, subject]));
  return [...groups.values()]
    .sort(([left], [right]) => compareRuntimes(left.runtime, right.runtime))
    .map((own) => {
      const slower = own.filter(({ ratio }) => ratio < 1).length;
      return `${own[0].runtime}, ${own[0].subject}: faster in ${own.length - slower} rows, slower in ${slower}`;
    });
}

function timesTable(rows: readonly Row[], runtimes: readonly string[]): string {
  const lines = groupBy(rows, ({ subject, variant, payload, bytes, peer }) =>
    JSON.stringify([subject, variant, payload, bytes, peer]),
  );
  return table(
    ["kernel", "variant", "payload", "size", "peer", ...runtimes.map(text)],
    [...lines.values()].map((own) => {
      const { subject, variant, payload, bytes, peer } = own[0];
      const names = [subject, variant, payload, formatSize(bytes), peer].map(text);
      return [...names, ...columns(own, runtimes, formatTimes)];
    }),
  );
}

function formatTimes({ ratio, ns, spread, peerNs, peerSpread }: Row): string {
  const own = `${formatNs(ns)} ±${formatPart(spread)}`;
  const peer = `${formatNs(peerNs)} ±${formatPart(peerSpread)}`;
  return `**${ratio < 1 ? "slower" : "faster"}** ${ratio.toFixed(2)}×, ${own} : ${peer}`;
}

function memoryTable(rows: readonly MemoryRow[], runtimes: readonly string[]): string {
  const lines = groupBy(rows, ({ job, subject, what, per, peer }) => JSON.stringify([job, subject, what, per, peer]));
  return table(
    ["job", "kernel", "what", "for each", "peer", ...runtimes.map(text)],
    [...lines.values()].map((own) => {
      const { job, subject, what, per, peer } = own[0];
      return [...[job, subject, what, per, peer ?? NONE].map(text), ...columns(own, runtimes, formatMemory)];
    }),
  );
}

function formatMemory({ bytes, peerBytes }: MemoryRow): string {
  if (peerBytes === undefined) return formatBytes(bytes);
  const verdict = bytes > peerBytes ? "more" : "less";
  return `**${verdict}**, ${formatBytes(bytes)} : ${formatBytes(peerBytes)}`;
}

/** A line's rows, each in its runtime's column. */
function columns<R extends { runtime: string }>(
  rows: readonly R[],
  runtimes: readonly string[],
  format: (row: R) => string,
): string[] {
  return runtimes.map((runtime) => {
    const row = rows.find((row) => row.runtime === runtime);
    return row === undefined ? NONE : format(row);
  });
}

function describeMissing({ runtime, job, subject, part, reason }: Missing): string {
  return `${[runtime, job, subject, part].filter((name) => name !== "").join(", ")}: ${reason}`;
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${text(line)}`).join("\n");
}

/** One list for all runs that differ in their time alone. */
function placesAndTimes(environments: readonly Environment[]): string[] {
  const groups = groupBy(environments, (environment) => JSON.stringify({ ...environment, date: "" }));
  return [...groups.values()].map((runs) => {
    const date = runs.map((run) => run.date).sort();
    return list(describeEnvironment({ ...runs[0], date: date.join(", ") }));
  });
}
