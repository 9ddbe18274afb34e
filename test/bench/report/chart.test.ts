import { describe, expect, it } from "vitest";
import { drawChart } from "../../../bench/report/chart.ts";
import { environment, resultsOf, row } from "../made-up.ts";

interface Bar {
  readonly kind: string;
  readonly left: number;
  readonly right: number;
}

/** The bars, and where the line at 1× stands in their panel. */
function read(svg: string): { bars: Bar[]; one: number } {
  const bars = [...svg.matchAll(/<rect class="(win|loss)" x="([\d.]+)" y="\d+" width="([\d.]+)" height="\d+"\/>/g)];
  return {
    // The first two are the legend's.
    bars: bars.slice(2).map(([, kind, x, width]) => ({ kind, left: Number(x), right: Number(x) + Number(width) })),
    one: Number(/class="one" x1="([\d.]+)"/.exec(svg)![1]),
  };
}

const draw = (...rows: Parameters<typeof row>[0][]): string => drawChart(resultsOf({ rows: rows.map(row) }))!;

describe("drawChart", () => {
  it("draws wins to the right of 1× and losses to its left, in another colour, by size", () => {
    const svg = draw({ bytes: 1000, ratio: 0.5 }, { bytes: 8, ratio: 4 }, { bytes: 125, ratio: 1 });
    const { bars, one } = read(svg);
    expect(bars.map(({ kind }) => kind)).toEqual(["win", "win", "loss"]);
    const [win, even, loss] = bars;
    expect([win.left, even.left, even.right, loss.right]).toEqual([one, one, one, one]);
    // On a logarithmic axis, four times as fast is twice as far as half as fast.
    expect(win.right - one).toBeCloseTo(2 * (one - loss.left), 0);
    expect([...svg.matchAll(/>([\d.]+)×<\/text>/g)].map(([, text]) => text)).toEqual(
      expect.arrayContaining(["4.00", "1.00", "0.50"]),
    );
  });

  it("keeps within the picture, whatever the ratio", () => {
    const { bars } = read(draw({ bytes: 8, ratio: 1e9 }, { bytes: 125, ratio: 1e-9 }, { bytes: 1000, ratio: 0 }));
    for (const { left, right } of bars) {
      expect(left).toBeGreaterThan(0);
      expect(right).toBeLessThan(440);
    }
    expect(bars.map(({ kind }) => kind)).toEqual(["win", "loss", "loss"]);
  });

  it("draws Node 24 where it was measured, otherwise the first runtime", () => {
    const rows = [row({ runtime: "bun" }), row({ runtime: "node 26" })];
    const runtimes = ["bun", "node 24", "node 26"].map((label) => ({ ...environment().runtimes[0], label }));
    const environments = [environment({ runtimes })];
    expect(drawChart(resultsOf({ environments, rows }))).toContain(">node 26, A processor, 2026-11-23;");
    const svg = drawChart(resultsOf({ environments, rows: [...rows, row()] }))!;
    expect(svg).toContain(">node 24, A processor, 2026-11-23;");
    expect(read(svg).bars).toHaveLength(1);
  });

  it("leaves out other kernels and peers, and is none without a row to draw", () => {
    expect(drawChart(resultsOf({ rows: [row({ subject: "typescript" }), row({ peer: "ws" })] }))).toBeUndefined();
    expect(drawChart(resultsOf({}))).toBeUndefined();
    expect(drawChart(resultsOf({ rows: [row({ job: "idle-heap" })] }))).toBeUndefined();
  });

  it("says so when the run was a quick one", () => {
    const svg = drawChart(resultsOf({ environments: [environment({ quick: true })], rows: [row()] }));
    expect(svg).toContain("quick run");
  });

  it("escapes foreign text", () => {
    const svg = drawChart(resultsOf({ environments: [environment({ cpu: 'a<b>&"c' })], rows: [row()] }));
    expect(svg).toContain("a&#60;b&#62;&#38;&#34;c");
    expect(svg).not.toContain("a<b>");
  });

  it("has colours for light and dark", () => {
    expect(draw({})).toContain("@media (prefers-color-scheme: dark)");
  });
});
