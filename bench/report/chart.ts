// The chart of a run: how many times as fast as ws with its native add-ons the WASM kernel is, on a logarithmic axis.

import type { Results } from "../results.ts";
import type { Row } from "../rows.ts";
import { compareRuntimes } from "../runtimes.ts";
import { formatSize } from "./lines.ts";
import { groupBy } from "./table.ts";

/** What is drawn, where it was measured: one panel for each. A chart of every row would show nothing. */
const PANELS: readonly (readonly [title: string, job: string, variant: string, payload: string])[] = [
  ["Decode to views, binary", "decode-view", "masked, cut", "binary"],
  ["Decode to views, Korean text", "decode-view", "masked, cut", "korean"],
  ["Decode to views, one frame a chunk", "decode-view", "masked, single", "binary"],
  ["Decode to views, from a receive buffer", "decode-view", "received, masked", "binary"],
  ["Decode to strings, ASCII", "decode-string", "masked, cut", "ascii"],
  ["Decode to strings, one frame a chunk", "decode-string", "masked, single", "ascii"],
  ["Decode messages in fragments", "decode-message", "fragmented", "binary"],
  ["Encode text, new buffer", "encode-text", "new buffer", "ascii"],
  ["Encode text, caller's buffer", "encode-text", "caller's buffer", "ascii"],
  ["Encode binary, masked", "encode-binary", "caller's buffer", "binary"],
  ["Encode a batch", "encode-batch", "server", "ascii"],
  ["Broadcast to 1000 connections", "broadcast", "server", "ascii"],
  ["Echo, 1 message in flight", "echo", "64 connections, 1 in flight", "ascii"],
  ["Echo, 16 messages in flight", "echo", "64 connections, 16 in flight", "ascii"],
];
const SUBJECT = "wasm-simd";
const PEER = "ws+bufferutil";
/** The runtime to draw, if it was measured. */
const RUNTIME = "node 24";

const WIDTH = 880;
const MARGIN = 24;
const HEADER = 92;
const PANEL_WIDTH = (WIDTH - 3 * MARGIN) / 2;
const PANEL_HEADER = 28;
/** The axis, and a gap below it. */
const PANEL_FOOTER = 46;
const BAR = 13;
const PITCH = 19;
/** Left of the bars stand their sizes, right of them there is room for a number. */
const LABELS = 74;
const NUMBERS = 52;
/** Bars end at 1/64 and at 64 times, whatever is measured; the number beside them does not. */
const LARGEST_POWER = 6;

const STYLE = `
    :root { --paper: #ffffff; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0; --win: #1a7f5c; --loss: #c4501b }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #0d1117; --ink: #f0f6fc; --faint: #9198a1; --line: #3d444d; --win: #3fb68b; --loss: #f0834a }
    }
    text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--ink) }
    .heading { font-size: 19px; font-weight: 600 }
    .title { font-size: 14px; font-weight: 600 }
    .faint { fill: var(--faint) }
    .end { text-anchor: end }
    .middle { text-anchor: middle }
    .paper { fill: var(--paper) }
    .number { paint-order: stroke; stroke: var(--paper); stroke-width: 3px }
    .win { fill: var(--win) }
    .loss { fill: var(--loss) }
    .grid { stroke: var(--line) }
    .one { stroke: var(--ink); stroke-width: 1.5 }`;

interface Panel {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** The chart as SVG, or undefined when nothing was measured that it could show. */
export function drawChart({ rows, environments }: Results): string | undefined {
  const candidates = rows.filter((row) => row.subject === SUBJECT && row.peer === PEER);
  const byRuntime = groupBy(candidates, ({ runtime }) => runtime);
  const runtime = byRuntime.has(RUNTIME) ? RUNTIME : [...byRuntime.keys()].sort(compareRuntimes)[0];
  const panels = PANELS.map(([title, job, variant, payload]) => ({
    title,
    rows: (byRuntime.get(runtime) ?? [])
      .filter((row) => row.job === job && row.variant === variant && row.payload === payload)
      .sort((left, right) => left.bytes - right.bytes),
  })).filter((panel) => panel.rows.length > 0);
  if (panels.length === 0) return undefined;
  const environment = environments.filter(({ runtimes }) => runtimes.some(({ label }) => label === runtime)).at(-1);
  const where = [
    runtime,
    environment?.cpu,
    environment?.date.slice(0, 10),
    environment?.quick ? "quick run" : undefined,
  ];
  const scale = createScale(panels.flatMap((panel) => panel.rows.map(({ ratio }) => ratio)));
  const drawn: string[] = [];
  let y = HEADER;
  for (let index = 0; index < panels.length; index += 2) {
    const pair = panels.slice(index, index + 2);
    drawn.push(...pair.map((panel, column) => drawPanel(panel, scale, MARGIN + column * (PANEL_WIDTH + MARGIN), y)));
    y += PANEL_HEADER + PITCH * Math.max(...pair.map((panel) => panel.rows.length)) + PANEL_FOOTER;
  }
  return drawPage(y, where.filter((part) => part !== undefined).join(", "), drawn);
}

function drawPage(height: number, where: string, panels: readonly string[]): string {
  const heading = "How many times as fast as ws with its native add-ons";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
  <title>${heading}</title>
  <style>${STYLE}
  </style>
  <rect class="paper" width="${WIDTH}" height="${height}"/>
  <text class="heading" x="${MARGIN}" y="38">${heading}</text>
  <text class="faint" x="${MARGIN}" y="60">${xmlText(where)}; by payload size, logarithmic</text>
  <rect class="win" x="${WIDTH - MARGIN - 186}" y="50" width="${BAR}" height="${BAR}"/>
  <text x="${WIDTH - MARGIN - 168}" y="61">wsimd is faster</text>
  <rect class="loss" x="${WIDTH - MARGIN - 62}" y="50" width="${BAR}" height="${BAR}"/>
  <text x="${WIDTH - MARGIN - 44}" y="61">slower</text>
${panels.join("\n")}
</svg>
`;
}

function drawPanel({ title, rows }: Panel, scale: Scale, x: number, y: number): string {
  const bottom = PANEL_HEADER + PITCH * rows.length;
  const lines = scale.ticks.map((tick) => {
    const at = round(scale.place(tick));
    return [
      `    <line class="${tick === 1 ? "one" : "grid"}" x1="${at}" y1="${PANEL_HEADER - 6}" x2="${at}" y2="${bottom}"/>`,
      `    <text class="faint middle" x="${at}" y="${bottom + 15}">${tick}×</text>`,
    ];
  });
  const one = scale.place(1);
  const bars = rows.map(({ bytes, ratio }, index) => {
    const end = scale.place(ratio);
    const top = PANEL_HEADER + PITCH * index;
    const text = top + BAR - 2;
    return [
      `    <text class="faint end" x="${LABELS - 8}" y="${text}">${formatSize(bytes)}</text>`,
      `    <rect class="${ratio < 1 ? "loss" : "win"}" x="${round(Math.min(one, end))}" y="${top}" width="${round(Math.abs(end - one))}" height="${BAR}"/>`,
      `    <text class="number" x="${round(Math.max(one, end) + 6)}" y="${text}">${ratio.toFixed(2)}×</text>`,
    ];
  });
  return [
    `  <g transform="translate(${x} ${y})">`,
    `    <text class="title" x="0" y="14">${xmlText(title)}</text>`,
    ...lines.flat(),
    ...bars.flat(),
    "  </g>",
  ].join("\n");
}

interface Scale {
  /** Powers of two, 1 among them. */
  readonly ticks: readonly number[];
  /** Where a ratio stands, from a panel's left edge. */
  place(ratio: number): number;
}

function createScale(ratios: readonly number[]): Scale {
  const low = Math.max(-LARGEST_POWER, Math.min(-1, Math.floor(Math.log2(Math.min(...ratios)))));
  const high = Math.min(LARGEST_POWER, Math.max(1, Math.ceil(Math.log2(Math.max(...ratios)))));
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 2 ** (low + index)),
    place(ratio): number {
      const power = Math.min(high, Math.max(low, Math.log2(ratio)));
      return LABELS + ((power - low) / (high - low)) * (PANEL_WIDTH - LABELS - NUMBERS);
    },
  };
}

function round(length: number): number {
  return Math.round(length * 10) / 10;
}

function xmlText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
