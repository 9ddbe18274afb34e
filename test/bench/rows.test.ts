import { describe, expect, it } from "vitest";
import { assertMeasuredBy } from "../../bench/rows.ts";
import { row } from "./made-up.ts";

describe("assertMeasuredBy", () => {
  it("fails when another kernel or another runtime ran", () => {
    const rows = [row(), row({ bytes: 8 })];
    expect(() => assertMeasuredBy("node 24", "wasm-simd", rows)).not.toThrow();
    expect(() => assertMeasuredBy("node 24", "wasm-simd", [...rows, row({ subject: "typescript" })])).toThrow(
      "typescript ran in node 24, not wasm-simd in node 24",
    );
    expect(() => assertMeasuredBy("bun", "wasm-simd", rows)).toThrow("wasm-simd ran in node 24, not wasm-simd in bun");
  });
});
