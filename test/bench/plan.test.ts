import { describe, expect, it } from "vitest";
import { parseOptions } from "../../bench/options.ts";
import { type Assignment, plan, SIZES, TIME_JOBS, weight } from "../../bench/plan.ts";

const planned = (...args: string[]): Assignment[] => plan(parseOptions(args));

describe("plan", () => {
  it("gives every job both kernels, in a process each", () => {
    const pairs = planned().map(({ job, subject }) => `${job} ${subject}`);
    expect(new Set(pairs).size).toBe(pairs.length);
    for (const job of TIME_JOBS) {
      expect(pairs).toContain(`${job} wasm-simd`);
      expect(pairs).toContain(`${job} typescript`);
    }
  });

  it("measures each size of each payload once for each variant", () => {
    const [assignment] = planned("--job=encode-text", "--subject=typescript");
    if (assignment.kind !== "time") throw new Error("not timed");
    const keys = assignment.measurements.map(({ payload, bytes, variant }) => `${payload} ${bytes} ${variant}`);
    expect(new Set(keys).size).toBe(3 * 2 * SIZES.length);
    expect(keys.length).toBe(3 * 2 * SIZES.length);
  });

  it("leaves out what the filters exclude", () => {
    const assignments = planned("--job=decode-view", "--bytes=125", "--payload=korean", "--peer=ws");
    expect(assignments).toEqual(
      ["wasm-simd", "typescript"].map((subject) => ({
        kind: "time",
        job: "decode-view",
        subject,
        measurements: ["masked, cut", "masked, whole"].map((variant) => ({
          payload: "korean",
          bytes: 125,
          variant,
          peers: ["ws"],
        })),
      })),
    );
  });

  it("is empty when no job has the payload and the peer", () => {
    expect(planned("--job=mask", "--peer=utf-8-validate")).toEqual([]);
    expect(planned("--job=utf8", "--payload=binary")).toEqual([]);
  });

  it("weighs an assignment by its contestants: the subject and the peers of each measurement", () => {
    const [one] = planned("--job=mask", "--bytes=8", "--peer=ws");
    const [three] = planned("--job=mask", "--bytes=8", "--bytes=125", "--peer=ws", "--peer=bufferutil");
    const [memory] = planned("--job=idle-heap");
    expect([one, three, memory].map(weight)).toEqual([2, 6, 1]);
  });
});
