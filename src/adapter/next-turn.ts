import { queueTask } from "./queue-task.ts";

/** How long those who always have more to do may keep others from their turn, all of them together, in milliseconds. */
const LONGEST_TURN = 5;

// Shared are numbers alone. One task for all would be cheaper; but in Cloudflare's runtime a task ends with the request that has
// queued it, and another request that waited for it would wait for ever.

/** Which turn it is of those who have much to do, and when it began. */
let turn = 0;
let begunAt = 0;
/** How many wait for the next. */
let waiting = 0;

/** The turns of one who has much to do. */
export class Turns {
  #next: Promise<void> | undefined;

  /** Settles once others have had their turn. */
  next(): Promise<void> {
    this.#next ??= this.#ask();
    return this.#next;
  }

  /** Whether the next was asked for, and others have waited for it so long that it is to be waited for. */
  get overdue(): boolean {
    return this.#next !== undefined && performance.now() - begunAt > LONGEST_TURN;
  }

  #ask(): Promise<void> {
    if (waiting++ === 0) begunAt = performance.now();
    const asked = turn;
    return new Promise((resolve) => {
      queueTask(() => {
        waiting--;
        this.#next = undefined;
        // The first to go on begins a turn for all who waited with it, so that they do not take a turn's time each.
        if (asked === turn) {
          turn++;
          begunAt = performance.now();
        }
        resolve();
      });
    });
  }
}
