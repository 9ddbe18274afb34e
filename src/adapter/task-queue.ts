import { Fifo } from "./fifo.ts";
import { queueTask } from "./queue-task.ts";

/** How many may be handed to the runtime at once: in Cloudflare's tasks are timers, of which a request has 10 000. */
const MOST_QUEUED = 256;

/** Runs tasks in order, each as one of its own, however many wait. */
export class TaskQueue {
  readonly #tasks = new Fifo<() => void>();
  /** How many of them were not handed to the runtime yet. */
  #waiting = 0;
  #queued = 0;

  push(task: () => void): void {
    this.#tasks.push(task);
    if (this.#queued === MOST_QUEUED) {
      this.#waiting++;
    } else {
      this.#queued++;
      queueTask(this.#runNext);
    }
  }

  readonly #runNext = (): void => {
    if (this.#waiting > 0) {
      this.#waiting--;
      queueTask(this.#runNext);
    } else {
      this.#queued--;
    }
    this.#tasks.shift()!();
  };
}
