import http from "node:http";
import { describe, expect, it } from "vitest";
import { createWasmKernel, type Kernel, typescriptKernel } from "wsimd";
import type { Contestant } from "../../bench/contest.ts";
import { type ContestJob, createContest } from "../../bench/jobs/index.ts";
import { parseOptions } from "../../bench/options.ts";
import { whyUnavailable } from "../../bench/peers/availability.ts";
import { type Measurement, plan, type Subject } from "../../bench/plan.ts";

const KERNELS: Record<Subject, Kernel> = { "wasm-simd": createWasmKernel(), typescript: typescriptKernel };

interface Planned {
  readonly job: ContestJob;
  readonly subject: Subject;
  readonly measurement: Measurement;
}

function planned(...args: string[]): Planned[] {
  return plan(parseOptions(args)).flatMap((assignment) => {
    if (assignment.kind === "memory") return [];
    const { job, subject, measurements } = assignment;
    if (job === "echo" || job === "deflate") return []; // each has a folder of its own
    return measurements.map((measurement) => ({ job, subject, measurement }));
  });
}

function contestants({ job, measurement }: Planned, kernel: Kernel): Contestant[] {
  const peers = measurement.peers.filter((peer) => whyUnavailable(peer) === undefined);
  const contest = createContest(job, kernel, { ...measurement, peers });
  return [contest.subject, ...contest.peers];
}

/** A kernel whose methods are the real one's but for those given. */
function broken(kernel: Kernel, methods: Partial<Kernel>): Kernel {
  return {
    name: kernel.name,
    mask: (...args) => kernel.mask(...args),
    copyMasked: (...args) => kernel.copyMasked(...args),
    validateUtf8: (...args) => kernel.validateUtf8(...args),
    scan: (...args) => kernel.scan(...args),
    takeState: () => kernel.takeState(),
    returnState: (state) => kernel.returnState(state),
    acquireReceiveBuffer: () => kernel.acquireReceiveBuffer(),
    ...methods,
  };
}

describe("the contests", () => {
  // Frames of 60 000 bytes are cut more often than not.
  it.each([
    ...planned("--bytes=126"),
    ...planned("--bytes=60000", "--payload=korean", "--subject=wasm-simd", "--job=decode-view", "--job=decode-string"),
  ])("$job, $measurement.variant, $measurement.payload of $measurement.bytes B on $subject", (row) => {
    for (const contestant of contestants(row, KERNELS[row.subject])) {
      for (let round = 0; round < 2; round++) {
        contestant.prepare();
        contestant.verify();
        contestant.prepare();
        expect([contestant.name, contestant.run()]).toEqual([contestant.name, contestant.expected]);
      }
    }
  });

  it("leave out a peer that this runtime has not, and no other", () => {
    expect(whyUnavailable("http.websocketMask") === undefined).toBe("websocketMask" in http);
    expect(whyUnavailable("ws+bufferutil")).toBeUndefined();
  });
});

describe("a contest whose subject is broken", () => {
  const spoilMask = broken(typescriptKernel, {
    mask(bytes, start, end, key) {
      const rotated = typescriptKernel.mask(bytes, start, end, key);
      bytes[(start + end) >> 1] ^= 1;
      return rotated;
    },
    copyMasked(source, target, offset, key) {
      typescriptKernel.copyMasked(source, target, offset, key);
      target[offset + (source.length >> 1)] ^= 1;
    },
  });
  const spoilScan = broken(typescriptKernel, {
    scan(state, chunk) {
      const records = typescriptKernel.scan(state, chunk);
      // The middle of the first frame's payload.
      chunk[(state.records[1] + state.records[2]) >> 1] ^= 1;
      return records;
    },
  });
  const believeAll = broken(typescriptKernel, { validateUtf8: () => 0 });
  const doubtAll = broken(typescriptKernel, { validateUtf8: () => -1 });

  it.each([
    ["mask", spoilMask],
    ["encode-binary", spoilMask],
    ["utf8", believeAll],
    ["utf8", doubtAll],
    ["scan", spoilScan],
    ["decode-view", spoilScan],
    ["decode-string", spoilScan],
    ["decode-message", spoilScan],
  ])("%s fails its verification", (job, kernel) => {
    const rows = planned(`--job=${job}`, "--bytes=1000", "--subject=typescript", "--peer=ws");
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const [subject] = contestants(row, kernel);
      subject.prepare();
      expect(() => subject.verify()).toThrow();
    }
  });

  it("fails its sum when frames are left out", () => {
    const lazy = broken(typescriptKernel, {
      scan: (state, chunk) => Math.max(0, typescriptKernel.scan(state, chunk) - 1),
    });
    for (const row of planned("--job=scan", "--job=decode-view", "--bytes=125", "--subject=typescript", "--peer=ws")) {
      const [subject] = contestants(row, lazy);
      subject.prepare();
      expect(subject.run()).not.toBe(subject.expected);
    }
  });
});
