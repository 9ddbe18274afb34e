import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where Chromium is installed, if it is. */
export const CHROMIUM: string | undefined = process.env.CHROMIUM_PATH || PLACES.find((path) => existsSync(path));

/** What to add to the title of tests that are skipped without it. In CI it must be there, and nothing is skipped. */
export const SKIPPED: boolean = CHROMIUM === undefined && process.env.CI === undefined;
export const SKIP_REASON: string = SKIPPED ? " (skipped: no Chromium is installed, and CHROMIUM_PATH names none)" : "";

/** `flags` are what a test needs besides. */
export function launchChromium(...flags: string[]): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error("CI needs Chromium: install it, or name it in CHROMIUM_PATH");
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...flags,
    ],
  });
}
