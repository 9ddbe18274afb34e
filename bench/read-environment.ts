import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, cpus, release, type } from "node:os";
import { fileURLToPath } from "node:url";
import { defaultKernel } from "wsimd";
import type { Environment, Runtime } from "./environment.ts";
import { wsMasking } from "./peers/ws.ts";
import { labelOf } from "./runtimes.ts";

const PACKAGES = ["wsimd", "ws", "bufferutil", "utf-8-validate", "websocket-driver", "tinybench"];

const require = createRequire(import.meta.url);

export function readEnvironment(runtimes: readonly Runtime[], quick: boolean): Environment {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    os: `${type()} ${release()} ${arch()}`,
    quick,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    runtimes,
  };
}

/** The runtime of this process. */
export function readRuntime(): Runtime {
  const { node, v8, bun, webkit } = process.versions as typeof process.versions & { bun?: string; webkit?: string };
  const { kernel, fallbackReason } = defaultKernel();
  return {
    label: labelOf(process.versions),
    version: bun ?? node,
    engine: bun === undefined ? `V8 ${v8}` : `JavaScriptCore ${webkit?.slice(0, 9)}`,
    kernel: fallbackReason === undefined ? kernel.name : `${kernel.name} (${fallbackReason})`,
    wsMasking: wsMasking(),
  };
}

/** Looked up beside the package's entry, since not every package exports its package.json. */
function versionOf(name: string): string {
  for (let url = new URL("package.json", import.meta.resolve(name)); ; url = new URL("../package.json", url)) {
    if (existsSync(url)) return (require(fileURLToPath(url)) as { version: string }).version;
    if (url.pathname === "/package.json") throw new Error(`the version of ${name} is not to be found`);
  }
}
