import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, cpus, release, type } from "node:os";
import { fileURLToPath } from "node:url";
import { defaultKernel } from "wsimd";
import { wsMasking } from "./peers/ws.ts";

/** Where and when a run took place: without it, figures cannot be compared. */
export interface Environment {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly os: string;
  readonly node: string;
  readonly v8: string;
  readonly wsimd: string;
  /** What wsimd selects here by itself, and why if it is not the WASM kernel. */
  readonly kernel: string;
  readonly ws: string;
  /** What ws masks with where it may: newer versions of Node bring their own. */
  readonly wsMasking: string;
  readonly bufferutil: string;
  readonly utf8Validate: string;
  readonly tinybench: string;
}

const require = createRequire(import.meta.url);

export function readEnvironment(): Environment {
  const processors = cpus();
  const { kernel, fallbackReason } = defaultKernel();
  return {
    date: new Date().toISOString(),
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    os: `${type()} ${release()} ${arch()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    wsimd: versionOf("wsimd"),
    kernel: fallbackReason === undefined ? kernel.name : `${kernel.name} (${fallbackReason})`,
    ws: versionOf("ws"),
    wsMasking: wsMasking(),
    bufferutil: versionOf("bufferutil"),
    utf8Validate: versionOf("utf-8-validate"),
    tinybench: versionOf("tinybench"),
  };
}

/** Looked up beside the package's entry, since not every package exports its package.json. */
function versionOf(name: string): string {
  for (let url = new URL("package.json", import.meta.resolve(name)); ; url = new URL("../package.json", url)) {
    if (existsSync(url)) return (require(fileURLToPath(url)) as { version: string }).version;
    if (url.pathname === "/package.json") throw new Error(`the version of ${name} is not to be found`);
  }
}

export function describeEnvironment(environment: Environment): string {
  const { date, cpu, cores, os, node, v8, wsimd, kernel, ws, bufferutil, utf8Validate, tinybench } = environment;
  return [
    `${date}  ${cpu}, ${cores} cores, ${os}`,
    `node ${node}, v8 ${v8}, tinybench ${tinybench}`,
    `wsimd ${wsimd} (selects ${kernel} here)`,
    `ws ${ws} (masks with ${environment.wsMasking}), bufferutil ${bufferutil}, utf-8-validate ${utf8Validate}`,
  ].join("\n");
}
