import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import type { Kernel } from "../../src/index.ts";

const ROOT = resolve(import.meta.dirname, "../..");

export interface DropIns {
  readonly bufferutil: typeof import("../../packages/bufferutil/index.js");
  readonly isValidUTF8: typeof import("../../packages/utf-8-validate/index.js");
}

/** The drop-ins as Node loads them, with a wsimd of their own: it chooses its kernel once. */
export function onBothKernels(tests: (dropIns: DropIns) => void): void {
  describe.each<Kernel["name"]>(["wasm-simd", "typescript"])("on the kernel %s", (name) => {
    const folder = mkdtempSync(join(tmpdir(), "wsimd-drop-ins-"));
    afterAll(() => rmSync(folder, { recursive: true }));
    const filter = (file: string): boolean => !file.endsWith(".map");
    for (const [from, to] of [
      ["package.json", "node_modules/wsimd/package.json"],
      ["dist", "node_modules/wsimd/dist"],
      ["packages", "packages"],
    ]) {
      cpSync(join(ROOT, from), join(folder, to), { recursive: true, filter });
    }

    if (name === "typescript") vi.stubGlobal("WebAssembly", undefined);
    const require = createRequire(join(folder, "packages/"));
    const { kernel } = (require("wsimd") as typeof import("../../src/index.ts")).defaultKernel();
    vi.unstubAllGlobals();
    test("and no other", () => expect(kernel.name).toBe(name));

    tests({ bufferutil: require("./bufferutil"), isValidUTF8: require("./utf-8-validate") });
  });
}
