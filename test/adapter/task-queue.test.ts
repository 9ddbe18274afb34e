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

  it("takes more from within a task, and once it was empty", async () => {
    if (!immediate) scarceTimers();
    const tasks = new (await load())();
    const order: string[] = [];
    for (const name of ["first", "second"]) {
      await new Promise<void>((resolve) => {
        tasks.push(() => {
          tasks.push(() => {
            order.push(`from within the ${name}`);
            resolve();
          });
          order.push(name);
        });
      });
    }
    expect(order).toEqual(["first", "from within the first", "second", "from within the second"]);
  });
});
