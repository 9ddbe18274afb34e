import { afterEach, describe, expect, it, vi } from "vitest";
import { TASK_SOURCES } from "./task-sources.ts";

async function load(): Promise<typeof import("../../src/adapter/queue-task.ts").queueTask> {
  vi.resetModules();
  return (await import("../../src/adapter/queue-task.ts")).queueTask;
}

afterEach(() => vi.unstubAllGlobals());

describe.each(TASK_SOURCES)("queueTask, by %s", (_, leaveOnly) => {
  it("runs each task after those before it, and after what promises had waiting", async () => {
    leaveOnly();
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

// Timers wait there: each that a timer has set 4 ms, and in a hidden page a second or more.
it("no timer is waited for in browsers", async () => {
  vi.stubGlobal("setImmediate", undefined);
  const setTimeout = vi.fn();
  vi.stubGlobal("setTimeout", setTimeout);
  const queueTask = await load();
  await new Promise<void>((resolve) => queueTask(resolve));
  expect(setTimeout).not.toHaveBeenCalled();
});

it("no channel is made before there is a task: it would keep a program from its end", async () => {
  vi.stubGlobal("setImmediate", undefined);
  const made = vi.fn();
  class Counted extends MessageChannel {
    constructor() {
      super();
      made();
    }
  }
  vi.stubGlobal("MessageChannel", Counted);
  const queueTask = await load();
  expect(made).not.toHaveBeenCalled();
  for (let task = 0; task < 2; task++) await new Promise<void>((resolve) => queueTask(resolve));
  expect(made).toHaveBeenCalledOnce();
});
