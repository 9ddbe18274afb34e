// What the codec is to reach, as data: see judge.ts for how rows are held to it.

import type { Subject } from "./plan.ts";

/** What a job is to reach beside a peer. Of all rows that fit, the worst decides. */
export interface Figure {
  readonly job: string;
  /** The WASM kernel where nothing is said. */
  readonly subject?: Subject;
  /** All there are where nothing is said. */
  readonly payloads?: readonly string[];
  /** All there are where nothing is said. */
  readonly variants?: readonly string[];
  readonly peer: string;
  readonly measure?: Measure;
  /** From how many bytes to how many, both included, and the number to reach. */
  readonly at: readonly (readonly [from: number, to: number, value: number])[];
}

/**
 * How a row becomes the number that is compared: `ratio`, where nothing is said, is the peer's time over ours, at least the
 * figure; `copies` is our time over that of copying the bytes and 5 ns a frame, at most the figure.
 */
export type Measure = "ratio" | "copies";

/** The runtimes the figures are meant for. */
export const FIGURE_RUNTIMES: readonly string[] = ["node 24", "node 26"];

/** The heap of what is idle, at most. */
export const IDLE_HEAP_BYTES = { FrameDecoder: 200, MessageDecoder: 200, Connection: 450 } as const;

/** The resident memory of a server for each idle connection, as a multiple of a bare `net` server's, at most. */
export const IDLE_MEMORY_RATIO = 1.25;

const ANY = Number.POSITIVE_INFINITY;
const ADDONS = "ws+bufferutil";
const PIPELINED = ["64 connections, 16 in flight"];

/** Of masked frames, as a server gets them. */
const CHUNKS = ["masked, cut", "masked, whole"];
const VIEWS = [
  [8, 125, 7],
  [1000, 1000, 4],
  [8000, 8000, 1.2],
  [60_000, 60_000, 0.85],
] as const;

/** As frames of their own kind come: to a server, and to a client. */
const TO_SERVER = ["masked, cut", "masked, whole", "masked, single"];
const TO_CLIENT = ["unmasked, cut", "unmasked, single"];

export const FIGURES: readonly Figure[] = [
  {
    job: "scan",
    payloads: ["binary"],
    variants: ["masked"],
    peer: "set",
    measure: "copies",
    at: [
      [8, 8, 1],
      [125, 125, 1.3],
      [1000, 1000, 1.6],
      [60_000, 60_000, 1.7],
    ],
  },
  // Unmasking and validating in one pass; what a record costs is no part of it.
  { job: "scan", payloads: ["ascii"], peer: "mask", at: [[1000, ANY, 0.85]] },
  {
    job: "mask",
    variants: ["kernel memory"],
    peer: "bufferutil",
    at: [
      [1, 125, 3],
      [4096, 65_536, 0.95],
    ],
  },
  {
    job: "mask",
    variants: ["caller's memory"],
    peer: "loop",
    at: [
      [64, 511, 1.3],
      [512, 65_536, 2],
      [1, ANY, 0.97],
    ],
  },
  ...["caller's memory", "kernel memory"].flatMap((variant) => [
    { job: "utf8", payloads: ["ascii"], variants: [variant], peer: "buffer.isUtf8", at: [[1000, ANY, 0.9]] as const },
    { job: "utf8", payloads: ["korean"], variants: [variant], peer: "buffer.isUtf8", at: [[1000, ANY, 0.4]] as const },
  ]),
  { job: "decode-view", payloads: ["ascii", "binary"], variants: CHUNKS, peer: ADDONS, at: VIEWS },
  { job: "decode-view", payloads: ["korean"], variants: CHUNKS, peer: ADDONS, at: VIEWS },
  ...["received, masked", "received, unmasked"].map((variant) => ({
    job: "decode-view",
    payloads: ["ascii", "binary"],
    variants: [variant],
    peer: ADDONS,
    at: [[60_000, 60_000, 1.5]] as const,
  })),
  { job: "decode-message", payloads: ["binary"], variants: ["whole"], peer: ADDONS, at: [[1_048_576, 1_048_576, 1.2]] },
  { job: "decode-message", payloads: ["korean"], variants: ["whole"], peer: ADDONS, at: [[1_048_576, 1_048_576, 1.2]] },
  {
    job: "decode-string",
    payloads: ["ascii"],
    variants: ["masked, cut"],
    peer: ADDONS,
    at: [
      [8, 125, 5],
      [1000, 1000, 3],
      [60_000, 60_000, 1.3],
    ],
  },
  { job: "decode-string", payloads: ["ascii"], variants: ["masked, single"], peer: ADDONS, at: [[1, 125, 3.5]] },
  ...["ascii", "korean"].flatMap((payload) => [
    { job: "encode-text", payloads: [payload], variants: ["new buffer"], peer: ADDONS, at: [[1, 1000, 1.5]] as const },
    {
      job: "encode-text",
      payloads: [payload],
      variants: ["caller's buffer"],
      peer: ADDONS,
      at: [[1, 1000, 2.5]] as const,
    },
    { job: "encode-batch", payloads: [payload], variants: ["server"], peer: ADDONS, at: [[1, 1000, 3]] as const },
    {
      job: "encode-batch",
      payloads: [payload],
      variants: ["server, reclaimed"],
      peer: ADDONS,
      at: [[1, 1000, 3]] as const,
    },
  ]),
  {
    job: "encode-binary",
    variants: ["caller's buffer"],
    peer: ADDONS,
    at: [
      [8, 8, 1.8],
      [125, 1000, 2.5],
      [60_000, 60_000, 1.3],
    ],
  },
  ...[
    { job: "decode-view", payloads: ["ascii", "binary"], variants: TO_SERVER },
    { job: "decode-view", payloads: ["korean"], variants: TO_SERVER },
    { job: "decode-view", payloads: ["binary"], variants: TO_CLIENT },
    { job: "decode-view", payloads: ["ascii", "korean"], variants: TO_CLIENT },
    { job: "decode-string", payloads: ["ascii"], variants: TO_SERVER },
    { job: "decode-string", payloads: ["korean"], variants: TO_SERVER },
    { job: "decode-string", payloads: ["ascii", "korean"], variants: TO_CLIENT },
    { job: "decode-message", payloads: ["ascii", "binary"] },
    { job: "decode-message", payloads: ["korean"] },
  ].map((figure) => ({ ...figure, subject: "typescript" as const, peer: "ws", at: [[1, ANY, 2]] as const })),
  { job: "echo", payloads: ["ascii"], variants: PIPELINED, peer: ADDONS, at: [[20, 125, 6]] },
  { job: "echo", payloads: ["ascii"], variants: PIPELINED, peer: "bun", at: [[20, 125, 1]] },
  { job: "echo", payloads: ["ascii"], variants: PIPELINED, peer: "net", at: [[20, 125, 0.75]] },
  {
    job: "echo",
    payloads: ["ascii"],
    variants: ["64 connections, 1 in flight"],
    peer: ADDONS,
    at: [[20, 125, 1.15]],
  },
  { job: "echo", peer: ADDONS, at: [[16_000, 16_384, 1.2]] },
];
