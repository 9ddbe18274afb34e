import { describe, expect, test } from "vitest";
import type { TestOutcome } from "../in-runtime/outcome.ts";
import type { Exception } from "./exceptions.ts";
import { broken, differences, judge, totals } from "./judge.ts";
import type { RuntimeReport } from "./runtime-report.ts";

function outcome(name: string, state: TestOutcome["state"]): TestOutcome {
  return { name, state, messages: state === "failed" ? [`Error: ${name}`] : [] };
}

function report(tests: readonly TestOutcome[], kernel = "wasm-simd"): RuntimeReport {
  const fallbackReason = kernel === "wasm-simd" ? undefined : "CompileError: disallowed";
  return { version: "1.2", outcome: { kernel, fallbackReason, tests } };
}

const ZLIB: Exception = { runtimes: ["firefox", "workerd"], tests: /zlib/, count: 2, reason: "has no zlib" };
const WITH_ZLIB = [outcome("a", "passed"), outcome("zlib 1", "failed"), outcome("zlib 2", "failed")];

describe("judge", () => {
  test("counts, and has nothing to say where all pass", () => {
    const verdict = judge("bun", report([outcome("a", "passed"), outcome("b", "passed")]), [ZLIB]);
    expect(verdict).toEqual({
      ...{ name: "bun", version: "1.2", kernel: "wasm-simd" },
      ...{ passed: 2, failed: 0, skipped: 0, problems: [] },
    });
  });

  test("tells of a failure, with the name of the test and what it threw", () => {
    const { failed, problems } = judge("bun", report([outcome("a", "failed")]), []);
    expect([failed, problems]).toEqual([1, ["a\nError: a"]]);
  });

  test("skips the failures that are excepted in this runtime, and in no other", () => {
    expect(judge("firefox", report(WITH_ZLIB), [ZLIB])).toMatchObject({
      passed: 1,
      failed: 0,
      skipped: 2,
      problems: [],
    });
    expect(judge("bun", report(WITH_ZLIB), [ZLIB])).toMatchObject({ passed: 1, failed: 2, skipped: 0 });
  });

  test.each([
    ["more", [...WITH_ZLIB, outcome("zlib 3", "failed")], "covers 3"],
    ["fewer", [outcome("zlib 1", "failed"), outcome("zlib 2", "passed")], "covers 1"],
    ["none", [outcome("zlib 1", "passed")], "covers 0"],
  ])("an exception that covers %s than it says is a problem", (_, tests, words) => {
    const { problems } = judge("firefox", report(tests), [ZLIB]);
    expect(problems).toEqual([expect.stringContaining(words)]);
  });

  test("no test skips itself", () => {
    expect(judge("bun", report([outcome("a", "skipped")]), [])).toMatchObject({
      skipped: 1,
      problems: [expect.stringContaining("skips itself")],
    });
  });

  test("another kernel is a problem, with the engine's reason", () => {
    const { problems } = judge("bun", report([outcome("a", "passed")], "typescript"), []);
    expect(problems).toEqual([expect.stringContaining("CompileError: disallowed")]);
  });

  test("a runtime without any test is a problem", () => {
    expect(judge("bun", report([]), []).problems).toEqual(["it ran no test"]);
  });
});

test("differences names each test that a runtime lacks", () => {
  const reports = new Map([
    ["bun", report([outcome("a", "passed"), outcome("b", "passed")])],
    ["deno", report([outcome("a", "passed")])],
  ] as const);
  expect(differences(reports)).toEqual([expect.stringMatching(/^deno .*: b$/)]);
  reports.delete("deno");
  expect(differences(reports)).toEqual([]);
});

test("what is wrong and no test's failure counts as one failure", () => {
  const fine = judge("bun", report([outcome("a", "passed")]), []);
  const fallen = judge("deno", report([outcome("a", "passed")], "typescript"), []);
  const failing = judge("node20", report([outcome("a", "failed")], "typescript"), []);
  expect(totals([fine], [])).toEqual({ passed: 1, failed: 0 });
  expect(totals([fine, fallen, failing, broken("node22", "CI needs it")], ["a difference"])).toEqual({
    passed: 2,
    failed: 4,
  });
});
