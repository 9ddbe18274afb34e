// One job for one subject, in a process of its own. Started by main.ts, which it sends its rows to.

import { setImmediate } from "node:timers/promises";
import type { Kernel } from "wsimd";
import { receiveOrder, send } from "./channel.ts";
import { measureDeflate } from "./deflate/measure.ts";
import { measureEcho, whyNoEcho } from "./echo/measure.ts";
import { idleHeap } from "./jobs/idle-heap.ts";
import { idleMemory } from "./jobs/idle-memory.ts";
import { createContest } from "./jobs/index.ts";
import { zeroAlloc } from "./jobs/zero-alloc.ts";
import { assertKernel, kernelFor } from "./kernels.ts";
import { type Effort, measure, type Timing } from "./measure.ts";
import { whyUnavailable } from "./peers/availability.ts";
import {
  type Assignment,
  contestants,
  type Measurement,
  type MemoryJob,
  type Peer,
  type Subject,
  type TimeJob,
} from "./plan.ts";
import type { MemoryResult, MemoryRow, Missing, Row } from "./rows.ts";
import { labelOf } from "./runtimes.ts";
import { Unavailable } from "./unavailable.ts";

export interface Order {
  readonly assignment: Assignment;
  readonly effort: Effort;
}

export interface Result {
  readonly rows?: Row[];
  readonly memory?: MemoryRow[];
  readonly missing?: Missing[];
  /** How much of the run's work this was: see `weight`. */
  readonly done: number;
}

/** Sent at once, so that each row is seen as it comes. */
const report: (result: Result) => void = send;
const { assignment, effort } = await receiveOrder<Order>();
const { subject } = assignment;
const runtime = labelOf(process.versions);
const kernel = kernelFor(subject);
assertKernel(kernel, subject);
const MEMORY_JOBS: Record<MemoryJob, (kernel: Kernel, subject: Subject) => MemoryResult[] | Promise<MemoryResult[]>> = {
  "idle-heap": idleHeap,
  "idle-memory": (_, subject) => idleMemory(subject),
  "zero-alloc": zeroAlloc,
};
if (assignment.kind === "memory") await measureMemory(assignment.job);
else await measureTime(assignment.job, assignment.measurements);

async function measureMemory(job: MemoryJob): Promise<void> {
  if (runtime === "bun") {
    report({ missing: [missing("", "Bun does not tell how much of its heap is in use")], done: 1 });
    return;
  }
  const results = await MEMORY_JOBS[job](kernel, subject);
  assertKernel(kernel, subject);
  report({ memory: results.map((result) => ({ runtime, ...result })), done: 1 });
}

async function measureTime(job: TimeJob, measurements: readonly Measurement[]): Promise<void> {
  const unavailable = unavailablePeers(measurements, job === "echo" ? whyNoEcho : whyUnavailable);
  report({ missing: [...unavailable].map(([peer, reason]) => missing(`beside ${peer}`, reason)), done: 0 });
  for (const measurement of measurements) {
    const done = contestants(measurement);
    const peers = measurement.peers.filter((peer) => !unavailable.has(peer));
    try {
      report({ rows: peers.length > 0 ? await rowsOf(job, { ...measurement, peers }) : [], done });
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      const { payload, bytes, variant } = measurement;
      report({ missing: [missing(`${payload}, ${bytes} B, ${variant}`, error.message)], done });
    }
    // What the contestants left for the next tick runs now.
    await setImmediate();
  }
}

async function rowsOf(job: TimeJob, measurement: Measurement): Promise<Row[]> {
  const { payload, bytes, variant } = measurement;
  const [own, ...peers] = await timingsOf(job, measurement);
  assertKernel(kernel, subject);
  return peers.map((peer) => ({
    runtime,
    job,
    payload,
    bytes,
    variant,
    subject,
    peer: peer.name as Peer,
    ns: own.ns,
    spread: own.spread,
    peerNs: peer.ns,
    peerSpread: peer.spread,
    ratio: peer.ns / own.ns,
  }));
}

function timingsOf(job: TimeJob, measurement: Measurement): Timing[] | Promise<Timing[]> {
  if (job === "echo") return measureEcho(subject, measurement, effort);
  if (job === "deflate") return measureDeflate(subject, measurement, effort);
  return measure(createContest(job, kernel, measurement), effort);
}

function unavailablePeers(
  measurements: readonly Measurement[],
  why: (peer: Peer) => string | undefined,
): Map<Peer, string> {
  const reasons = new Map<Peer, string>();
  for (const peer of new Set(measurements.flatMap(({ peers }) => peers))) {
    const reason = why(peer);
    if (reason !== undefined) reasons.set(peer, reason);
  }
  return reasons;
}

function missing(part: string, reason: string): Missing {
  return { runtime, job: assignment.job, subject, part, reason };
}
