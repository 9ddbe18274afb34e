import { expect, it } from "vitest";
import { EventHandlers } from "../../src/web/event-handlers.ts";

function made(): { handlers: EventHandlers; target: EventTarget; calls: string[]; dispatch: () => string[] } {
  const target = new EventTarget();
  const calls: string[] = [];
  const dispatch = (): string[] => {
    calls.length = 0;
    target.dispatchEvent(new Event("ping"));
    return calls;
  };
  return { handlers: new EventHandlers(target), target, calls, dispatch };
}

it("calls a handler with its target as this, in the place where the first one was set", () => {
  const { handlers, target, calls, dispatch } = made();
  expect(handlers.get("ping")).toBe(null);
  handlers.set("ping", () => calls.push("first"));
  target.addEventListener("ping", () => calls.push("listener"));
  const second = function (this: unknown, event: Event): void {
    calls.push(`second ${this === target} ${event.type}`);
  };
  handlers.set("ping", second);
  expect(handlers.get("ping")).toBe(second);
  expect(dispatch()).toEqual(["second true ping", "listener"]);
});

it("lets go of it at null and at what is no object, and a later one comes last", () => {
  const { handlers, target, calls, dispatch } = made();
  for (const nothing of [null, undefined, "text", 5]) {
    handlers.set("ping", () => calls.push("handler"));
    handlers.set("ping", nothing);
    expect(handlers.get("ping")).toBe(null);
    expect(dispatch()).toEqual([]);
  }
  handlers.set("ping", () => calls.push("early"));
  target.addEventListener("ping", () => calls.push("listener"));
  handlers.set("ping", null);
  handlers.set("ping", () => calls.push("late"));
  expect(dispatch()).toEqual(["listener", "late"]);
});

it("keeps an object that cannot be called, and does not call its handleEvent", () => {
  const { handlers, calls, dispatch } = made();
  const object = { handleEvent: () => calls.push("called") };
  handlers.set("ping", object);
  expect(handlers.get("ping")).toBe(object);
  expect(dispatch()).toEqual([]);
});
