import { describe, expect, test } from "vitest";
import { collect } from "../../src/frame/collect.ts";
import { ProtocolError } from "../../src/index.ts";

const FAULT = new ProtocolError("RESERVED_BITS", 3);

function failing(): Iterable<number> {
  return collect<number>((take) => {
    take(1);
    take(2);
    throw FAULT;
  });
}

/** Everything an iteration gives, its error last. */
function drain(items: Iterable<number>): unknown[] {
  const got: unknown[] = [];
  try {
    for (const item of items) got.push(item);
  } catch (error) {
    got.push(error);
  }
  return got;
}

describe("collect", () => {
  test("gives what was taken, in order, to any number of iterations", () => {
    const items = collect<number>((take) => {
      take(1);
      take(2);
    });
    expect([...items]).toEqual([1, 2]);
    expect([...items]).toEqual([1, 2]);
    expect([...collect<number>(() => undefined)]).toEqual([]);
  });

  test("throws a violation after what came before it", () => {
    expect(drain(failing())).toEqual([1, 2, FAULT]);
  });

  test("throws the violation in every iteration", () => {
    const items = failing();
    expect(drain(items)).toEqual([1, 2, FAULT]);
    expect(drain(items)).toEqual([1, 2, FAULT]);
  });

  test("runs at once, not when it is iterated over", () => {
    let ran = false;
    const items = collect<number>(() => {
      ran = true;
    });
    expect(ran).toBe(true);
    expect([...items]).toEqual([]);
  });

  test("throws any other error at once", () => {
    const misuse = () =>
      collect<number>((take) => {
        take(1);
        throw new TypeError("misuse");
      });
    expect(misuse).toThrow("misuse");
  });
});
