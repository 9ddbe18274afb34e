// What the export condition `workerd` chooses: the WASM kernel, with nothing compiled. test/runtimes runs it in workerd itself.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { rolldown } from "rolldown";
import { describe, expect, test, vi } from "vitest";
import { WASM_TEXT } from "../src/kernel/wasm/binary.ts";

const ROOT = resolve(import.meta.dirname, "..");
const { exports: entries } = JSON.parse(readFileSync(resolve(ROOT, "package.json"), "utf8")) as {
  exports: Record<string, { types: string; workerd?: string; default: string }>;
};

describe("the export condition workerd", () => {
  test("is that of every entry point which is code, before the default", () => {
    const code = Object.values(entries).filter((entry) => entry.default?.endsWith(".js"));
    expect(code.length).toBeGreaterThan(8);
    for (const entry of code) {
      expect(Object.keys(entry)).toStrictEqual(["types", "workerd", "default"]);
      expect(entry.workerd).toBe(entry.default.replace("./dist/", "./dist/workerd/"));
      expect(() => readFileSync(resolve(ROOT, entry.workerd!))).not.toThrow();
    }
  });

  test("gives the WASM kernel where nothing may be compiled, and leaves out the inlined binary", async () => {
    const bundle = await rolldown({
      input: "entry",
      platform: "neutral",
      resolve: { conditionNames: ["workerd", "import"] },
      plugins: [
        {
          name: "workerd",
          resolveId: (id) => (id === "entry" ? resolve(ROOT, "entry.js") : undefined),
          load(id) {
            if (id === resolve(ROOT, "entry.js")) return 'export { defaultKernel } from "wsimd";';
            return id === resolve(ROOT, "dist/wsimd.wasm") ? "export default compiledByWorkerd;" : undefined;
          },
        },
      ],
    });
    const { code } = (await bundle.generate({})).output[0];
    expect(code).not.toContain(WASM_TEXT.slice(20, 60));
    const { Module } = WebAssembly;
    vi.stubGlobal("compiledByWorkerd", new Module(readFileSync(resolve(ROOT, "dist/wsimd.wasm"))));
    vi.spyOn(WebAssembly, "Module").mockImplementation(() => {
      throw new WebAssembly.CompileError("Wasm code generation disallowed by embedder");
    });
    try {
      const { defaultKernel } = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`);
      expect(defaultKernel()).toMatchObject({ kernel: { name: "wasm-simd" }, fallbackReason: undefined });
    } finally {
      vi.restoreAllMocks();
      vi.unstubAllGlobals();
    }
  });
});
