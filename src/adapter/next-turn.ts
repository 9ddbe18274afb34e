import { queueTask } from "./queue-task.ts";

/** How long who always has more to do may keep others from their turn, in milliseconds. */
const LONGEST_TURN = 5;

/** One for all who ask for it in this turn, so that they do not take a turn's time each. */
let next: Promise<void> | undefined;
let askedAt = 0;

/** Settles once others have had their turn. */
export function nextTurn(): Promise<void> {
  if (next === undefined) {
    askedAt = performance.now();
    next = new Promise((resolve) => {
      queueTask(() => {
        next = undefined;
        resolve();
      });
    });
  }
  return next;
}

/** Whether the next turn was asked for so long ago that it is to be waited for. */
export function isOverdue(): boolean {
  return next !== undefined && performance.now() - askedAt > LONGEST_TURN;
}
