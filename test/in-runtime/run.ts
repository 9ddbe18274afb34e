// What runs in every runtime: the engine of Vitest, which needs neither Node nor Vitest's server.

import { tests } from "virtual:tests";
import { type RunnerTask, type RunnerTestFile, type SerializedConfig, vi } from "vitest";
import { setSafeTimers, startTests } from "vitest/internal/browser";
import type { VitestRunner } from "vitest/runtime";
import { TESTS_LEFT_OUT } from "../runtimes/exceptions.ts";
import type { Outcome, TestOutcome } from "./outcome.ts";
import "../equal-bytes.ts";

/** As in vitest.config.ts, and what Vitest's own defaults are. */
const config = {
  root: "/",
  name: undefined,
  setupFiles: [],
  passWithNoTests: false,
  allowOnly: false,
  sequence: { hooks: "stack", setupFiles: "parallel", seed: 0 },
  maxConcurrency: 5,
  testTimeout: 30_000,
  hookTimeout: 10_000,
  retry: 0,
  tags: [],
  strictTags: true,
  taskTitleValueFormatTruncate: 40,
  fakeTimers: { loopLimit: 10_000, shouldClearNativeTimers: true },
  expect: { poll: { timeout: 10_000 } },
  snapshotOptions: { updateSnapshot: "none" },
} as unknown as SerializedConfig;

const runner: VitestRunner = {
  config,
  importFile: (file) => tests[file.slice(1)](),
  onCollected(files) {
    for (const { task, name } of files.flatMap((file) => tasksOf(file, file.name))) {
      if (isLeftOut(name)) task.mode = "skip";
    }
  },
};

function isLeftOut(name: string): boolean {
  return TESTS_LEFT_OUT.some(([tests]) => tests.test(name));
}

/** What tests replace, and `vi` with them: put back after each file, whatever they leave. */
const REPLACED = [
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "setImmediate",
  "clearImmediate",
  "queueMicrotask",
  "Date",
  "performance",
] as const;
const own = REPLACED.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);

/** Runs all tests. */
export async function run(): Promise<Outcome> {
  // Where Vitest's `vi` and `expect` look for the worker that they are in.
  Object.assign(globalThis, { __vitest_worker__: { config, ctx: {}, evaluatedModules: { idToModuleMap: new Map() } } });
  setSafeTimers();
  const outcomes: TestOutcome[] = [];
  // One file after the other. Vitest gives each a process of its own: here, what one has replaced is put back before the next.
  for (const file of Object.keys(tests)) {
    const [ran] = await startTests([`/${file}`], runner);
    outcomes.push(...outcomesOf(ran));
    vi.restoreAllMocks().useRealTimers().unstubAllGlobals();
    for (const [name, descriptor] of own) {
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, descriptor);
    }
  }
  const { defaultKernel } = await import("wsimd");
  const { kernel, fallbackReason } = defaultKernel();
  return { kernel: kernel.name, fallbackReason, tests: outcomes };
}

/** Those of a file's tests, and of each suite whose hook failed, the file among them. */
function outcomesOf(file: RunnerTestFile): TestOutcome[] {
  const states = { pass: "passed", fail: "failed" } as const;
  return tasksOf(file, file.name).flatMap(({ task, name }): TestOutcome[] => {
    const messages = (task.result?.errors ?? []).map((error) => error.stack ?? error.message);
    if (task.type !== "test") return messages.length > 0 ? [{ name, state: "failed", messages }] : [];
    if (isLeftOut(name)) return [];
    return [{ name, state: states[task.result?.state as keyof typeof states] ?? "skipped", messages }];
  });
}

/** A task and all below it, each with its path. */
function tasksOf(task: RunnerTask, name: string): { readonly task: RunnerTask; readonly name: string }[] {
  const below = task.type === "test" ? [] : task.tasks;
  return [{ task, name }, ...below.flatMap((one) => tasksOf(one, `${name} > ${one.name}`))];
}
