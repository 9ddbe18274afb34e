import { describe, expect, it } from "vitest";
import { comparePayloads } from "../../bench/contest.ts";
import { Tally } from "../../bench/tally.ts";

describe("Tally", () => {
  const take = (tally: Tally<number>, count: number): void => {
    tally.begin();
    for (let index = 0; index < count; index++) tally.taken[tally.count++ & tally.ring] = index;
  };

  it("holds a few of a run's results, and all when they are collected", () => {
    const tally = new Tally<number>();
    take(tally, 1000);
    const held = tally.taken.length;
    expect(held).toBeLessThan(1000);
    expect(tally.collect(1000, () => take(tally, 1000))).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    expect(tally.taken.length).toBe(held);
  });

  it.each([1, 2, 3, 64, 65])("collects %i results", (count) => {
    const tally = new Tally<number>();
    expect(tally.collect(count, () => take(tally, count))).toHaveLength(count);
  });

  it("fails when results are missing or too many", () => {
    const tally = new Tally<number>();
    expect(() => tally.collect(10, () => take(tally, 9))).toThrow("9 results instead of 10");
    expect(() => tally.collect(10, () => take(tally, 11))).toThrow("11 results instead of 10");
  });
});

describe("comparePayloads", () => {
  const expected = [Uint8Array.of(1, 2), Uint8Array.of(3)];

  it("repeats what is expected as often as it takes", () => {
    comparePayloads("peer", [...expected, ...expected], expected);
    expect(() => comparePayloads("peer", [...expected, Uint8Array.of(1, 3)], expected)).toThrow("payload 2 is wrong");
  });

  it("fails at a wrong length", () => {
    expect(() => comparePayloads("peer", [Uint8Array.of(1)], expected)).toThrow("peer: payload 0 is wrong");
  });
});
