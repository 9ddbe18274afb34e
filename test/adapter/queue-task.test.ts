import { afterEach, describe, expect, it, vi } from "vitest";

async function load(): Promise<typeof import("../../src/adapter/queue-task.ts").queueTask> {
  vi.resetModules();
  return (await import("../../src/adapter/queue-task.ts")).queueTask;
}

afterEach(() => vi.unstubAllGlobals());

describe.each([true, false])("queueTask, in a runtime with setImmediate: %s", (immediate) => {
  it("runs each task after those before it, and after what promises had waiting", async () => {
    if (!immediate) vi.stubGlobal("setImmediate", undefined);
    const queueTask = await load();
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      for (const name of ["first", "second"]) {
        queueTask(() => {
          order.push(name);
          // Further than any promise of a fixed depth reaches.
          let deep = Promise.resolve();
          for (let depth = 0; depth < 50; depth++) deep = deep.then(() => {});
          deep.then(() => order.push(`after ${name}`));
        });
      }
      queueTask(resolve);
      order.push("now");
    });
    expect(order).toEqual(["now", "first", "after first", "second", "after second"]);
  });
});
