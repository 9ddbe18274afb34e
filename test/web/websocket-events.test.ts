import { afterEach, describe, expect, it, vi } from "vitest";

async function load(): Promise<typeof import("../../src/web/websocket-events.ts")> {
  vi.resetModules();
  return import("../../src/web/websocket-events.ts");
}

afterEach(() => vi.unstubAllGlobals());

describe("the events of a runtime without them", () => {
  it("are like the standard's", async () => {
    vi.stubGlobal("CloseEvent", undefined);
    vi.stubGlobal("ErrorEvent", undefined);
    const { CloseEvent, ErrorEvent } = await load();
    const close = new CloseEvent("close", { wasClean: true, code: 3000, reason: "why", cancelable: true });
    expect(close).toBeInstanceOf(Event);
    expect([close.type, close.wasClean, close.code, close.reason]).toEqual(["close", true, 3000, "why"]);
    expect([close.cancelable, close.bubbles]).toEqual([true, false]);
    expect(Object.prototype.toString.call(close)).toBe("[object CloseEvent]");
    const plain = new CloseEvent("close");
    expect([plain.wasClean, plain.code, plain.reason]).toEqual([false, 0, ""]);
    const cause = new Error("cause");
    const error = new ErrorEvent("error", { message: "what", error: cause });
    expect([error.type, error.message, error.error]).toEqual(["error", "what", cause]);
    expect(Object.prototype.toString.call(error)).toBe("[object ErrorEvent]");
    expect([new ErrorEvent("error").message, new ErrorEvent("error").error]).toEqual(["", null]);
  });
});

it("are the runtime's own where it has them", async () => {
  class Own extends Event {}
  vi.stubGlobal("CloseEvent", Own);
  vi.stubGlobal("ErrorEvent", Own);
  const { CloseEvent, ErrorEvent } = await load();
  expect([CloseEvent, ErrorEvent]).toEqual([Own, Own]);
});
