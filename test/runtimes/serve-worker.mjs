// Serves a bundled worker in Cloudflare's runtime for as long as its input is open, and prints where. A process of its own, since
// miniflare needs a later Node than the tests do: node serve-worker.mjs FOLDER BINDINGS

import { join } from "node:path";
import { Miniflare } from "miniflare";

const [folder, bindings] = process.argv.slice(2);
const miniflare = new Miniflare({
  modules: true,
  modulesRoot: folder,
  modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
  scriptPath: join(folder, "worker.js"),
  compatibilityDate: "2026-01-01",
  bindings: JSON.parse(bindings),
});
console.log(String(await miniflare.ready));
process.stdin.on("end", () => miniflare.dispose()).resume();
