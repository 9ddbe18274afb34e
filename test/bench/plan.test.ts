import { describe, expect, it } from "vitest";
import { parseOptions } from "../../bench/options.ts";
import { type Assignment, LARGEST_SIZE, type Measurement, plan, SIZES, TIME_JOBS, weight } from "../../bench/plan.ts";

const planned = (...args: string[]): Assignment[] => plan(parseOptions(args));

const measured = (...args: string[]): Measurement[] =>
  planned(...args).flatMap((assignment) => (assignment.kind === "time" ? assignment.measurements : []));

describe("plan", () => {
  it("gives every job both kernels, in a process for each way of doing it", () => {
    const processes = planned().map((assignment) => {
      const variants = assignment.kind === "time" ? assignment.measurements.map(({ variant }) => variant) : ["memory"];
      expect(new Set(variants).size).toBe(1);
      return `${assignment.job} ${assignment.subject} ${variants[0]}`;
    });
    expect(new Set(processes).size).toBe(processes.length);
    for (const job of TIME_JOBS) {
      for (const subject of ["wasm-simd", "typescript"]) {
        expect(processes.some((name) => name.startsWith(`${job} ${subject} `))).toBe(true);
      }
    }
  });

  it("measures each size of each payload once for each variant", () => {
    const keys = measured("--job=encode-text", "--subject=typescript").map(
      ({ payload, bytes, variant }) => `${payload} ${bytes} ${variant}`,
    );
    const sizes = SIZES.filter((bytes) => bytes < LARGEST_SIZE).length;
    expect(new Set(keys).size).toBe(2 * 2 * sizes);
    expect(keys.length).toBe(2 * 2 * sizes);
  });

  it.each(TIME_JOBS)("never measures the same twice: %s", (job) => {
    const keys = measured(`--job=${job}`, "--subject=wasm-simd").map(
      ({ payload, bytes, variant }) => `${payload} ${bytes} ${variant}`,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("has frames longer than a chunk only where they need not lie whole in one", () => {
    const variants = measured(`--bytes=${LARGEST_SIZE}`).map(({ variant }) => variant);
    expect([...new Set(variants)].sort()).toEqual([
      "64 connections, 1 in flight",
      "64 connections, 16 in flight",
      "caller's memory",
      "compress, pako",
      "compress, zlib",
      "decompress, pako",
      "decompress, zlib",
      "fragmented",
      "masked, cut",
      "unmasked, cut",
      "whole",
    ]);
  });

  it("measures the kernel's own memory for the kernel that has some", () => {
    const variants = (subject: string): string[] =>
      measured(`--subject=${subject}`).map(({ variant }) => variant.split(",")[0]);
    expect(variants("wasm-simd")).toEqual(expect.arrayContaining(["kernel memory", "received"]));
    expect(variants("typescript")).not.toContain("kernel memory");
    expect(variants("typescript")).not.toContain("received");
  });

  it("leaves out what the filters exclude", () => {
    const assignments = planned("--job=decode-string", "--bytes=125", "--payload=korean", "--peer=ws");
    const variants = ["masked, cut", "unmasked, cut", "masked, single", "unmasked, single"];
    expect(assignments).toEqual(
      ["wasm-simd", "typescript"].flatMap((subject) =>
        variants.map((variant) => ({
          kind: "time",
          job: "decode-string",
          subject,
          measurements: [{ payload: "korean", bytes: 125, variant, peers: ["ws"] }],
        })),
      ),
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
