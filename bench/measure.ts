import { Bench, type Task } from "tinybench";
import type { Contest, Contestant } from "./contest.ts";
import { median, spread } from "./statistics.ts";

export interface Effort {
  readonly rounds: number;
  /** What each contestant is timed for in a round, in milliseconds. */
  readonly turn: number;
  /** What each contestant runs for before the first round, in milliseconds. */
  readonly warmup: number;
}

export const FULL: Effort = { rounds: 9, turn: 20, warmup: 100 };
export const QUICK: Effort = { rounds: 3, turn: 3, warmup: 15 };

export interface Timing {
  readonly name: string;
  /** Median over the rounds of a round's mean: the mean, so that the garbage a contestant makes is counted. */
  readonly ns: number;
  readonly spread: number;
}

/** Times all contestants in turns, each round in another order. The subject's timing comes first. */
export function measure(contest: Contest, effort: Effort): Timing[] {
  const contestants = [contest.subject, ...contest.peers];
  const bench = new Bench({
    time: effort.turn,
    iterations: 1,
    warmupTime: effort.warmup,
    warmupIterations: 2,
    throws: true,
    subtractTimerOverhead: true,
    timestampProvider: "performanceNow",
  });
  const turns = contestants.map((contestant) => {
    contestant.prepare();
    contestant.verify();
    const task = addTask(bench, contestant);
    task.warmupSync();
    return { contestant, task, means: [] as number[] };
  });
  for (let round = 0; round < effort.rounds; round++) {
    for (let index = 0; index < turns.length; index++) {
      const { task, means } = turns[(index + round) % turns.length];
      // Nobody pays for what the one before left behind.
      collectGarbage();
      means.push(runOnce(task) / contest.operations);
    }
  }
  return turns.map(({ contestant, means }) => {
    contestant.prepare();
    contestant.verify();
    return { name: contestant.name, ns: median(means), spread: spread(means) };
  });
}

function addTask(bench: Bench, contestant: Contestant): Task {
  const { name, expected } = contestant;
  const run = (): void => {
    const result = contestant.run();
    if (result !== expected) throw new Error(`${name}: a run returned ${result} instead of ${expected}`);
  };
  bench.add(name, run, { async: false, beforeEach: () => contestant.prepare() });
  return bench.getTask(name)!;
}

/** The mean of a turn's runs, in nanoseconds. */
function runOnce(task: Task): number {
  task.reset(false);
  task.runSync();
  const { result } = task;
  if (result.state !== "completed") throw new Error(`${task.name}: ${result.state}`);
  return result.latency.mean * 1e6;
}

/** @throws Error when the process was not started with --expose-gc. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error("run node with --expose-gc");
  globalThis.gc();
}
