// What the panel "Speed" measures: the names that the page and its workers share. No library code is loaded here.

/** Payload lengths, in bytes. */
export const SIZES: readonly number[] = [8, 125, 1000, 8000, 60_000];

export type JobName = "mask" | "utf8-ascii" | "utf8-korean" | "scan" | "decode-view" | "decode-string";
export type ContestantName = "wasm-simd" | "typescript" | "byte loop" | "TextDecoder";

export interface Job {
  readonly name: JobName;
  readonly title: string;
  readonly note: string;
  readonly unit: "GB/s" | "ns a frame";
  readonly contestants: readonly ContestantName[];
}

const KERNELS: readonly ContestantName[] = ["wasm-simd", "typescript"];

export const JOBS: readonly Job[] = [
  {
    name: "mask",
    title: "Mask",
    note: "Payloads in ordinary memory, XORed with their keys in place (§5.3).",
    unit: "GB/s",
    contestants: [...KERNELS, "byte loop"],
  },
  {
    name: "scan",
    title: "Scan",
    note: "64 KiB of masked binary frames: headers checked, payloads unmasked.",
    unit: "ns a frame",
    contestants: KERNELS,
  },
  {
    name: "utf8-ascii",
    title: "Validate UTF-8: ASCII",
    note: "TextDecoder, set to fatal, is the browser’s own validator; it makes the string, too.",
    unit: "GB/s",
    contestants: [...KERNELS, "TextDecoder"],
  },
  {
    name: "utf8-korean",
    title: "Validate UTF-8: Korean",
    note: "The same with three bytes to nearly every character.",
    unit: "GB/s",
    contestants: [...KERNELS, "TextDecoder"],
  },
  {
    name: "decode-view",
    title: "Decode to views",
    note: "64 KiB of masked binary frames through FrameDecoder, a view of each payload.",
    unit: "ns a frame",
    contestants: KERNELS,
  },
  {
    name: "decode-string",
    title: "Decode to strings",
    note: "The same with ASCII text, validated, and a string of each payload.",
    unit: "ns a frame",
    contestants: KERNELS,
  },
];

/** Asks a worker for one turn: some milliseconds of one job by one contestant. */
export interface Order {
  readonly job: JobName;
  readonly contestant: ContestantName;
  /** The payloads' length. */
  readonly bytes: number;
}

export type Answer =
  /** What one call or frame took in the mean, and how many bytes it went over, a frame's header included. */
  | { readonly kind: "timed"; readonly nanoseconds: number; readonly bytes: number }
  /** The WASM kernel cannot run: the engine's own words. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** A result was wrong, or something is broken. */
  | { readonly kind: "failed"; readonly reason: string };
