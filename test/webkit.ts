// WebKitGTK as distributions build it, which playwright does not drive: by its own WebDriver, on a display that nobody sees.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { DrivenBrowser, DrivenPage } from "./browsers.ts";
import { freePort } from "./free-port.ts";
import { type Installed, whereIs } from "./installed.ts";

/** Longer than any test waits for its page, and until the driver is ready. */
const SCRIPT_TIMEOUT = 600_000;
const START_TIMEOUT = 30_000;

const DRIVER = whereIs("WebKitWebDriver");
const DISPLAY = whereIs("Xvfb");
const MISSING = [DRIVER, DISPLAY].find(({ path }) => !existsSync(path));

/** Skipped where it is not installed, also in CI: not every system has it. */
export const WEBKIT: Installed & { launch(): Promise<DrivenBrowser> } = {
  path: (MISSING ?? DRIVER).path,
  skipped: MISSING !== undefined,
  reason: MISSING === undefined ? "" : ` (skipped: ${MISSING.path} is not installed)`,
  launch,
};

async function launch(): Promise<DrivenBrowser> {
  const display = spawn(DISPLAY.path, ["-displayfd", "3", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const [number] = (await once(display.stdio[3] as Readable, "data")) as [Buffer];
  const port = await freePort();
  const driver = spawn(DRIVER.path, [`--port=${port}`], {
    env: { ...process.env, DISPLAY: `:${number.toString().trim()}`, GDK_BACKEND: "x11" },
    stdio: "ignore",
  });
  const end = async () => {
    await ended(driver);
    await ended(display);
  };
  try {
    return await openBrowser(`http://127.0.0.1:${port}`, end);
  } catch (error) {
    await end();
    throw error;
  }
}

async function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  program.kill();
  await once(program, "exit");
}

/** A session of the driver at `driver`, all of whose pages are the same window, one after another. */
async function openBrowser(driver: string, end: () => Promise<void>): Promise<DrivenBrowser> {
  await ready(driver);
  const { sessionId, capabilities } = (await command("POST", `${driver}/session`, {
    capabilities: { alwaysMatch: { timeouts: { script: SCRIPT_TIMEOUT } } },
  })) as { sessionId: string; capabilities: { browserVersion: string } };
  const session = `${driver}/session/${sessionId}`;
  const page: DrivenPage = {
    async goto(url) {
      await command("POST", `${session}/url`, { url });
      // The driver does not wait for what modules import.
      await page.evaluate(`document.readyState === "complete" || new Promise((loaded) => onload = () => loaded(true))`);
    },
    async evaluate(expression) {
      const script = `const done = arguments[0];
        (async () => ({ json: JSON.stringify(await (${expression})) }))().catch((error) => ({ error: String(error) })).then(done);`;
      const result = await command("POST", `${session}/execute/async`, { script, args: [] });
      const { json, error } = result as { json: string; error?: string };
      if (error !== undefined) throw new Error(error);
      return JSON.parse(json);
    },
  };
  return {
    version: () => capabilities.browserVersion,
    newPage: async () => page,
    async close() {
      await command("DELETE", session);
      await end();
    },
  };
}

/** Waits until the driver listens. */
async function ready(driver: string): Promise<void> {
  const signal = AbortSignal.timeout(START_TIMEOUT);
  for (;;) {
    try {
      await command("GET", `${driver}/status`);
      return;
    } catch (error) {
      if (signal.aborted) throw error;
      await delay(50);
    }
  }
}

/** One command of WebDriver (https://www.w3.org/TR/webdriver2/#endpoints), and its value. */
async function command(method: string, url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, body === undefined ? { method } : { method, body: JSON.stringify(body) });
  const { value } = (await response.json()) as { value: unknown };
  if (!response.ok) throw new Error(`${method} ${url}: ${JSON.stringify(value)}`);
  return value;
}
