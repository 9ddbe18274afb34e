import { expect, it, vi } from "vitest";
import { EventHandlers } from "../../src/web/event-handlers.ts";

/** Has the attribute `onping`. */
class Target extends EventTarget {
  readonly #handlers = new EventHandlers(this);
  readonly calls: string[] = [];

  get onping(): unknown {
    return this.#handlers.get("ping");
  }
  set onping(handler: unknown) {
    this.#handlers.set("ping", handler);
  }

  dispatch(): string[] {
    this.calls.length = 0;
    this.dispatchEvent(new Event("ping"));
    return this.calls;
  }
}

it("calls a handler once, a listener beside it", () => {
  const target = new Target();
  target.onping = () => target.calls.push("handler");
  target.addEventListener("ping", () => target.calls.push("listener"));
  expect(target.dispatch().sort()).toEqual(["handler", "listener"]);
});

it("leaves the calling to a runtime that does it anyway, as Cloudflare's", async () => {
  class Calling extends EventTarget {
    override dispatchEvent(event: Event): boolean {
      const attributes = this as unknown as Record<string, ((event: Event) => void) | undefined>;
      attributes[`on${event.type}`]?.(event);
      return super.dispatchEvent(event);
    }
  }
  vi.resetModules();
  vi.stubGlobal("EventTarget", Calling);
  const anew = await import("../../src/web/event-handlers.ts");
  const target = new Calling();
  const handlers = new anew.EventHandlers(target);
  Object.defineProperty(target, "onping", { get: () => handlers.get("ping") });
  let calls = 0;
  handlers.set("ping", () => calls++);
  target.dispatchEvent(new Event("ping"));
  vi.unstubAllGlobals();
  expect(calls).toBe(1);
});

it("calls a handler with its target as this, in the place where the first one was set", () => {
  const target = new Target();
  const { calls } = target;
  expect(target.onping).toBe(null);
  target.onping = () => calls.push("first");
  target.addEventListener("ping", () => calls.push("listener"));
  const second = function (this: unknown, event: Event): void {
    calls.push(`second ${this === target} ${event.type}`);
  };
  target.onping = second;
  expect(target.onping).toBe(second);
  expect(target.dispatch()).toEqual(["second true ping", "listener"]);
});

it("lets go of it at null and at what is no object, and a later one comes last", () => {
  const target = new Target();
  const { calls } = target;
  for (const nothing of [null, undefined, "text", 5]) {
    target.onping = () => calls.push("handler");
    target.onping = nothing;
    expect(target.onping).toBe(null);
    expect(target.dispatch()).toEqual([]);
  }
  target.onping = () => calls.push("early");
  target.addEventListener("ping", () => calls.push("listener"));
  target.onping = null;
  target.onping = () => calls.push("late");
  expect(target.dispatch()).toEqual(["listener", "late"]);
});

it("keeps an object that cannot be called, and does not call its handleEvent", () => {
  const target = new Target();
  const { calls } = target;
  const object = { handleEvent: () => calls.push("called") };
  target.onping = object;
  expect(target.onping).toBe(object);
  expect(target.dispatch()).toEqual([]);
});
