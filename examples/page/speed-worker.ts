// Times one contestant of one job at a time, away from the page, which stays smooth and does not disturb the timing.

import type * as Tinybench from "tinybench";
import type { Task } from "tinybench";
import type { Contestant } from "./speed-jobs.ts";
import type { Answer, Order } from "./speed-plan.ts";

/** How long a turn times, and how long a contestant runs before its first, in milliseconds. Turns are short and many, so
 *  that what else the machine does spoils some of them, and not their median. */
const TURN = 12;
const WARMUP = 50;
/** Which part of a turn's runs is left out, of the fastest and again of the slowest. */
const TRIMMED = 0.25;

interface Setup {
  readonly bytes: number;
  readonly contestant: Contestant;
  readonly task: Task;
}

let setup: Setup | undefined;

// Nothing is awaited before this line: an order that came while nobody listened would be lost.
addEventListener("message", ({ data }: MessageEvent<Order>) => {
  turn(data).then(postMessage, (error) => postMessage({ kind: "failed", reason: String(error) } satisfies Answer));
});

async function turn(order: Order): Promise<Answer> {
  const { createContestant, wasmUnavailable } = await import("./speed-jobs.ts");
  const reason = order.contestant === "wasm-simd" ? wasmUnavailable() : undefined;
  if (reason !== undefined) return { kind: "unavailable", reason };
  if (setup?.bytes !== order.bytes) setup = await prepare(order.bytes, createContestant(order));
  const { contestant, task } = setup;
  task.reset(false);
  task.runSync();
  const { result } = task;
  if (result.state !== "completed") throw result.state === "errored" ? result.error : new Error(result.state);
  const nanoseconds = middleMean(result.latency.samples!) * 1e6;
  return { kind: "timed", nanoseconds: nanoseconds / contestant.operations, bytes: contestant.bytes };
}

/** Not the mean: a few runs that the system interrupted for milliseconds would decide it. Not the median: it is a step of
 *  the browser's coarse timer. */
function middleMean(sorted: readonly number[]): number {
  const out = Math.floor(sorted.length * TRIMMED);
  const kept = sorted.slice(out, sorted.length - out);
  return kept.reduce((sum, time) => sum + time, 0) / kept.length;
}

/** Verifies, and lets the engine optimise what is to be timed. */
async function prepare(bytes: number, contestant: Contestant): Promise<Setup> {
  // An import map does not apply in a worker, so tinybench is found by its place.
  const { Bench }: typeof Tinybench = await import(new URL("../tinybench/index.js", import.meta.url).href);
  const { expected } = contestant;
  // No `subtractTimerOverhead`: a browser's timer is coarse, and its one step would be taken for what a call costs.
  const bench = new Bench({
    time: TURN,
    iterations: 20,
    warmupTime: WARMUP,
    warmupIterations: 4,
    retainSamples: true,
    throws: true,
  });
  const run = (): void => {
    const sum = contestant.run();
    if (sum !== expected) throw new Error(`a run gave the sum ${sum} instead of ${expected}`);
  };
  bench.add("turn", run, { async: false, beforeEach: () => contestant.prepare() });
  const task = bench.getTask("turn")!;
  contestant.prepare();
  contestant.verify();
  task.warmupSync();
  return { bytes, contestant, task };
}
