import type { Outcome } from "../in-runtime/outcome.ts";

/** What came of running the tests in one runtime. */
export interface RuntimeReport {
  /** As the runtime tells it. */
  readonly version: string;
  readonly outcome: Outcome;
}
