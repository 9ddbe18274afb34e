import { describe, expect, it } from "vitest";
import type { Figure } from "../../../bench/figures.ts";
import { judge, verdictOf } from "../../../bench/report/judge.ts";
import { row } from "../made-up.ts";

const FIGURE: Figure = { job: "decode-view", payloads: ["binary"], peer: "ws+bufferutil", at: [[8, 125, 4]] };

describe("judge", () => {
  const [at] = FIGURE.at;

  it("shows the worst of the rows that fit", () => {
    const worst = row({ bytes: 8, peerNs: 200, variant: "masked, whole" });
    const judgement = judge(FIGURE, at, "node 24", [row(), worst, row({ bytes: 32 })]);
    expect(judgement).toEqual({ value: 4, verdict: "reached", worst });
  });

  it("leaves out rows of another runtime, kernel, job, payload, peer or size", () => {
    const others = [
      row({ runtime: "node 20" }),
      row({ subject: "typescript" }),
      row({ job: "decode-string" }),
      row({ payload: "ascii" }),
      row({ peer: "ws" }),
      row({ bytes: 7 }),
      row({ bytes: 126 }),
    ];
    expect(judge(FIGURE, at, "node 24", others)).toBeUndefined();
    expect(judge({ ...FIGURE, variants: ["masked, single"] }, at, "node 24", [row()])).toBeUndefined();
  });

  it("judges what is printed", () => {
    expect(judge(FIGURE, at, "node 24", [row({ ratio: 3.996 })])).toMatchObject({ value: 4, verdict: "reached" });
    expect(judge(FIGURE, at, "node 24", [row({ ratio: 3.99 })])).toMatchObject({ value: 3.99, verdict: "near" });
    expect(judge(FIGURE, at, "node 24", [row({ ratio: 3.39 })])).toMatchObject({ value: 3.39, verdict: "missed" });
  });

  it("compares with the copying and 5 ns a frame, where less is better", () => {
    const scan: Figure = { ...FIGURE, measure: "copies", at: [[1, 1000, 1.3]] };
    const rows = [row({ ns: 30, peerNs: 20 }), row({ ns: 35, peerNs: 20 })];
    expect(judge(scan, scan.at[0], "node 24", rows.slice(0, 1))).toMatchObject({ value: 1.2, verdict: "reached" });
    expect(judge(scan, scan.at[0], "node 24", rows)).toMatchObject({ value: 1.4, verdict: "near" });
    expect(judge(scan, scan.at[0], "node 24", [row({ ns: 50, peerNs: 20 })])).toMatchObject({ verdict: "missed" });
  });
});

describe("verdictOf", () => {
  it("is near from 85 % on", () => {
    expect([1, 0.999, 0.85, 0.849].map(verdictOf)).toEqual(["reached", "near", "near", "missed"]);
  });
});
