/** What is read at once is not worth a bar. */
const SHORT = 4 * 2 ** 20;
const BETWEEN_DRAWINGS = 100;
const WIDTH = 30;

/** What a bar is drawn on: standard error. */
interface Terminal {
  readonly isTTY?: boolean;
  /** How wide it is; 0 where it does not say. */
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** A line at the bottom of a terminal that says how far a long input has been read; nothing elsewhere. */
export class ProgressBar {
  readonly #terminal: Terminal;
  readonly #total: number | undefined;
  readonly #now: () => number;
  #done = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawn = false;

  /** `total` is the input's length, where it is known. */
  constructor(terminal: Terminal, total: number | undefined, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#total = total;
    this.#now = now;
  }

  advance(bytes: number): void {
    this.#done += bytes;
    if (this.#terminal.isTTY !== true || (this.#total ?? this.#done) < SHORT) return;
    const now = this.#now();
    if (now - this.#drawnAt < BETWEEN_DRAWINGS) return;
    this.#drawnAt = now;
    this.#drawn = true;
    // What is wider goes on in the next line, where it is not erased.
    this.#terminal.write(`\r${this.#line().slice(0, this.#terminal.columns || undefined)}`);
  }

  /** Before anything else is written, and at the end. */
  erase(): void {
    if (!this.#drawn) return;
    this.#drawn = false;
    this.#terminal.write("\r\x1b[K");
  }

  #line(): string {
    const read = `${megabytes(this.#done)} MB`;
    if (this.#total === undefined) return `${read} read`;
    const part = Math.min(1, this.#done / this.#total);
    const full = Math.round(part * WIDTH);
    const bar = "#".repeat(full).padEnd(WIDTH, ".");
    return `[${bar}] ${String(Math.floor(part * 100)).padStart(3)} %, ${read} of ${megabytes(this.#total)} MB`;
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
