// One job for one subject, in a process of its own. Started by main.ts, which it sends its rows to.

import { idleHeap } from "./jobs/idle-heap.ts";
import { createContest } from "./jobs/index.ts";
import { zeroAlloc } from "./jobs/zero-alloc.ts";
import { assertKernel, kernelFor } from "./kernels.ts";
import { type Effort, measure } from "./measure.ts";
import { type Assignment, contestants, type Peer } from "./plan.ts";
import type { MemoryRow, Row } from "./rows.ts";

export interface Order {
  readonly assignment: Assignment;
  readonly effort: Effort;
}

export interface Result {
  readonly rows: Row[];
  readonly memory: MemoryRow[];
  /** Peers that this runtime has not, so that there is no row for them. */
  readonly missing: Peer[];
  /** How much of the run's work this was: see `weight`. */
  readonly done: number;
}

process.once("message", async (order: Order) => {
  await work(order);
  process.disconnect();
});

/** Waits until it is sent, so that each result is seen at once, and what the contestants left for the next tick runs. */
function report(result: Result): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(result, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}

async function work({ assignment, effort }: Order): Promise<void> {
  const { subject } = assignment;
  const kernel = kernelFor(subject);
  assertKernel(kernel, subject);
  if (assignment.kind === "memory") {
    const memory = await (assignment.job === "idle-heap" ? idleHeap : zeroAlloc)(kernel, subject);
    assertKernel(kernel, subject);
    await report({ rows: [], memory, missing: [], done: 1 });
    return;
  }
  const { job } = assignment;
  for (const measurement of assignment.measurements) {
    const { payload, bytes, variant } = measurement;
    const { contest, missing } = createContest(job, kernel, measurement);
    const [own, ...peers] = measure(contest, effort);
    assertKernel(kernel, subject);
    const rows = peers.map((peer) => ({
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
    await report({ rows, memory: [], missing, done: contestants(measurement) });
  }
}
