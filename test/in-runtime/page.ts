// The tests in a page.

import type { Outcome } from "./outcome.ts";
import { run } from "./run.ts";

declare global {
  /** The page's, for what comes of the tests. */
  function tested(outcome: Promise<Outcome>): void;
}

tested(run());
