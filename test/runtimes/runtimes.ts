import { join } from "node:path";
import { CHROMIUM, FIREFOX } from "../browsers.ts";
import { WEBKIT } from "../webkit.ts";
import type { Surroundings } from "./bundle.ts";
import { runInBrowser } from "./run-in-browser.ts";
import { runInProcess, runInWorkerd } from "./run-in-process.ts";
import type { RuntimeReport } from "./runtime-report.ts";

export const RUNTIME_NAMES = [
  "node20",
  "node22",
  "node24",
  "node26",
  "bun",
  "deno",
  "workerd",
  "chromium",
  "firefox",
  "webkit",
] as const;
export type RuntimeName = (typeof RUNTIME_NAMES)[number];

export interface Runtime {
  /** Which of the bundles it runs. */
  readonly surroundings: Surroundings;
  /** What has to be installed: files, one of which must be there. */
  readonly executable: string;
  /** What to do where it is not. */
  readonly install: string;
  /** Whether CI does without it. */
  readonly optional?: boolean;
  /** Runs the bundle in `folder`. */
  run(folder: string): Promise<RuntimeReport>;
}

/** The runtimes, those of npm from the folder of packages that `npm run runtimes` fills. */
export function runtimesIn(packages: string): Readonly<Record<RuntimeName, Runtime>> {
  const install = "run: npm run runtimes";
  const node = (name: RuntimeName): Runtime => {
    const executable = join(packages, name, "bin/node");
    return { surroundings: "node", executable, install, run: (folder) => runInProcess(executable, [], folder) };
  };
  const bun = join(packages, ".bin/bun");
  const deno = join(packages, ".bin/deno");
  const miniflare = join(packages, "miniflare/dist/src/index.js");
  return {
    node20: node("node20"),
    node22: node("node22"),
    node24: node("node24"),
    node26: node("node26"),
    bun: { surroundings: "node", executable: bun, install, run: (folder) => runInProcess(bun, [], folder) },
    deno: {
      surroundings: "node",
      executable: deno,
      install,
      run: (folder) => runInProcess(deno, ["run", "--allow-all", "--no-lock"], folder),
    },
    workerd: {
      surroundings: "workerd",
      executable: miniflare,
      install,
      // miniflare needs Node 22.
      run: (folder) => runInWorkerd(join(packages, "node24/bin/node"), miniflare, folder),
    },
    chromium: {
      surroundings: "web",
      executable: CHROMIUM.path,
      install: "install Chromium, or name it in CHROMIUM_PATH",
      run: (folder) => runInBrowser(CHROMIUM.launch, folder),
    },
    firefox: {
      surroundings: "web",
      executable: FIREFOX.path,
      install: "install Firefox, or name it in FIREFOX_PATH",
      run: (folder) => runInBrowser(FIREFOX.launch, folder),
    },
    webkit: {
      surroundings: "web",
      executable: WEBKIT.path,
      install: "install WebKitWebDriver (Debian's webkit2gtk-driver) and Xvfb",
      // Few systems have a WebKit that anything can drive.
      optional: true,
      run: (folder) => runInBrowser(WEBKIT.launch, folder),
    },
  };
}
