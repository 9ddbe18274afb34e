import type { Environment } from "../../bench/environment.ts";
import type { Results } from "../../bench/results.ts";
import type { MemoryRow, Row } from "../../bench/rows.ts";

/** Rows that nothing measured, to be told what differs. The ratio follows from the times. */
export function row(differing: Partial<Row> = {}): Row {
  const { ns = 50, peerNs = 250 } = differing;
  return {
    runtime: "node 24",
    job: "decode-view",
    payload: "binary",
    bytes: 125,
    variant: "masked, cut",
    subject: "wasm-simd",
    peer: "ws+bufferutil",
    ns,
    spread: 0.012,
    peerNs,
    peerSpread: 0.25,
    ratio: peerNs / ns,
    ...differing,
  };
}

export function memoryRow(differing: Partial<MemoryRow> = {}): MemoryRow {
  return {
    runtime: "node 24",
    job: "idle-heap",
    subject: "wasm-simd",
    what: "FrameDecoder",
    per: "decoder",
    bytes: 190,
    peer: "ws Receiver",
    peerBytes: 900,
    ...differing,
  };
}

export function environment(differing: Partial<Environment> = {}): Environment {
  return {
    date: "2026-11-23T12:00:00.000Z",
    cpu: "A processor",
    cores: 4,
    os: "Linux 6.1 x64",
    quick: false,
    packages: { wsimd: "0.1.0", ws: "8.23.0" },
    runtimes: [
      { label: "node 24", version: "24.21.0", engine: "V8 13.6", kernel: "wasm-simd", wsMasking: "bufferutil" },
    ],
    ...differing,
  };
}

export function resultsOf(differing: Partial<Results>): Results {
  return { environments: [environment()], rows: [], memory: [], missing: [], ...differing };
}
