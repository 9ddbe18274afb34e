import { type Answer, type ContestantName, JOBS, type Job, type Order, SIZES } from "./speed-plan.ts";

/** Where a contestant stands after its latest turn. */
export interface Reading {
  readonly job: Job;
  readonly bytes: number;
  readonly contestant: ContestantName;
  /** The rounds so far, or why there are none. */
  readonly result: Figure | { readonly unavailable: string };
  /** How many turns have been taken, of how many. */
  readonly turn: number;
  readonly turns: number;
}

/** How many bytes are gone over in a nanosecond: in the median of the rounds, and where the middle half of them lies. */
export interface Figure {
  /** What a call or frame takes, in the median. */
  readonly nanoseconds: number;
  readonly speed: number;
  readonly slow: number;
  readonly fast: number;
}

/**
 * Measures everything, size by size, contestants by turns, each round beginning with another. Ends, and its workers with
 * it, when it is not asked for more. @throws Error when a result is wrong or a worker breaks.
 */
export async function* readings(rounds: number): AsyncGenerator<Reading, void, void> {
  const turns = JOBS.reduce((sum, job) => sum + job.contestants.length, 0) * SIZES.length * rounds;
  let turn = 0;
  for (const job of JOBS) {
    // A worker each: another kernel's calls, or another job's, would leave their mark on the code an engine makes.
    const contestants = job.contestants.map((name) => ({ name, worker: startWorker() }));
    try {
      for (const bytes of SIZES) {
        const taken = new Map(job.contestants.map((name): [ContestantName, number[]] => [name, []]));
        for (let round = 0; round < rounds; round++) {
          for (let index = 0; index < contestants.length; index++) {
            const { name, worker } = contestants[(index + round) % contestants.length];
            const answer = await ask(worker, { job: job.name, contestant: name, bytes });
            if (answer.kind === "failed") throw new Error(`${job.title}, ${bytes} B, ${name}: ${answer.reason}`);
            const result =
              answer.kind === "timed"
                ? figure(taken.get(name)!, answer.nanoseconds, answer.bytes)
                : { unavailable: answer.reason };
            yield { job, bytes, contestant: name, result, turn: ++turn, turns };
          }
        }
      }
    } finally {
      for (const { worker } of contestants) worker.terminate();
    }
  }
}

/** Adds a round's time to those before it. */
function figure(times: number[], nanoseconds: number, bytes: number): Figure {
  times.push(nanoseconds);
  times.sort((a, b) => a - b);
  const median = quantile(times, 0.5);
  return {
    nanoseconds: median,
    speed: bytes / median,
    slow: bytes / quantile(times, 0.75),
    fast: bytes / quantile(times, 0.25),
  };
}

/** Of a sorted list; between two values, what lies between them. */
function quantile(sorted: readonly number[], part: number): number {
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)];
  return below + (sorted[Math.ceil(place)] - below) * (place % 1);
}

function startWorker(): Worker {
  return new Worker(new URL("speed-worker.js", import.meta.url), { type: "module" });
}

function ask(worker: Worker, order: Order): Promise<Answer> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message || "the worker could not be loaded"));
    worker.postMessage(order);
  });
}
