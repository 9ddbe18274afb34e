// Serves a bundled worker in Cloudflare's runtime, and prints where, until Ctrl+C or SIGTERM, or until who has started it with a channel
// closes that or is gone. A process of its own, since miniflare needs a later Node than the tests do: node serve-worker.mjs FOLDER BINDINGS

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
process.once("disconnect", () => miniflare.dispose()); // a signal has miniflare end its runtime by itself
