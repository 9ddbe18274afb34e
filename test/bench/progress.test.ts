import { describe, expect, it } from "vitest";
import { formatDuration, Progress } from "../../bench/progress.ts";

function createClock(): { now: () => number; pass: (milliseconds: number) => void } {
  let time = 1_000_000;
  return {
    now: () => time,
    pass(milliseconds): void {
      time += milliseconds;
    },
  };
}

function createOutput(isTTY: boolean): { isTTY: boolean; written: string[]; write: (text: string) => void } {
  const written: string[] = [];
  return { isTTY, written, write: (text) => written.push(text) };
}

describe("Progress", () => {
  it("tells on a terminal, in place, what is left at the pace so far", () => {
    const clock = createClock();
    const output = createOutput(true);
    const progress = new Progress(40, output, clock.now);
    clock.pass(30_000);
    progress.advance(10);
    expect(output.written).toEqual(["\r\x1b[K25% done, 1 min 30 s left"]);
  });

  it("leaves what is skipped out of the pace, and tells nothing before anything is done", () => {
    const clock = createClock();
    const output = createOutput(true);
    const progress = new Progress(40, output, clock.now);
    clock.pass(5_000);
    progress.advance(0);
    progress.skip(20);
    clock.pass(5_000);
    progress.advance(10);
    expect(output.written).toEqual(["\r\x1b[K50% done, 10 s left"]);
  });

  it("writes a line now and then elsewhere, and none at the end", () => {
    const clock = createClock();
    const output = createOutput(false);
    const progress = new Progress(4, output, clock.now);
    clock.pass(14_000);
    progress.advance(1);
    expect(output.written).toEqual([]);
    clock.pass(2_000);
    progress.advance(1);
    expect(output.written).toEqual(["50% done, 16 s left\n"]);
    clock.pass(1_000);
    progress.advance(1);
    clock.pass(60_000);
    progress.advance(1);
    progress.clear();
    expect(output.written).toHaveLength(1);
  });
});

describe("formatDuration", () => {
  it("rounds up to seconds, and counts minutes from sixty of them on", () => {
    expect([0, 1, 59_000, 59_001, 125_000].map(formatDuration)).toEqual([
      "0 s",
      "1 s",
      "59 s",
      "1 min 0 s",
      "2 min 5 s",
    ]);
  });
});
