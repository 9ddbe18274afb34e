// The part of the report that holds the rows to the figures they are to reach.

import { FIGURE_RUNTIMES, FIGURES, type Figure, IDLE_HEAP_BYTES } from "../figures.ts";
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
  lines.push([
    ...["idle-heap", "FrameDecoder", NONE, NONE, `at most ${IDLE_HEAP_BYTES} B`],
    ...judged.map((runtime) => formatHeap(runtime, memory)),
  ]);
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

function formatHeap(runtime: string, memory: readonly MemoryRow[]): string {
  const row = memory.find(
    (row) =>
      row.runtime === runtime && row.job === "idle-heap" && row.subject === "wasm-simd" && row.what === "FrameDecoder",
  );
  if (row === undefined) return NONE;
  return `**${VERDICTS[verdictOf(IDLE_HEAP_BYTES / row.heapBytes)]}**, ${formatBytes(row.heapBytes)}`;
}
