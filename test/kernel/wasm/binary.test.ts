import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  HEADER,
  MEMORY_PAGES,
  PADDING,
  RECORD_CAPACITY,
  RECORD_WORDS,
  RECORDS_ADDRESS,
  SLOT_COUNT,
  SLOT_SIZE,
  SLOT_STRIDE,
  SLOTS_ADDRESS,
  STATE_ADDRESS,
  STATE_WORDS,
  WINDOW_ADDRESS,
  WINDOW_SIZE,
} from "../../../src/kernel/layout.ts";
import { WASM_TEXT } from "../../../src/kernel/wasm/binary.ts";
import { compiledModule, decodeBinary } from "../../../src/kernel/wasm/compiled.ts";
import { instantiate } from "../../../src/kernel/wasm/module.ts";
import { dataSegmentsOf, memoryOf, sectionsOf } from "../wasm-sections.ts";

const wasm = decodeBinary(WASM_TEXT);
const START_SECTION = 8;

describe("the inlined binary", () => {
  test("is a valid module of at most 6 KiB", () => {
    expect(wasm.length).toBeLessThanOrEqual(6144);
    expect(WebAssembly.validate(wasm)).toBe(true);
  });

  test("is the file of the package, in characters that every encoding of a page has", () => {
    expect(Buffer.compare(wasm, readFileSync("dist/wsimd.wasm"))).toBe(0);
    expect(WASM_TEXT).toMatch(/^[ -~]+$/);
  });

  test("imports nothing and exports the kernel", () => {
    const module = new WebAssembly.Module(wasm);
    expect(WebAssembly.Module.imports(module)).toStrictEqual([]);
    const exports = WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`);
    expect(exports.sort()).toStrictEqual(["function mask", "function scan", "function validateUtf8", "memory memory"]);
  });

  test("runs nothing when it is instantiated", () => {
    expect(sectionsOf(wasm).map(({ id }) => id)).not.toContain(START_SECTION);
  });

  test("is what compiledModule compiles", () => {
    const exports = WebAssembly.Module.exports(compiledModule());
    expect(exports).toStrictEqual(WebAssembly.Module.exports(new WebAssembly.Module(wasm)));
  });

  test("has a memory of fixed size", () => {
    expect(memoryOf(wasm)).toStrictEqual({ min: MEMORY_PAGES, max: MEMORY_PAGES });
    const { memory } = instantiate(compiledModule());
    expect(memory.buffer.byteLength).toBe(MEMORY_PAGES * 65536);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  test("keeps its tables below the state", () => {
    const segments = dataSegmentsOf(wasm);
    expect(segments.length).toBeGreaterThan(0);
    for (const { start, end } of segments) {
      expect(start).toBeGreaterThan(0);
      // A vector load at a table's end may reach past it, but not into what changes.
      expect(end + 16).toBeLessThanOrEqual(STATE_ADDRESS);
    }
  });
});

describe("the layout of the memory", () => {
  const slots = Array.from({ length: SLOT_COUNT }, (_, slot) => SLOTS_ADDRESS + slot * SLOT_STRIDE);
  const regions = [
    { name: "state", start: STATE_ADDRESS, end: STATE_ADDRESS + 4 * STATE_WORDS, padding: 0 },
    { name: "records", start: RECORDS_ADDRESS, end: RECORDS_ADDRESS + 4 * RECORD_WORDS * RECORD_CAPACITY, padding: 0 },
    { name: "window", start: WINDOW_ADDRESS, end: WINDOW_ADDRESS + WINDOW_SIZE, padding: PADDING },
    ...slots.map((start) => ({ name: "slot", start, end: start + SLOT_SIZE, padding: PADDING })),
    { name: "end", start: MEMORY_PAGES * 65536, end: MEMORY_PAGES * 65536, padding: 0 },
  ];

  test("regions do not overlap, with room for vectors around those that bytes are put in", () => {
    for (const [at, region] of regions.slice(1).entries()) {
      const before = regions[at];
      const room = Math.max(region.padding, before.padding);
      expect(region.start - before.end, `${before.name} and ${region.name}`).toBeGreaterThanOrEqual(room);
    }
  });

  test("words lie at words' addresses, and bytes at vectors'", () => {
    expect(STATE_ADDRESS % 8).toBe(0);
    expect(RECORDS_ADDRESS % 16).toBe(0);
    for (const start of [WINDOW_ADDRESS, ...slots]) expect(start % 16).toBe(0);
    expect(HEADER + 4).toBeLessThanOrEqual(STATE_WORDS);
  });
});
