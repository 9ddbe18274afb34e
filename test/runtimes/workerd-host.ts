// node workerd-host.js MINIFLARE FOLDER FILE: the tests of the bundle in FOLDER in workerd; writes to FILE how they ended.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Outcome } from "../in-runtime/outcome.ts";
import type { RuntimeReport } from "./runtime-report.ts";

/** What is used of miniflare, which is not installed wherever this is compiled. */
interface Miniflare {
  dispatchFetch(url: string): Promise<Response>;
  dispose(): Promise<void>;
}
type Module = { type: "ESModule" | "CompiledWasm"; path: string; contents: Uint8Array<ArrayBuffer> };
interface MiniflareOptions {
  modules: readonly Module[];
  modulesRoot: string;
  compatibilityDate: string;
}

const [, , miniflare, folder, file] = process.argv;
const { Miniflare } = (await import(pathToFileURL(miniflare).href)) as {
  Miniflare: new (options: MiniflareOptions) => Miniflare;
};

const modules = readdirSync(folder)
  // The first is the worker.
  .sort((one, other) => Number(other === "main.js") - Number(one === "main.js"))
  .map((name): Module => {
    const path = join(folder, name);
    return {
      type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule",
      path,
      contents: new Uint8Array(readFileSync(path)),
    };
  });
// No flag that adds Node's modules. The date is one that every workerd of this year knows.
const worker = new Miniflare({ modules, modulesRoot: folder, compatibilityDate: "2026-01-01" });
const response = await worker.dispatchFetch("http://127.0.0.1/");
if (!response.ok) throw new Error(await response.text());
const outcome = (await response.json()) as Outcome;
await worker.dispose();
const { version } = createRequire(miniflare)("workerd/package.json") as { version: string };
writeFileSync(file, JSON.stringify({ version, outcome } satisfies RuntimeReport));
