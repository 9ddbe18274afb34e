import type { Figure, Measure } from "../figures.ts";
import type { Row } from "../rows.ts";

export type Verdict = "reached" | "near" | "missed";

export interface Judgement {
  /** As printed: what is printed is what is judged. */
  readonly value: number;
  readonly verdict: Verdict;
  /** The row that is furthest from the figure. */
  readonly worst: Row;
}

/** What a frame may cost beside the copying of its bytes, in nanoseconds. */
const FRAME_NS = 5;
/** From this part of the figure on it is nearly reached. */
const FLOOR = 0.85;

/** Holds a runtime's rows to one of a figure's numbers; undefined when none of them fits. */
export function judge(
  figure: Figure,
  at: Figure["at"][number],
  runtime: string,
  rows: readonly Row[],
): Judgement | undefined {
  const [from, to, wanted] = at;
  const measure = figure.measure ?? "ratio";
  let judgement: Judgement | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    if (row.runtime !== runtime || !fits(row, figure) || row.bytes < from || row.bytes > to) continue;
    const value = numberOf(row, measure);
    const part = measure === "ratio" ? value / wanted : wanted / value;
    if (part >= least) continue;
    least = part;
    judgement = { value, verdict: verdictOf(part), worst: row };
  }
  return judgement;
}

/** Of the figure, how much was reached: 1 or more is all of it. */
export function verdictOf(part: number): Verdict {
  if (part >= 1) return "reached";
  return part >= FLOOR ? "near" : "missed";
}

function fits(row: Row, { job, subject = "wasm-simd", peer, payloads, variants }: Figure): boolean {
  return (
    row.job === job &&
    row.subject === subject &&
    row.peer === peer &&
    (payloads?.includes(row.payload) ?? true) &&
    (variants?.includes(row.variant) ?? true)
  );
}

function numberOf(row: Row, measure: Measure): number {
  const value = measure === "ratio" ? row.ratio : row.ns / (row.peerNs + FRAME_NS);
  return Math.round(value * 100) / 100;
}
