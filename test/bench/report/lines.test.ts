import { describe, expect, it } from "vitest";
import {
  formatHeading,
  formatMemoryRow,
  formatMissing,
  formatNs,
  formatRow,
  formatSize,
  formatSummary,
} from "../../../bench/report/lines.ts";
import type { MemoryRow, Row } from "../../../bench/rows.ts";

const ROW: Row = {
  runtime: "node 24",
  job: "decode-view",
  payload: "ascii",
  bytes: 125,
  variant: "masked",
  subject: "wasm-simd",
  peer: "ws+bufferutil",
  ns: 50,
  spread: 0.012,
  peerNs: 250,
  peerSpread: 0.25,
  ratio: 5,
};

describe("formatRow", () => {
  it("puts every value below its title", () => {
    const [titles, rule] = formatHeading().split("\n");
    const columns = [...rule.matchAll(/-+/g)].map((dashes) => [dashes.index, dashes.index + dashes[0].length]);
    const cells = (text: string): string[] => columns.map(([start, end]) => text.slice(start, end).trim());
    const row = formatRow(ROW);
    expect(cells(titles)).toEqual([
      "runtime",
      "job",
      "payload",
      "bytes",
      "variant",
      "subject",
      "ns",
      "±",
      "peer",
      "peer ns",
      "±",
      "ratio",
    ]);
    expect(cells(row)).toEqual([
      "node 24",
      "decode-view",
      "ascii",
      "125",
      "masked",
      "wasm-simd",
      "50.0",
      "1.2%",
      "ws+bufferutil",
      "250",
      "25%",
      "5.00",
    ]);
  });

  it("keeps its columns with the widest values", () => {
    const widest = formatRow({
      ...ROW,
      job: "decode-string",
      payload: "korean",
      bytes: 1_048_576,
      variant: "64 connections, 16 in flight",
      subject: "typescript",
      peer: "utf-8-validate",
      ns: 123_456_789,
      peerNs: 123_456_789,
      spread: 0.999,
      peerSpread: 0.999,
      ratio: 1234.56,
    });
    expect(widest.length).toBe(formatHeading().split("\n")[1].length);
  });

  it("marks the rows that the peer wins, and no others", () => {
    expect(formatRow({ ...ROW, ratio: 0.99 })).toMatch(/ {2}slower$/);
    expect(formatRow({ ...ROW, ratio: 1 })).not.toContain("slower");
  });
});

describe("formatNs", () => {
  it("shows a tenth below 100 and whole nanoseconds above", () => {
    expect([0.04, 7.25, 99.94, 100, 1234.5].map(formatNs)).toEqual(["0.0", "7.3", "99.9", "100", "1235"]);
  });
});

describe("formatSize", () => {
  it("groups digits and counts whole MiB", () => {
    expect([8, 1000, 60_000, 1_048_576, 1_048_577].map(formatSize)).toEqual([
      "8 B",
      "1\u202f000 B",
      "60\u202f000 B",
      "1 MiB",
      "1\u202f048\u202f577 B",
    ]);
  });
});

describe("formatMissing", () => {
  it("says what was not measured, where and why", () => {
    const missing = { runtime: "bun", job: "idle-heap", subject: "typescript", part: "", reason: "no heap" } as const;
    expect(formatMissing(missing)).toBe("bun  idle-heap  typescript  NOT MEASURED: no heap");
    expect(formatMissing({ ...missing, part: "beside ws" })).toContain("  beside ws  NOT MEASURED");
  });
});

describe("formatMemoryRow", () => {
  const memory: MemoryRow = {
    runtime: "node 24",
    job: "idle-heap",
    subject: "wasm-simd",
    what: "FrameDecoder",
    per: "decoder",
    bytes: 200,
    target: 256,
    peer: "ws Receiver",
    peerBytes: 900.4,
  };

  it("says whether the target was met", () => {
    expect(formatMemoryRow(memory)).toBe(
      "node 24  idle-heap  wasm-simd  FrameDecoder: 200 B a decoder, under the target of 256 B, ws Receiver: 900 B",
    );
    expect(formatMemoryRow({ ...memory, bytes: 256 })).toContain("256 B a decoder, OVER the target of 256 B");
  });

  it("leaves out what there is none of", () => {
    const row = { ...memory, bytes: 0.125, target: undefined, peer: undefined, peerBytes: undefined };
    expect(formatMemoryRow(row)).toMatch(/: 0\.13 B a decoder$/);
  });
});

describe("formatSummary", () => {
  it("counts losses as plainly as wins", () => {
    const rows = [2, 0.5, 1].map((ratio) => ({ ...ROW, ratio }));
    expect(formatSummary(rows)).toBe("3 rows: faster than the peer in 2, slower in 1");
  });
});
