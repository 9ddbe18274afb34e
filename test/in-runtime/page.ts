// The tests in a page.

import { run } from "./run.ts";

Object.assign(globalThis, { outcome: run() });
