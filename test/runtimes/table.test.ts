import { expect, test } from "vitest";
import { broken, judge } from "./judge.ts";
import { readOptions } from "./options.ts";
import { RUNTIME_NAMES } from "./runtimes.ts";
import { table } from "./table.ts";

test("the table has a line for each runtime, numbers below each other", () => {
  const tests = Array.from({ length: 1000 }, (_, n) => ({ name: `${n}`, state: "passed" as const, messages: [] }));
  const outcome = { kernel: "wasm-simd", fallbackReason: undefined, tests };
  expect(table([judge("node20", { version: "20.20.2", outcome }, []), broken("workerd", "is not there")])).toBe(
    [
      "runtime  version  kernel     passed  failed  skipped\n",
      "node20   20.20.2  wasm-simd    1000       0        0\n",
      "workerd  -        -               0       1        0\n",
    ].join(""),
  );
});

test("the options are all runtimes, or those that are named", () => {
  expect(readOptions([])).toEqual({ help: false, runtimes: RUNTIME_NAMES, json: undefined });
  expect(readOptions(["--runtime", "bun", "--runtime", "deno", "--json", "a"])).toEqual({
    ...{ help: false, runtimes: ["bun", "deno"], json: "a" },
  });
  expect(readOptions(["--help"]).help).toBe(true);
});

test.each([
  [["--runtime", "node18"], /--runtime must be one of node20, .*, not "node18"/],
  [["--rutime", "bun"], /--rutime/],
  [["bun"], /bun/],
])("%j is refused, with what was received", (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
