/** How one test ended. */
export interface TestOutcome {
  /** File, suites and test, joined by " > ". */
  readonly name: string;
  readonly state: "passed" | "failed" | "skipped";
  /** What a failed one threw. */
  readonly messages: readonly string[];
}

/** What a runtime reports of itself. */
export interface Outcome {
  /** The name of the default kernel. */
  readonly kernel: string;
  readonly fallbackReason: string | undefined;
  readonly tests: readonly TestOutcome[];
}
