// The browsers that tests drive, where they are installed.

import { type Browser, type BrowserType, chromium, firefox, type LaunchOptions } from "playwright-core";
import { type Installed, whereIs } from "./installed.ts";

/** What a test of many browsers asks of each, and playwright's do. */
export interface DrivenBrowser {
  version(): string;
  newPage(): Promise<DrivenPage>;
  close(): Promise<void>;
}

export interface DrivenPage {
  /** Ends when the page and its modules are loaded. */
  goto(url: string): Promise<unknown>;
  /** What an expression comes to, once it has. */
  evaluate(expression: string): Promise<unknown>;
}

export interface InstalledBrowser extends Installed {
  /** Starts it, without a window. `flags` are what a test needs besides. */
  launch(...flags: string[]): Promise<Browser>;
}

/** `variable` of the environment may name the browser's file. */
function browserOf(type: BrowserType, options: LaunchOptions, variable: string, ...names: string[]): InstalledBrowser {
  const named = process.env[variable];
  const installed: Installed = named ? { path: named, skipped: false, reason: "" } : whereIs(...names);
  return {
    ...installed,
    launch: (...flags) =>
      type.launch({ ...options, executablePath: installed.path, args: [...(options.args ?? []), ...flags] }),
  };
}

export const CHROMIUM: InstalledBrowser = browserOf(
  chromium,
  {
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  },
  "CHROMIUM_PATH",
  "chromium",
  "chromium-browser",
  "google-chrome",
);

/** Mozilla's own Firefox, by the channel that speaks WebDriver BiDi: playwright's other way needs a Firefox that it has patched. */
export const FIREFOX: InstalledBrowser = browserOf(
  firefox,
  { channel: "moz-firefox" },
  "FIREFOX_PATH",
  "firefox-esr",
  "firefox",
);
