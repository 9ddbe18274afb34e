// What every public entry refuses alike: a kernel that is none, memory past what positions can count.

import { describe, expect, test } from "vitest";
import {
  defaultKernel,
  FrameDecoder,
  FrameEncoder,
  type Kernel,
  MessageDecoder,
  mask,
  type RetainedBudget,
  typescriptKernel,
} from "../src/index.ts";

describe.each([
  ["its name", "typescript"],
  ["what defaultKernel() returns", defaultKernel()],
  ["null", null],
])("a kernel that is %s", (_, kernel) => {
  test.each([
    ["FrameDecoder", (kernel: Kernel) => new FrameDecoder({ role: "server", kernel })],
    ["FrameEncoder", (kernel: Kernel) => new FrameEncoder({ role: "client", kernel })],
    ["MessageDecoder", (kernel: Kernel) => new MessageDecoder({ role: "server", kernel })],
  ])("is a TypeError of %s", (_, make) => {
    expect(() => make(kernel as unknown as Kernel)).toThrow(TypeError);
    expect(() => make(kernel as unknown as Kernel)).toThrow(/^kernel/);
  });
});

test("a budget that is a number is a TypeError", () => {
  const make = () => new MessageDecoder({ role: "server", budget: 1000 as unknown as RetainedBudget });
  expect(make).toThrow(TypeError);
  expect(make).toThrow(/^budget/);
});

test("a MessageDecoder tells the kernel it runs on", () => {
  expect(new MessageDecoder({ role: "server", kernel: typescriptKernel }).kernel).toBe(typescriptKernel);
  expect(new MessageDecoder({ role: "server" }).kernel).toBe(defaultKernel().kernel);
});

test("2^31 bytes at once are a RangeError, before any of them is touched", () => {
  const bytes = new Uint8Array(2 ** 31);
  const decoder = new FrameDecoder({ role: "server" });
  expect(() => decoder.decode(bytes, { onFrame: () => {} })).toThrow(RangeError);
  expect(() => decoder.decode(bytes, { onFrame: () => {} })).toThrow(/^chunk/);
  expect(() => mask(bytes, 1)).toThrow(RangeError);
  expect(() => mask(bytes, 1)).toThrow(/^bytes/);
});
