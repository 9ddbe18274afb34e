import { describe, expect, it } from "vitest";
import { median, slope, spread } from "../../bench/statistics.ts";

describe("median", () => {
  it("is the value in the middle, or between the two there", () => {
    expect(median([7])).toBe(7);
    expect(median([30, 1, 2])).toBe(2);
    expect(median([10, 1, 4, 2])).toBe(3);
  });

  it("sorts as numbers and leaves the list as it was", () => {
    const values = [100, 9, 20];
    expect(median(values)).toBe(20);
    expect(values).toEqual([100, 9, 20]);
  });

  it("refuses an empty list", () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe("spread", () => {
  it("is half the distance between the quartiles, as a part of the median", () => {
    // Quartiles 9 and 11 about a median of 10.
    expect(spread([8, 9, 10, 11, 12])).toBeCloseTo(0.1);
    expect(spread([5, 5, 5])).toBe(0);
  });

  it("is not moved by one round that was disturbed", () => {
    expect(spread([8, 9, 10, 11, 1_000_000])).toBeCloseTo(0.1);
  });
});

describe("slope", () => {
  it("is how much the second number grows with the first, wherever the line begins", () => {
    expect(
      slope([
        [2, 107],
        [4, 111],
        [6, 115],
      ]),
    ).toBeCloseTo(2);
    expect(
      slope([
        [0, 0],
        [1, 3],
        [2, 3],
        [3, 6],
      ]),
    ).toBeCloseTo(1.8);
  });
});
