// The built package in pages that may and that may not compile WASM, in real browsers: a policy binds nobody else.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveFile } from "../../examples/static-files.ts";
import { CHROMIUM, type DrivenBrowser, FIREFOX } from "../browsers.ts";
import { listen } from "../loopback.ts";
import { WEBKIT } from "../webkit.ts";

const COMPILED = 'WebAssembly.compileStreaming(fetch("/wsimd/wsimd.wasm"))';

/** All but the page itself is served without a policy. */
const FILES: Readonly<Record<string, readonly [type: string, body: string | Buffer]>> = {
  "/": ["text/html", '<!doctype html><body><script type="module" src="/observe.js"></script>'],
  "/observe.js": ["text/javascript", await readFile(new URL("content-security-policy.mjs", import.meta.url))],
  "/worker.js": ["text/javascript", `postMessage(await ${COMPILED});`],
  "/frame.html": ["text/html", `<!doctype html><script type="module">window.compiled = ${COMPILED};</script>`],
};

/** Serves a page under `policy`, and the package; gives what the page has observed in the browser. */
async function observe(browser: DrivenBrowser, policy: string): Promise<unknown> {
  const server = createServer((request, response) => {
    const file = FILES[request.url ?? ""];
    if (request.url === "/") response.setHeader("Content-Security-Policy", policy);
    if (file !== undefined) response.setHeader("Content-Type", file[0]).end(file[1]);
    else void serveFile(request, response);
  });
  const url = `http://127.0.0.1:${await listen(server)}/`;
  const page = await browser.newPage();
  await page.goto(url);
  return page.evaluate("observe()");
}

const RIGHT = { same: true, code: "INVALID_UTF8" };
const WASM = { kernel: "wasm-simd", ...RIGHT };

/** What comes of modules handed over where compiling is `refused`: WebKit lets nobody instantiate them either. */
type HandedOver = (refused: object) => { posted: unknown; ofFrame: unknown };
const taken: HandedOver = () => ({ posted: WASM, ofFrame: WASM });
const ofFrameAlone: HandedOver = () => ({ posted: "unreadable", ofFrame: WASM });
const none: HandedOver = (refused) => ({ posted: refused, ofFrame: refused });

describe.each([
  [`Chromium${CHROMIUM.reason}`, CHROMIUM, taken],
  [`Firefox${FIREFOX.reason}`, FIREFOX, ofFrameAlone],
  [`WebKit${WEBKIT.reason}`, WEBKIT, none],
])("%s", (_, installed, handedOver) => {
  let browser: DrivenBrowser;

  beforeAll(async () => {
    if (!installed.skipped) browser = await installed.launch();
  }, 60_000);

  afterAll(() => browser?.close());

  it.skipIf(installed.skipped)(
    "runs the TypeScript kernel under a policy that forbids WASM, for the engine's reason",
    async () => {
      const observed = await observe(browser, "default-src 'self'; script-src 'self'");
      const { refusal } = observed as { refusal: string };
      expect(refusal).toMatch(/^CompileError: .*(Content Security Policy|CSP)/i);
      const refused = { kernel: "typescript", fallbackReason: refusal, ...RIGHT };
      expect(observed).toEqual({ refusal, byItself: refused, ...handedOver(refused) });
    },
  );

  it.skipIf(installed.skipped)("runs the WASM kernel under one that allows it", async () => {
    const observed = await observe(browser, "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
    expect(observed).toEqual({ byItself: WASM, posted: WASM, ofFrame: WASM });
  });
});
