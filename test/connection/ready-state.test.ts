import { describe, expect, test } from "vitest";
import { nextState, ReadyState, type Step } from "../../src/connection/ready-state.ts";

const { Connecting, Open, Closing, Closed } = ReadyState;

describe("the states of a connection", () => {
  test("have the numbers of the WHATWG readyState", () => {
    expect([Connecting, Open, Closing, Closed]).toStrictEqual([0, 1, 2, 3]);
  });

  test.each<[Step, ReadyState, ReadyState]>([
    ["opened", Connecting, Open],
    ["closing", Connecting, Closing],
    ["closing", Open, Closing],
    ["closing", Closing, Closing],
    ["ended", Connecting, Closed],
    ["ended", Open, Closed],
    ["ended", Closing, Closed],
  ])("%s leads from %i to %i", (step, from, to) => {
    expect(nextState(from, step)).toBe(to);
  });

  test.each<[Step, ReadyState]>([
    ["opened", Open],
    ["opened", Closing],
    ["opened", Closed],
    ["closing", Closed],
    ["ended", Closed],
  ])("%s cannot happen in %i", (step, from) => {
    expect(() => nextState(from, step)).toThrow(`${step} in state ${from}`);
  });
});
