import { afterEach, describe, expect, it, vi } from "vitest";

/** As much as Cloudflare's runtime lets wait at once. */
const MOST_TIMERS = 10_000;

async function load(): Promise<typeof import("../../src/adapter/task-queue.ts").TaskQueue> {
  vi.resetModules();
  return (await import("../../src/adapter/task-queue.ts")).TaskQueue;
}

/** No `setImmediate`, and no more timers than Cloudflare's runtime has. */
function scarceTimers(): void {
  const { setTimeout } = globalThis;
  let active = 0;
  vi.stubGlobal("setImmediate", undefined);
  vi.stubGlobal("setTimeout", (task: () => void) => {
    if (++active > MOST_TIMERS) throw new DOMException("too many active timers", "QuotaExceededError");
    return setTimeout(() => {
      active--;
      task();
    });
  });
}

afterEach(() => vi.unstubAllGlobals());

describe.each([true, false])("a queue of tasks, in a runtime with setImmediate: %s", (immediate) => {
  it("runs very many in order, each after what promises of those before had waiting", async () => {
    if (!immediate) scarceTimers();
    const tasks = new (await load())();
    const order: number[] = [];
    let open = 0;
    await new Promise<void>((resolve) => {
      for (let task = 0; task < 2 * MOST_TIMERS; task++) {
        tasks.push(() => {
          expect(open++).toBe(0);
          order.push(task);
          Promise.resolve()
            .then(() => {})
            .then(() => open--);
        });
      }
      tasks.push(resolve);
      expect(order).toEqual([]);
    });
    expect(order).toEqual(Array.from({ length: 2 * MOST_TIMERS }, (_, at) => at));
  });

  it("goes on after a task that throws, and takes more once it was empty", async () => {
    vi.useFakeTimers({ toFake: ["setImmediate", "setTimeout"] });
    try {
      if (!immediate) vi.stubGlobal("setImmediate", undefined);
      const tasks = new (await load())();
      const order: string[] = [];
      const fault = new Error("a fault of the task's");
      tasks.push(() => {
        throw fault;
      });
      for (let task = 0; task < 1000; task++) tasks.push(() => void order.push(`task ${task}`));
      await expect(vi.runAllTimersAsync()).rejects.toBe(fault);
      await vi.runAllTimersAsync();
      expect(order.length).toBe(1000);
      tasks.push(() => void order.push("later"));
      await vi.runAllTimersAsync();
      expect(order.at(-1)).toBe("later");
    } finally {
      vi.useRealTimers();
    }
  });
});
