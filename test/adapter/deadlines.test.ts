import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Deadlines, type Waiting } from "../../src/adapter/deadlines.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Item {
  readonly name: string;
  place: number;
}

const itemOf = (name: string): Item => ({ name, place: 0 });
const clock = (): number => performance.now();

/** A queue that tells `onTime` who is called. */
function queue(onTime: (item: Item) => void): Deadlines<Item> {
  const waiting: Waiting<Item> = {
    placeOf: ({ place }) => place,
    move(item, place) {
      item.place = place;
    },
    onTime,
  };
  return new Deadlines(clock, waiting);
}

describe("deadlines", () => {
  it("are called in the order of their times, however they are set, moved and cleared, with one timer", () => {
    const change = fc.record({ name: fc.nat(19), time: fc.option(fc.nat(500), { freq: 4 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 120 }), (changes) => {
        const called: [string, number][] = [];
        const start = clock();
        const deadlines = queue(({ name, place }) => {
          expect(place).toBe(0);
          called.push([name, clock() - start]);
        });
        const items = Array.from({ length: 20 }, (_, index) => itemOf(String(index)));
        const expected = new Map<string, number>();
        for (const { name, time } of changes) {
          if (time === null) {
            deadlines.clear(items[name]);
            expected.delete(String(name));
          } else {
            deadlines.set(items[name], start + time);
            expected.set(String(name), Math.max(1, time));
          }
          expect(vi.getTimerCount()).toBe(expected.size > 0 ? 1 : 0);
        }
        vi.advanceTimersByTime(501);
        expect(called.map(([, time]) => time)).toEqual([...expected.values()].sort((one, other) => one - other));
        expect(new Map(called)).toEqual(expected);
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });

  it("that stay as they are, or come later than the first, set no timer", () => {
    const deadlines = queue(() => {});
    const [first, second] = [itemOf("first"), itemOf("second")];
    const set = vi.spyOn(globalThis, "setTimeout");
    const now = clock();
    deadlines.set(first, now + 1000);
    deadlines.set(first, now + 1000);
    deadlines.set(second, now + 2000);
    deadlines.set(second, now + 3000);
    deadlines.set(first, now + 1500);
    expect(set).toHaveBeenCalledTimes(1);
    deadlines.set(second, now + 500);
    expect(set).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(1);
  });

  it("may be set and cleared as one is called", () => {
    const called: string[] = [];
    const [again, other] = [itemOf("again"), itemOf("other")];
    const deadlines = queue((item) => {
      called.push(item.name);
      if (called.length === 1) deadlines.clear(other);
      if (called.length < 3) deadlines.set(again, clock() + 10);
    });
    const now = clock();
    deadlines.set(again, now + 10);
    deadlines.set(other, now + 10);
    vi.advanceTimersByTime(100);
    expect(called).toEqual(["again", "again", "again"]);
  });

  it("are called though another one has thrown", () => {
    const called: string[] = [];
    const deadlines = queue(({ name }) => {
      called.push(name);
      if (name === "faulty") throw new Error("a fault of ours");
    });
    const now = clock();
    deadlines.set(itemOf("faulty"), now + 10);
    deadlines.set(itemOf("next"), now + 11);
    expect(() => vi.advanceTimersByTime(12)).toThrow("a fault of ours");
    vi.advanceTimersByTime(2);
    expect(called).toEqual(["faulty", "next"]);
  });
});
