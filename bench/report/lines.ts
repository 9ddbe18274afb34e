import { JOBS, PEERS, SUBJECTS } from "../plan.ts";
import type { MemoryRow, Missing, Row } from "../rows.ts";

interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: "left" | "right";
}

/** "64 connections, 16 in flight" */
const VARIANT_WIDTH = 28;
const NUMBER_WIDTH = 9;

/** Widths are known beforehand: rows are printed as they come. */
const COLUMNS: readonly Column[] = [
  { title: "runtime", width: 7, align: "left" },
  { title: "job", width: longest(JOBS), align: "left" },
  { title: "payload", width: 7, align: "left" },
  { title: "bytes", width: 7, align: "right" },
  { title: "variant", width: VARIANT_WIDTH, align: "left" },
  { title: "subject", width: longest(SUBJECTS), align: "left" },
  { title: "ns", width: NUMBER_WIDTH, align: "right" },
  { title: "±", width: 5, align: "right" },
  { title: "peer", width: longest(PEERS), align: "left" },
  { title: "peer ns", width: NUMBER_WIDTH, align: "right" },
  { title: "±", width: 5, align: "right" },
  { title: "ratio", width: 7, align: "right" },
];

export function formatHeading(): string {
  const titles = line(COLUMNS.map((column) => column.title));
  return `${titles}\n${COLUMNS.map((column) => "-".repeat(column.width)).join("  ")}`;
}

/** A row as one line; where the peer is faster, the line says so at its end. */
export function formatRow(row: Row): string {
  const cells = line([
    row.runtime,
    row.job,
    row.payload,
    String(row.bytes),
    row.variant,
    row.subject,
    formatNs(row.ns),
    formatPart(row.spread),
    row.peer,
    formatNs(row.peerNs),
    formatPart(row.peerSpread),
    row.ratio.toFixed(2),
  ]);
  return row.ratio < 1 ? `${cells}  slower` : cells;
}

export function formatMemoryRow(row: MemoryRow): string {
  const parts = [`${row.runtime}  ${row.job}  ${row.subject}  ${row.what}: ${formatBytes(row.bytes)} a ${row.per}`];
  if (row.target !== undefined) {
    parts.push(row.bytes < row.target ? `under the target of ${row.target} B` : `OVER the target of ${row.target} B`);
  }
  if (row.peerBytes !== undefined) parts.push(`${row.peer}: ${formatBytes(row.peerBytes)}`);
  return parts.join(", ");
}

export function formatMissing({ runtime, job, subject, part, reason }: Missing): string {
  return `${runtime}  ${job}  ${subject}  ${part === "" ? "" : `${part}  `}NOT MEASURED: ${reason}`;
}

/** How often the subject wins and loses, so that losses are not lost in a long table. */
export function formatSummary(rows: readonly Row[]): string {
  const slower = rows.filter((row) => row.ratio < 1).length;
  return `${rows.length} rows: faster than the peer in ${rows.length - slower}, slower in ${slower}`;
}

/** A tenth of a nanosecond below 100, whole ones above: more digits would be noise. */
export function formatNs(ns: number): string {
  return ns < 100 ? ns.toFixed(1) : Math.round(ns).toString();
}

/** With thin spaces between thousands, which no line breaks at. */
export function formatSize(bytes: number): string {
  const MIB = 1024 * 1024;
  if (bytes >= MIB && bytes % MIB === 0) return `${bytes / MIB} MiB`;
  return `${String(bytes).replace(/\B(?=(\d{3})+$)/g, "\u202f")} B`;
}

export function formatPart(part: number): string {
  return `${(part * 100).toFixed(part < 0.0995 ? 1 : 0)}%`;
}

export function formatBytes(bytes: number): string {
  return `${bytes < 100 ? bytes.toFixed(2) : Math.round(bytes)} B`;
}

function line(cells: readonly string[]): string {
  return cells
    .map((cell, index) => {
      const { width, align } = COLUMNS[index];
      return align === "left" ? cell.padEnd(width) : cell.padStart(width);
    })
    .join("  ")
    .trimEnd();
}

function longest(names: readonly string[]): number {
  return Math.max(...names.map((name) => name.length));
}
