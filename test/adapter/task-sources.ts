import { vi } from "vitest";

/** As many as a request may have in Cloudflare's runtime. */
export const MOST_TIMERS = 10_000;

/** What runtimes queue tasks with: each leaves only that to be found. */
export const TASK_SOURCES: readonly (readonly [name: string, leaveOnly: () => void])[] = [
  ["setImmediate", () => {}],
  ["the messages of browsers", () => void vi.stubGlobal("setImmediate", undefined)],
  [
    "the timers of Cloudflare's",
    () => {
      vi.stubGlobal("setImmediate", undefined);
      vi.stubGlobal("navigator", { userAgent: "Cloudflare-Workers" });
      const { setTimeout } = globalThis;
      let active = 0;
      vi.stubGlobal("setTimeout", (task: () => void) => {
        if (++active > MOST_TIMERS) throw new DOMException("too many active timers", "QuotaExceededError");
        return setTimeout(() => {
          active--;
          task();
        });
      });
    },
  ],
];
