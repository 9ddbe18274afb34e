// The part of the report that holds the rows to the figures they are to reach.

import { ENTRIES } from "../echo/entry.ts";
import { FIGURE_RUNTIMES, FIGURES, type Figure, IDLE_HEAP_BYTES, IDLE_MEMORY_RATIO } from "../figures.ts";
import type { Results } from "../results.ts";
import type { MemoryRow, Row } from "../rows.ts";
import { judge, type Verdict, verdictOf } from "./judge.ts";
import { formatBytes, formatSize } from "./lines.ts";
import { NONE, table, text } from "./table.ts";

const INTRODUCTION = [
  "Of all rows that a goal is about, the one that is furthest from it is shown.",
  "A goal is reached, nearly reached (by 85 % or more) or missed; – was not measured.",
  "Most goals are ratios, as below. “At most 1.3 copies” compares wsimd's time with that of copying the bytes and 5 ns a frame.",
].join("\n");

const VERDICTS: Readonly<Record<Verdict, string>> = { reached: "reached", near: "nearly reached", missed: "missed" };

/** Nothing when no runtime was measured that has goals. */
export function goalsSection({ rows, memory }: Results, runtimes: readonly string[]): string[] {
  const judged = FIGURE_RUNTIMES.filter((runtime) => runtimes.includes(runtime));
  if (judged.length === 0) return [];
  const lines = FIGURES.flatMap((figure) =>
    figure.at.map((at) => [
      ...describeFigure(figure, at).map(text),
      ...judged.map((runtime) => formatJudgement(figure, at, runtime, rows)),
    ]),
  );
  for (const what of ["FrameDecoder", "Connection"] as const) {
    lines.push([
      ...["idle-heap", what, NONE, NONE, `at most ${IDLE_HEAP_BYTES[what]} B`],
      ...judged.map((runtime) => formatHeap(runtime, what, memory)),
    ]);
  }
  for (const what of ENTRIES) {
    lines.push([
      ...["idle-memory", what, NONE, "net", `at most ${IDLE_MEMORY_RATIO} times`],
      ...judged.map((runtime) => formatMemoryRatio(runtime, what, memory)),
    ]);
  }
  return ["## Goals", INTRODUCTION, table(["job", "what", "size", "peer", "goal", ...judged], lines)];
}

function describeFigure(figure: Figure, at: Figure["at"][number]): string[] {
  const { job, subject, payloads = [], variants = [], peer, measure } = figure;
  const kernel = subject === undefined ? "" : `${subject} kernel`;
  const what = [kernel, payloads.join(" / "), variants.join(" / ")].filter((part) => part !== "");
  const goal = measure === "copies" ? `at most ${at[2]} copies` : `${at[2]}×`;
  return [job, what.join("; ") || "all", formatSizes(at), peer, goal];
}

function formatSizes([from, to]: Figure["at"][number]): string {
  if (from === to) return formatSize(from);
  if (to === Number.POSITIVE_INFINITY) return from === 1 ? "all" : `from ${formatSize(from)}`;
  return from === 1 ? `to ${formatSize(to)}` : `${formatSize(from)} to ${formatSize(to)}`;
}

function formatJudgement(figure: Figure, at: Figure["at"][number], runtime: string, rows: readonly Row[]): string {
  const judgement = judge(figure, at, runtime, rows);
  if (judgement === undefined) return NONE;
  const { payload, bytes, variant } = judgement.worst;
  const worst = [payload, formatSize(bytes), variant].filter((part) => part !== "").join(", ");
  return `**${VERDICTS[judgement.verdict]}**, ${judgement.value.toFixed(2)} (${text(worst)})`;
}

function formatHeap(runtime: string, what: keyof typeof IDLE_HEAP_BYTES, memory: readonly MemoryRow[]): string {
  const row = find(memory, { runtime, job: "idle-heap", what });
  if (row === undefined) return NONE;
  return `**${VERDICTS[verdictOf(IDLE_HEAP_BYTES[what] / row.bytes)]}**, ${formatBytes(row.bytes)}`;
}

function formatMemoryRatio(runtime: string, what: string, memory: readonly MemoryRow[]): string {
  const row = find(memory, { runtime, job: "idle-memory", what, peer: "net" });
  if (row?.peerBytes === undefined) return NONE;
  const ratio = Math.round((100 * row.bytes) / row.peerBytes) / 100;
  return `**${VERDICTS[verdictOf(IDLE_MEMORY_RATIO / ratio)]}**, ${ratio.toFixed(2)}`;
}

/** The row of the WASM kernel that has all of this. */
function find(memory: readonly MemoryRow[], wanted: Partial<MemoryRow>): MemoryRow | undefined {
  const all = Object.entries({ subject: "wasm-simd", ...wanted });
  return memory.find((row) => all.every(([name, value]) => row[name as keyof MemoryRow] === value));
}
