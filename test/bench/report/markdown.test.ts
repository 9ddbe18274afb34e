import { describe, expect, it } from "vitest";
import { formatReport } from "../../../bench/report/markdown.ts";
import { environment, memoryRow, resultsOf, row } from "../made-up.ts";

/** The table below a heading, as cells. */
function tableBelow(report: string, heading: string): string[][] {
  const section = report.split(`\n${heading}\n`)[1].split(/\n#+ /)[0];
  return section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.slice(2, -2).split(" | "));
}

describe("formatReport", () => {
  it("names machine, versions and date", () => {
    const report = formatReport(resultsOf({ environments: [environment(), environment({ quick: true })] }), undefined);
    expect(report).toContain("- 2026-11-23T12:00:00.000Z, A processor, 4 cores, Linux 6.1 x64\n");
    expect(report).toContain("- node 24: 24.21.0, V8 13.6; wsimd selects wasm-simd, ws masks with bufferutil\n");
    expect(report.match(/wsimd 0\.1\.0, ws 8\.23\.0/g)).toHaveLength(2);
    expect(report.match(/--quick/g)).toHaveLength(1);
  });

  it("names once what several runs were made with, and the time of each", () => {
    const environments = [environment({ date: "2026-11-24" }), environment({ date: "2026-11-23" })];
    const report = formatReport(resultsOf({ environments }), undefined);
    expect(report).toContain("- 2026-11-23, 2026-11-24, A processor, 4 cores");
    expect(report.match(/A processor/g)).toHaveLength(1);
  });

  it("has a column for each runtime, Node first, and says who is slower as plainly as who is faster", () => {
    const rows = [
      row({ runtime: "bun", ns: 500 }),
      row(),
      row({ runtime: "node 20", bytes: 60_000 }),
      row({ bytes: 60_000, ns: 250, peerNs: 250 }),
    ];
    const report = formatReport(resultsOf({ rows }), undefined);
    expect(tableBelow(report, "### decode-view")).toEqual([
      ["kernel", "variant", "payload", "size", "peer", "node 20", "node 24", "bun"],
      ["---", "---", "---", "---", "---", "---", "---", "---"],
      [
        ...["wasm-simd", "masked, cut", "binary", "125 B", "ws+bufferutil", "–"],
        ...["**faster** 5.00×, 50.0 ±1.2% : 250 ±25%", "**slower** 0.50×, 500 ±1.2% : 250 ±25%"],
      ],
      [
        ...["wasm-simd", "masked, cut", "binary", "60\u202f000 B", "ws+bufferutil"],
        ...["**faster** 5.00×, 50.0 ±1.2% : 250 ±25%", "**faster** 1.00×, 250 ±1.2% : 250 ±25%", "–"],
      ],
    ]);
    expect(report).toContain("- bun, wasm-simd: faster in 0 rows, slower in 1\n");
    expect(report).toContain("- node 24, wasm-simd: faster in 2 rows, slower in 0\n");
  });

  it("has a table for each job", () => {
    const report = formatReport(resultsOf({ rows: [row(), row({ job: "scan" }), row({ bytes: 8 })] }), undefined);
    expect(report.match(/^### .*$/gm)).toEqual(["### decode-view", "### scan"]);
    expect(tableBelow(report, "### decode-view")).toHaveLength(4);
  });

  it("holds rows to the goals, on the runtimes that have some", () => {
    const rows = [row({ bytes: 8 }), row({ bytes: 8, runtime: "node 26", peerNs: 350 }), row({ runtime: "bun" })];
    const memory = [
      memoryRow({ bytes: 240 }),
      memoryRow({ what: "Connection", bytes: 380 }),
      ...["ws", "net"].map((peer) => {
        return memoryRow({
          job: "idle-memory",
          what: "accept",
          bytes: 2100,
          peer,
          peerBytes: peer === "ws" ? 3400 : 1600,
        });
      }),
    ];
    const report = formatReport(resultsOf({ rows, memory }), undefined);
    const goals = tableBelow(report, "## Goals");
    expect(goals[0].slice(-3)).toEqual(["goal", "node 24", "node 26"]);
    const own = goals.find(
      ([job, what, size]) => job === "decode-view" && size === "8 B to 125 B" && /binary/.test(what),
    );
    expect(own?.slice(-3)).toEqual([
      "7×",
      "**missed**, 5.00 (binary, 8 B, masked, cut)",
      "**reached**, 7.00 (binary, 8 B, masked, cut)",
    ]);
    expect(goals.slice(-4)).toEqual([
      ["idle-heap", "FrameDecoder", "–", "–", "at most 200 B", "**missed**, 240 B", "–"],
      ["idle-heap", "Connection", "–", "–", "at most 450 B", "**reached**, 380 B", "–"],
      ["idle-memory", "upgrade", "–", "net", "at most 1.25 times", "–", "–"],
      ["idle-memory", "accept", "–", "net", "at most 1.25 times", "**nearly reached**, 1.31", "–"],
    ]);
    expect(formatReport(resultsOf({ rows: [row({ runtime: "bun" })] }), undefined)).not.toContain("## Goals");
  });

  it("shows memory beside the peer's, where there is one", () => {
    const memory = [memoryRow(), memoryRow({ job: "zero-alloc", peer: undefined, peerBytes: undefined })];
    const table = tableBelow(formatReport(resultsOf({ memory }), undefined), "## Memory");
    expect(table.slice(2).map((cells) => cells.slice(-2))).toEqual([
      ["ws Receiver", "**less**, 190 B : 900 B"],
      ["–", "190 B"],
    ]);
  });

  it("tells what was not measured and why", () => {
    const missing = [
      { runtime: "bun", job: "mask", subject: "wasm-simd", part: "beside bufferutil", reason: "no add-on" },
    ] as const;
    expect(formatReport(resultsOf({ missing }), undefined)).toContain(
      "## Not measured\n\n- bun, mask, wasm-simd, beside bufferutil: no add-on\n",
    );
  });

  it("shows the chart when there is one", () => {
    expect(formatReport(resultsOf({}), "chart.svg")).toContain("](chart.svg)");
    expect(formatReport(resultsOf({}), undefined)).not.toContain("![");
  });

  it("shows foreign text as it is, and no Markdown or HTML in it", () => {
    const hostile = "a|b`c*d<i>\n# [e](f)";
    const shown = "a\\|b\\`c\\*d&lt;i&gt; \\# \\[e\\](f)";
    const report = formatReport(
      resultsOf({
        environments: [environment({ cpu: hostile })],
        rows: [row({ variant: hostile })],
        missing: [{ runtime: "bun", job: "mask", subject: "wasm-simd", part: "", reason: hostile }],
      }),
      undefined,
    );
    expect(report).not.toContain("<i>");
    expect(report).not.toMatch(/^# \[e/m);
    expect(report).toContain(`, ${shown}, 4 cores`);
    expect(report).toContain(`| wasm-simd | ${shown} | binary |`);
    expect(report).toContain(`wasm-simd: ${shown}\n`);
  });
});
