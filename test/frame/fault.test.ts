import { expect, test } from "vitest";
import { frameError } from "../../src/frame/fault.ts";
import * as layout from "../../src/kernel/layout.ts";

const FAULTS = Object.entries(layout).filter(([name]) => /^FAULT_[A-Z]/.test(name) && name !== "FAULT_AT");

test("there are 13 faults, numbered from 1 without a gap", () => {
  expect(FAULTS.map(([, number]) => number).sort((a, b) => a - b)).toEqual(FAULTS.map((_, index) => index + 1));
  expect(FAULTS.length).toBe(13);
});

test.each(FAULTS)("%s is the error of the same name", (name, number) => {
  expect(frameError(number, 42)).toMatchObject({ code: name.slice("FAULT_".length), offset: 42 });
});
