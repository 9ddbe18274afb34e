// What there is to measure: the names that rows, options and the README share. No job's code is loaded here.

export const SUBJECTS = ["wasm-simd", "typescript"] as const;
export type Subject = (typeof SUBJECTS)[number];

export const PAYLOADS = ["ascii", "korean", "binary"] as const;
export type Payload = (typeof PAYLOADS)[number];

export const SIZES: readonly number[] = [8, 125, 1000, 8000, 60_000];
/** A frame of this many payload bytes still lies whole in a chunk. */
export const LARGEST_SIZE = 65_000;

export const PEERS = ["ws+bufferutil", "ws", "bufferutil", "buffer.isUtf8", "utf-8-validate"] as const;
export type Peer = (typeof PEERS)[number];

export const TIME_JOBS = [
  "mask",
  "utf8",
  "scan",
  "decode-view",
  "decode-string",
  "encode-text",
  "encode-binary",
] as const;
export type TimeJob = (typeof TIME_JOBS)[number];

export const MEMORY_JOBS = ["idle-heap", "zero-alloc"] as const;
export type MemoryJob = (typeof MEMORY_JOBS)[number];

export type JobName = TimeJob | MemoryJob;
export const JOBS: readonly JobName[] = [...TIME_JOBS, ...MEMORY_JOBS];

/** One subject beside its peers, on one kind and size of payload: a row for each peer. */
export interface Measurement {
  readonly payload: Payload;
  readonly bytes: number;
  /** Which way of doing the job, where there is more than one; otherwise empty. */
  readonly variant: string;
  readonly peers: readonly Peer[];
}

/** What one process does: a job for one subject. Another job's or kernel's calls would leave their mark on the code. */
export type Assignment =
  | { readonly kind: "time"; readonly job: TimeJob; readonly subject: Subject; readonly measurements: Measurement[] }
  | { readonly kind: "memory"; readonly job: MemoryJob; readonly subject: Subject };

export interface Filters {
  readonly jobs: readonly JobName[];
  readonly sizes: readonly number[];
  readonly payloads: readonly Payload[];
  readonly subjects: readonly Subject[];
  readonly peers: readonly Peer[];
}

interface TimeJobPlan {
  readonly payloads: readonly Payload[];
  readonly variants: readonly string[];
  readonly peers: readonly Peer[];
}

const BOTH_WS: readonly Peer[] = ["ws+bufferutil", "ws"];

const TIME_PLANS: Record<TimeJob, TimeJobPlan> = {
  mask: { payloads: ["binary"], variants: ["in place"], peers: ["ws+bufferutil", "ws", "bufferutil"] },
  utf8: { payloads: ["ascii", "korean"], variants: [""], peers: ["buffer.isUtf8", "utf-8-validate", "ws"] },
  scan: { payloads: PAYLOADS, variants: ["masked"], peers: BOTH_WS },
  "decode-view": { payloads: PAYLOADS, variants: ["masked, cut", "masked, whole"], peers: BOTH_WS },
  "decode-string": { payloads: ["ascii", "korean"], variants: ["masked"], peers: BOTH_WS },
  "encode-text": {
    payloads: ["ascii", "korean"],
    variants: ["new buffer", "caller's buffer", "batch"],
    peers: BOTH_WS,
  },
  "encode-binary": { payloads: ["binary"], variants: ["caller's buffer"], peers: BOTH_WS },
};

/** Every assignment that the filters leave something of, in the order of the tables above. */
export function plan(filters: Filters): Assignment[] {
  const assignments: Assignment[] = [];
  for (const job of JOBS) {
    if (!filters.jobs.includes(job)) continue;
    for (const subject of SUBJECTS) {
      if (!filters.subjects.includes(subject)) continue;
      if (isMemoryJob(job)) {
        assignments.push({ kind: "memory", job, subject });
      } else {
        const measurements = measurementsOf(TIME_PLANS[job], filters);
        if (measurements.length > 0) assignments.push({ kind: "time", job, subject, measurements });
      }
    }
  }
  return assignments;
}

/** How many contestants an assignment measures: its share of a run's time. */
export function weight(assignment: Assignment): number {
  if (assignment.kind === "memory") return 1;
  return assignment.measurements.reduce((sum, measurement) => sum + contestants(measurement), 0);
}

export function contestants(measurement: Measurement): number {
  return 1 + measurement.peers.length;
}

function measurementsOf(job: TimeJobPlan, filters: Filters): Measurement[] {
  const peers = job.peers.filter((peer) => filters.peers.includes(peer));
  if (peers.length === 0) return [];
  const measurements: Measurement[] = [];
  for (const variant of job.variants) {
    for (const payload of job.payloads) {
      if (!filters.payloads.includes(payload)) continue;
      for (const bytes of filters.sizes) measurements.push({ payload, bytes, variant, peers });
    }
  }
  return measurements;
}

function isMemoryJob(job: JobName): job is MemoryJob {
  return (MEMORY_JOBS as readonly string[]).includes(job);
}
