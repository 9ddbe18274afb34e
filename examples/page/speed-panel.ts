import { byId, chosen, element } from "./dom.ts";
import { plural } from "./hex.ts";
import { SpeedChart, type Verdict } from "./speed-chart.ts";
import { JOBS, type Job } from "./speed-plan.ts";
import { type Reading, readings } from "./speed-run.ts";

/** "Speed": the kernels' jobs, timed in this browser. */
export function speedPanel(): void {
  const form = byId("speed", HTMLFormElement);
  const button = byId("speed-run", HTMLButtonElement);
  let run: SpeedRun | undefined;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (run !== undefined) {
      run.stop();
      return;
    }
    run = new SpeedRun();
    button.textContent = "Stop";
    void run.finished(Number(chosen(form, "rounds"))).then(() => {
      run = undefined;
      button.textContent = "Run again";
    });
  });
}

/** One run, and all that the panel shows of it. */
class SpeedRun {
  readonly #output = byId("speed-output", HTMLElement);
  readonly #status = byId("speed-status", HTMLElement);
  readonly #progress = byId("speed-progress", HTMLProgressElement);
  readonly #left = byId("speed-left", HTMLElement);
  readonly #charts = new Map(JOBS.map((job) => [job, new SpeedChart(job)]));
  readonly #started = performance.now();
  #stopped = false;
  #job: Job | undefined;
  #unavailable = false;

  constructor() {
    const charts = Array.from(this.#charts.values(), (chart) => chart.element);
    this.#output.replaceChildren(element("div", { class: "speed-jobs" }, ...charts));
    this.#say("running", "Loading");
    this.#progress.removeAttribute("value");
    this.#left.textContent = "";
    this.#progress.hidden = false;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Measures to the end, or until it is stopped. Says what is wrong itself: never rejects. */
  async finished(rounds: number): Promise<void> {
    try {
      for await (const reading of readings(rounds)) {
        if (this.#stopped) break;
        this.#show(reading);
      }
      this.#say(this.#stopped ? "stopped" : "done", this.#stopped ? "Stopped" : this.#summary());
    } catch (error) {
      this.#say("failed", "Ended by an error");
      const message = error instanceof Error ? error.message : String(error);
      this.#output.prepend(element("p", { class: "problem", role: "alert", "data-testid": "speed-error" }, message));
    }
    for (const chart of this.#charts.values()) chart.finish();
    this.#progress.hidden = true;
    this.#left.textContent = "";
  }

  #show(reading: Reading): void {
    const { job, turn, turns, result } = reading;
    if (job !== this.#job) {
      this.#charts.get(this.#job ?? job)!.finish();
      this.#job = job;
      this.#say("running", `Measuring ${job.title} (${JOBS.indexOf(job) + 1} of ${JOBS.length})`);
    }
    this.#charts.get(job)!.draw(reading);
    if ("unavailable" in result) this.#explain(result.unavailable);
    this.#progress.max = turns;
    this.#progress.value = turn;
    const seconds = Math.ceil((((performance.now() - this.#started) / turn) * (turns - turn)) / 1000);
    const left = `about ${plural(seconds, "second")} left`;
    if (this.#left.textContent !== left) this.#left.textContent = left;
  }

  #explain(reason: string): void {
    if (this.#unavailable) return;
    this.#unavailable = true;
    const words = `The WASM kernel cannot run in this browser, so that only the others are measured. ${reason}`;
    this.#output.prepend(element("p", { class: "notice", role: "alert", "data-testid": "speed-unavailable" }, words));
  }

  #summary(): string {
    const seconds = Math.round((performance.now() - this.#started) / 1000);
    const done = `Done in ${plural(seconds, "second")}, every result verified`;
    const verdicts = Array.from(this.#charts.values(), (chart) => chart.verdicts()).flat();
    if (verdicts.length === 0) return `${done}.`;
    const count = (word: Verdict) => verdicts.filter((verdict) => verdict === word).length;
    return `${done}. Of ${verdicts.length} comparisons wasm-simd is faster in ${count("faster")}, even in ${count("even")}, slower in ${count("slower")}.`;
  }

  #say(state: string, words: string): void {
    this.#status.dataset.state = state;
    this.#status.textContent = words;
  }
}
