import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import type { DrivenBrowser } from "../browsers.ts";
import type { Outcome } from "../in-runtime/outcome.ts";
import type { RuntimeReport } from "./runtime-report.ts";

/** The tests in a page, which loads the installed package beside them as it is. */
export async function runInBrowser(launch: () => Promise<DrivenBrowser>, folder: string): Promise<RuntimeReport> {
  const root = join(folder, "..");
  const server = await serve(root, await pageFor(root));
  try {
    const browser = await launch();
    try {
      const page = await browser.newPage();
      const { port } = server.address() as AddressInfo;
      await page.goto(`http://127.0.0.1:${port}/`);
      const outcome = (await page.evaluate("outcome")) as Outcome;
      return { version: browser.version(), outcome };
    } finally {
      await browser.close();
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** A page that finds every entry point by its name: what a bundler does for others, an import map does here. */
async function pageFor(root: string): Promise<string> {
  const text = await readFile(join(root, "node_modules/wsimd/package.json"), "utf8");
  const { exports: entries } = JSON.parse(text) as { exports: Record<string, string | { default: string }> };
  const imports = Object.entries(entries).map(([name, entry]) => [
    name.replace(".", "wsimd"),
    `/node_modules/wsimd/${(typeof entry === "string" ? entry : entry.default).slice(2)}`,
  ]);
  const map = {
    imports: {
      ...Object.fromEntries(imports),
      pako: "/node_modules/pako/dist/pako.mjs",
      "@noble/hashes/": "/node_modules/@noble/hashes/",
    },
  };
  return `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script>
const outcome = new Promise((tested, failed) => {
  Object.assign(globalThis, { tested });
  // Modules that do not begin: why.
  addEventListener("error", ({ message, target }) => failed(message ?? "not loaded: " + target.src), { capture: true });
});
</script>
<script type="importmap">${JSON.stringify(map)}</script>
<script type="module" src="/web/main.js"></script>
`;
}

/** Serves the page and the modules in `root`, on loopback. */
function serve(root: string, page: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = normalize(request.url ?? "/");
    if (path === "/") {
      // A page that is isolated has a SharedArrayBuffer.
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
      response.setHeader("Content-Type", "text/html").end(page);
      return;
    }
    try {
      response.setHeader("Content-Type", "text/javascript").end(await readFile(join(root, path)));
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
