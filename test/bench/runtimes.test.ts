import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compareRuntimes, executableOf, isRuntime, labelOf } from "../../bench/runtimes.ts";
import { UsageError } from "../../bench/usage-error.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wsimd-runtimes-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function install(name: string, bin: object): void {
  mkdirSync(join(folder, "node_modules", name), { recursive: true });
  writeFileSync(join(folder, "node_modules", name, "package.json"), JSON.stringify({ bin }));
}

describe("executableOf", () => {
  it("is this process's for the current one", () => {
    expect(executableOf("current", folder)).toBe(process.execPath);
  });

  it("is what the installed package names", () => {
    install("node24", { node: "bin/node" });
    install("bun", { bun: "bin/bun.exe", bunx: "bin/bunx.exe" });
    expect(executableOf("node24", folder)).toBe(join(folder, "node_modules", "node24", "bin", "node"));
    expect(executableOf("bun", folder)).toBe(join(folder, "node_modules", "bun", "bin", "bun.exe"));
  });

  it("says how to install what is not", () => {
    expect(() => executableOf("node26", folder)).toThrow(UsageError);
    expect(() => executableOf("node26", folder)).toThrow("npm run runtimes");
  });
});

describe("labelOf", () => {
  it("is the major version of Node; Bun, which also tells one, is itself", () => {
    expect(labelOf({ node: "24.21.0" })).toBe("node 24");
    expect(labelOf({ node: "24.3.0", bun: "1.4.5" })).toBe("bun");
  });
});

describe("isRuntime", () => {
  it("takes any for the current one, and only themselves for the others", () => {
    expect(isRuntime("current", "node 22")).toBe(true);
    expect(isRuntime("node24", "node 24")).toBe(true);
    expect(isRuntime("bun", "bun")).toBe(true);
    expect(isRuntime("node24", "node 20")).toBe(false);
    expect(isRuntime("bun", "node 24")).toBe(false);
  });
});

describe("compareRuntimes", () => {
  it("puts Node first, by version", () => {
    const labels = ["bun", "node 100", "node 24", "another", "node 8"];
    expect(labels.sort(compareRuntimes)).toEqual(["node 8", "node 24", "node 100", "another", "bun"]);
  });
});
