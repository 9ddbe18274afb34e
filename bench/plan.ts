// What there is to measure: the names that rows, options and the README share. No job's code is loaded here.

export const SUBJECTS = ["wasm-simd", "typescript"] as const;
export type Subject = (typeof SUBJECTS)[number];

export const PAYLOADS = ["ascii", "latin", "korean", "emoji", "binary", "json"] as const;
export type Payload = (typeof PAYLOADS)[number];

/** A frame of this many payload bytes still lies whole in a chunk of 64 KiB. */
export const CHUNK_PAYLOAD = 65_000;
export const LARGEST_SIZE = 1_048_576;
export const SIZES: readonly number[] = [8, 32, 125, 1000, 8000, 60_000, LARGEST_SIZE];
/** Of the messages of some jobs, unless others are asked for. */
const OWN_SIZES: { readonly [job: string]: readonly number[] | undefined } = {
  echo: [20, 125, 16_384],
  deflate: [1024, 65_536],
};

export const PEERS = [
  "ws+bufferutil",
  "ws",
  "websocket-driver",
  "bufferutil",
  "buffer.isUtf8",
  "utf-8-validate",
  "http.websocketMask",
  "loop",
  "set",
  "mask",
  "bun",
  "net",
] as const;
export type Peer = (typeof PEERS)[number];

export const TIME_JOBS = [
  "mask",
  "utf8",
  "scan",
  "decode-view",
  "decode-string",
  "decode-message",
  "encode-text",
  "encode-binary",
  "encode-batch",
  "broadcast",
  "deflate",
  "echo",
] as const;
export type TimeJob = (typeof TIME_JOBS)[number];

export const MEMORY_JOBS = ["idle-heap", "idle-memory", "zero-alloc"] as const;
export type MemoryJob = (typeof MEMORY_JOBS)[number];

export type JobName = TimeJob | MemoryJob;
export const JOBS: readonly JobName[] = [...TIME_JOBS, ...MEMORY_JOBS];

/** One subject beside its peers, on one kind and size of payload: a row for each peer. */
export interface Measurement {
  readonly payload: Payload;
  readonly bytes: number;
  /** Which way of doing the job. */
  readonly variant: string;
  readonly peers: readonly Peer[];
}

/** What one process does: a job in one way for one subject. Others' calls would leave their mark on the code. */
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

/** A line of a job's table: some ways of doing it, with payloads of up to so many bytes, beside these peers. */
type Line = [variants: string[], payloads: Payload[], upTo: number, peers: Peer[]];

const TEXTS: Payload[] = ["ascii", "korean"];
const WS: Peer[] = ["ws+bufferutil", "ws"];
const UNMASK: Peer[] = [...WS, "bufferutil", "http.websocketMask", "loop", "set"];
const VALIDATE: Peer[] = ["buffer.isUtf8", "utf-8-validate", "ws"];
const ALL = LARGEST_SIZE;

// websocket-driver hands out a text as a string and nothing else: it stands where a job asks for just that.
const TIME_PLANS: Record<TimeJob, Line[]> = {
  mask: [
    [["caller's memory"], ["binary"], ALL, UNMASK],
    [["kernel memory"], ["binary"], CHUNK_PAYLOAD, UNMASK],
  ],
  utf8: [
    [["caller's memory"], ["ascii", "latin", "korean", "emoji"], ALL, VALIDATE],
    [["kernel memory"], ["ascii", "latin", "korean", "emoji"], CHUNK_PAYLOAD, ["buffer.isUtf8"]],
  ],
  scan: [
    [["masked"], ["ascii"], CHUNK_PAYLOAD, [...WS, "set", "mask"]],
    [["masked"], ["korean", "binary"], CHUNK_PAYLOAD, [...WS, "set"]],
    [["kernel memory"], ["ascii"], CHUNK_PAYLOAD, ["set", "mask"]],
    [["kernel memory"], ["korean", "binary"], CHUNK_PAYLOAD, ["set"]],
  ],
  "decode-view": [
    [["masked, cut"], TEXTS, ALL, WS],
    [["unmasked, cut"], ["ascii"], ALL, WS],
    [["masked, cut", "unmasked, cut"], ["binary"], ALL, [...WS, "websocket-driver"]],
    [["masked, single"], TEXTS, CHUNK_PAYLOAD, WS],
    [["unmasked, single"], ["ascii"], CHUNK_PAYLOAD, WS],
    [["masked, single", "unmasked, single"], ["binary"], CHUNK_PAYLOAD, [...WS, "websocket-driver"]],
    [["masked, whole", "received, masked"], ["ascii", "korean", "binary"], CHUNK_PAYLOAD, WS],
    [["received, unmasked"], ["ascii", "binary"], CHUNK_PAYLOAD, WS],
  ],
  "decode-string": [
    [["masked, cut", "unmasked, cut"], TEXTS, ALL, [...WS, "websocket-driver"]],
    [["masked, single", "unmasked, single"], TEXTS, CHUNK_PAYLOAD, [...WS, "websocket-driver"]],
  ],
  "decode-message": [
    [["whole", "fragmented"], TEXTS, ALL, WS],
    [["whole", "fragmented"], ["binary"], ALL, [...WS, "websocket-driver"]],
  ],
  "encode-text": [[["new buffer", "caller's buffer"], TEXTS, CHUNK_PAYLOAD, [...WS, "websocket-driver"]]],
  "encode-binary": [[["caller's buffer"], ["binary"], CHUNK_PAYLOAD, [...WS, "websocket-driver"]]],
  "encode-batch": [
    [["server", "server, reclaimed"], TEXTS, CHUNK_PAYLOAD, [...WS, "websocket-driver"]],
    [["client", "client, reclaimed"], ["ascii", "binary"], CHUNK_PAYLOAD, [...WS, "websocket-driver"]],
  ],
  broadcast: [[["server"], ["ascii", "binary"], CHUNK_PAYLOAD, [...WS, "websocket-driver"]]],
  deflate: [[["compress, zlib", "compress, pako", "decompress, zlib", "decompress, pako"], ["json"], ALL, ["ws"]]],
  echo: [
    [["64 connections, 1 in flight", "64 connections, 16 in flight"], ["ascii"], ALL, ["ws+bufferutil", "bun", "net"]],
  ],
};

/** The TypeScript kernel has no memory of its own: its receive buffers are ordinary memory, as in the other variants. */
const KERNEL_MEMORY = ["kernel memory", "received, masked", "received, unmasked"];

/** Every assignment that the filters leave something of, in the order of the tables above. */
export function plan(filters: Filters): Assignment[] {
  const assignments: Assignment[] = [];
  for (const job of JOBS) {
    if (!filters.jobs.includes(job)) continue;
    for (const subject of SUBJECTS) {
      if (!filters.subjects.includes(subject)) continue;
      if (isMemoryJob(job)) {
        assignments.push({ kind: "memory", job, subject });
        continue;
      }
      for (const variant of variantsOf(job)) {
        if (subject === "typescript" && KERNEL_MEMORY.includes(variant)) continue;
        const measurements = measurementsOf(job, variant, filters);
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

/** A job's variants, each once. */
export function variantsOf(job: TimeJob): string[] {
  return [...new Set(TIME_PLANS[job].flatMap(([variants]) => variants))];
}

function measurementsOf(job: TimeJob, variant: string, filters: Filters): Measurement[] {
  const sizes = filters.sizes === SIZES ? (OWN_SIZES[job] ?? SIZES) : filters.sizes;
  const measurements: Measurement[] = [];
  for (const [variants, payloads, upTo, linePeers] of TIME_PLANS[job]) {
    const peers = linePeers.filter((peer) => filters.peers.includes(peer));
    if (!variants.includes(variant) || peers.length === 0) continue;
    for (const payload of payloads) {
      if (!filters.payloads.includes(payload)) continue;
      for (const bytes of sizes) if (bytes <= upTo) measurements.push({ payload, bytes, variant, peers });
    }
  }
  return measurements;
}

function isMemoryJob(job: JobName): job is MemoryJob {
  return (MEMORY_JOBS as readonly string[]).includes(job);
}
