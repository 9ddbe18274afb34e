import { afterEach, describe, expect, it, vi } from "vitest";
import { MOST_TIMERS, TASK_SOURCES } from "./task-sources.ts";

async function load(): Promise<typeof import("../../src/adapter/task-queue.ts").TaskQueue> {
  vi.resetModules();
  return (await import("../../src/adapter/task-queue.ts")).TaskQueue;
}

afterEach(() => vi.unstubAllGlobals());

describe.each(TASK_SOURCES)("a queue of tasks, by %s", (_, leaveOnly) => {
  it("runs very many in order, each after what promises of those before had waiting", async () => {
    leaveOnly();
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
    leaveOnly();
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
