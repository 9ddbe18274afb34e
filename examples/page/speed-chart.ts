import { element } from "./dom.ts";
import { plural } from "./hex.ts";
import { type ContestantName, type Job, SIZES } from "./speed-plan.ts";
import type { Figure, Reading } from "./speed-run.ts";

/** Ratios closer to 1 than this are called even: one run differs from the next by as much. */
const EVEN_WITHIN = 0.05;

const SUBJECT: ContestantName = "wasm-simd";

export type Verdict = "faster" | "even" | "slower";

interface Row {
  readonly line: HTMLElement;
  readonly bar: HTMLElement;
  readonly range: HTMLElement;
  readonly value: HTMLElement;
  readonly verdict: HTMLElement;
  figure: Figure | undefined;
}

/** A job as a table, whose cells hold the bars: what is drawn is said, too. The bars of a size share a scale: longer is faster. */
export class SpeedChart {
  readonly element: HTMLElement;
  readonly #job: Job;
  readonly #rows = new Map<string, Row>();
  #current: HTMLElement | undefined;

  constructor(job: Job) {
    this.#job = job;
    const title = element("h3", { id: `speed-${job.name}` }, job.title);
    const heads = ["Code", job.unit, `${SUBJECT} is`].map((head) => element("th", { scope: "col" }, head));
    const table = element("table", { "aria-labelledby": title.id }, element("thead", {}, element("tr", {}, ...heads)));
    for (const bytes of SIZES) table.append(this.#group(bytes));
    const attributes = { class: "speed-job", "data-testid": `speed-${job.name}` };
    this.element = element("section", attributes, title, element("p", {}, job.note), table);
  }

  draw({ bytes, contestant, result }: Reading): void {
    const row = this.#rows.get(`${bytes} ${contestant}`)!;
    this.#mark(row.line);
    if ("unavailable" in result) {
      row.value.textContent = "cannot run";
      row.line.dataset.state = "unavailable";
      return;
    }
    row.figure = result;
    row.value.textContent = format(this.#job.unit === "GB/s" ? result.speed : result.nanoseconds);
    this.#scale(bytes);
    for (const name of this.#job.contestants) this.#judge(bytes, name);
  }

  /** No row is being measured any more. */
  finish(): void {
    this.#mark(undefined);
  }

  /** How the WASM kernel fared, once against each other contestant at each size. */
  verdicts(): Verdict[] {
    return Array.from(this.#rows.values(), ({ line }) => line.dataset.verdict as Verdict).filter(Boolean);
  }

  #group(bytes: number): HTMLElement {
    const size = element("th", { scope: "rowgroup", colspan: 3 }, plural(bytes, "byte"));
    const group = element("tbody", {}, element("tr", { class: "speed-size" }, size));
    for (const contestant of this.#job.contestants) {
      const bar = element("div", { class: "speed-bar" });
      const range = element("div", { class: "speed-range" });
      const value = element("span", { class: "speed-value" }, "–");
      const verdict = element("td", { class: "speed-verdict" });
      const track = element("div", { class: "speed-track", "aria-hidden": "true" }, bar, range);
      const line = element(
        "tr",
        { "data-contestant": contestant },
        element("th", { scope: "row" }, contestant),
        element("td", {}, element("div", { class: "speed-cell" }, track, value)),
        verdict,
      );
      this.#rows.set(`${bytes} ${contestant}`, { line, bar, range, value, verdict, figure: undefined });
      group.append(line);
    }
    return group;
  }

  #mark(line: HTMLElement | undefined): void {
    if (line === this.#current) return;
    this.#current?.classList.remove("measured");
    line?.classList.add("measured");
    this.#current = line;
  }

  /** Draws the bars of a size to the scale of the fastest. */
  #scale(bytes: number): void {
    const rows = this.#job.contestants.map((name) => this.#rows.get(`${bytes} ${name}`)!);
    const most = Math.max(...rows.map(({ figure }) => figure?.fast ?? 0));
    for (const { figure, bar, range } of rows) {
      if (figure === undefined) continue;
      const { slow, fast, speed } = figure;
      bar.style.inlineSize = percent(speed / most);
      range.style.insetInlineStart = percent(slow / most);
      range.style.inlineSize = percent((fast - slow) / most);
    }
  }

  #judge(bytes: number, contestant: ContestantName): void {
    const subject = this.#rows.get(`${bytes} ${SUBJECT}`)?.figure;
    const { figure, line, verdict } = this.#rows.get(`${bytes} ${contestant}`)!;
    if (contestant === SUBJECT || subject === undefined || figure === undefined) return;
    const ratio = figure.nanoseconds / subject.nanoseconds;
    const word = ratio > 1 + EVEN_WITHIN ? "faster" : ratio < 1 / (1 + EVEN_WITHIN) ? "slower" : "even";
    line.dataset.verdict = word;
    verdict.textContent = word === "even" ? word : `${formatRatio(Math.max(ratio, 1 / ratio))} ${word}`;
  }
}

/** Three digits, or as many as a large number has. */
function format(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3);
}

function formatRatio(ratio: number): string {
  return `${ratio.toFixed(ratio >= 9.95 ? 0 : ratio >= 1.095 ? 1 : 2)}×`;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(2)}%`;
}
