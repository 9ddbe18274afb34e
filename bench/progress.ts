/** Between two lines on a stream that is no terminal, in milliseconds. */
const PLAIN_INTERVAL = 15_000;

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Tells how long a run will still take: in place on a terminal, in a line now and then elsewhere. */
export class Progress {
  #total: number;
  readonly #output: Output;
  readonly #now: () => number;
  readonly #started: number;
  #done = 0;
  #printed: number;

  constructor(total: number, output: Output, now: () => number = Date.now) {
    this.#total = total;
    this.#output = output;
    this.#now = now;
    this.#started = now();
    this.#printed = this.#started;
  }

  /** Counts work as done and shows what is left. */
  advance(done: number): void {
    this.#done += done;
    const now = this.#now();
    // Nothing is known before something is done.
    if (this.#done === 0) return;
    const left = ((now - this.#started) / this.#done) * (this.#total - this.#done);
    const text = `${Math.floor((100 * this.#done) / this.#total)}% done, ${formatDuration(left)} left`;
    if (this.#output.isTTY === true) {
      this.#output.write(`\r\x1b[K${text}`);
    } else if (now - this.#printed >= PLAIN_INTERVAL && this.#done < this.#total) {
      this.#printed = now;
      this.#output.write(`${text}\n`);
    }
  }

  /** Drops work that will not be done: it took no time, so it must not count as done. */
  skip(work: number): void {
    this.#total -= work;
  }

  /** Makes room for a line of another stream on the same terminal. */
  clear(): void {
    if (this.#output.isTTY === true) this.#output.write("\r\x1b[K");
  }
}

export function formatDuration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
