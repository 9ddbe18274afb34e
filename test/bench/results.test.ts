import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatResults, mergeResults, readResults } from "../../bench/results.ts";
import type { Missing } from "../../bench/rows.ts";
import { UsageError } from "../../bench/usage-error.ts";
import { environment, memoryRow, resultsOf, row } from "./made-up.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wsimd-results-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function saved(text: string): string {
  const path = join(folder, "results.json");
  writeFileSync(path, text);
  return path;
}

const MISSING: Missing = { runtime: "bun", job: "idle-heap", subject: "wasm-simd", part: "", reason: "no heap" };

describe("readResults", () => {
  it("reads what was written", () => {
    const results = resultsOf({ rows: [row(), row({ bytes: 1_048_576 })], memory: [memoryRow()], missing: [MISSING] });
    expect(readResults(saved(formatResults(results)))).toEqual(results);
    expect(readResults(saved(formatResults(resultsOf({}))))).toEqual(resultsOf({}));
  });

  it("is written a row a line, without digits that mean nothing", () => {
    const text = formatResults(resultsOf({ rows: [row({ ns: 1 / 3 }), row({ ns: 1_048_577 })] }));
    expect(text.match(/^.*"ns":0\.3333333,.*$/gm)).toHaveLength(1);
    expect(text).toContain('"ns":1048577,');
  });

  it.each([
    ["no JSON", "{", "results.json: "],
    ["another JSON", "null", 'it has no "environments"'],
    ["no rows", '{"environments":[]}', 'it has no "rows"'],
    [
      "a row without a runtime",
      formatResults(resultsOf({ rows: [row()] })).replace('"runtime":"node 24",', ""),
      "row 0",
    ],
    [
      "a row with text for a number",
      formatResults(resultsOf({ rows: [row()] })).replace('"ns":50', '"ns":"50"'),
      "row 0",
    ],
    ["a row that is none", '{"environments":[],"rows":[null],"memory":[],"missing":[]}', "row 0"],
  ])("refuses %s in one line", (_what, text, message) => {
    const path = saved(text);
    expect(() => readResults(path)).toThrow(UsageError);
    expect(() => readResults(path)).toThrow(message);
  });

  it("names a file that is not there", () => {
    expect(() => readResults(join(folder, "absent.json"))).toThrow(/^--from .*absent\.json: ENOENT/);
  });
});

describe("mergeResults", () => {
  it("joins runtimes that were measured apart, each with where it ran", () => {
    const apart = [
      resultsOf({ rows: [row()], environments: [environment({ cpu: "one" })] }),
      resultsOf({ rows: [row({ runtime: "bun" })], environments: [environment({ cpu: "two" })] }),
    ];
    const merged = mergeResults(apart);
    expect(merged.rows.map(({ runtime }) => runtime)).toEqual(["node 24", "bun"]);
    expect(merged.environments.map(({ cpu }) => cpu)).toEqual(["one", "two"]);
  });

  it("keeps the last row for the same thing", () => {
    const first = resultsOf({ rows: [row({ ns: 1 }), row({ ns: 1, peer: "ws" })], memory: [memoryRow()] });
    const second = resultsOf({
      rows: [row({ ns: 2 })],
      memory: [memoryRow({ bytes: 1 }), memoryRow({ bytes: 2, peer: "net" })],
    });
    const merged = mergeResults([first, second]);
    expect(merged.rows.map(({ peer, ns }) => [peer, ns])).toEqual([
      ["ws+bufferutil", 2],
      ["ws", 1],
    ]);
    expect(merged.memory.map(({ bytes }) => bytes)).toEqual([1, 2]);
  });

  it("forgets that something was missing once it was measured, and only then", () => {
    const before = resultsOf({ missing: [MISSING] });
    expect(mergeResults([before, resultsOf({ memory: [memoryRow()] })]).missing).toEqual([MISSING]);
    expect(mergeResults([before, resultsOf({ memory: [memoryRow({ runtime: "bun" })] })]).missing).toEqual([]);
    expect(mergeResults([before, before]).missing).toEqual([MISSING]);
  });
});
