// What every `connect` does about time and signals; how each gives up what it has opened, its own tests show.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AdapterConnection } from "../../src/adapter/adapter-connection.ts";
import { ConnectError } from "../../src/adapter/connect-error.ts";
import { openInTime } from "../../src/adapter/open-in-time.ts";

/** An attempt that waits until it is told how it ends. */
class Waiting {
  failed = 0;
  readonly connection = { abort: vi.fn(), failFor() {}, closed: new Promise(() => {}) } as unknown as AdapterConnection;
  succeed!: () => void;
  #reject!: (error: unknown) => void;
  readonly opening = new Promise<AdapterConnection>((resolve, reject) => {
    this.succeed = () => resolve(this.connection);
    this.#reject = reject;
  });

  giveUp(failure: ConnectError): void {
    this.#reject(failure);
  }

  fail(error: unknown): unknown {
    this.failed++;
    return error;
  }
}

let waiting: Waiting;
beforeEach(() => {
  vi.useFakeTimers();
  waiting = new Waiting();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const open = (timeout: number, signal?: AbortSignal): Promise<AdapterConnection> =>
  openInTime(waiting, timeout, signal, () => waiting.opening);

describe("openInTime", () => {
  it("gives the connection, and leaves no timer", async () => {
    const opened = open(100);
    waiting.succeed();
    expect(await opened).toBe(waiting.connection);
    expect(waiting.failed).toBe(0);
  });

  it("fails with TIMED_OUT when the time is over, and has the attempt leave nothing open", async () => {
    const opened = open(100);
    vi.advanceTimersByTime(99);
    expect(waiting.failed).toBe(0);
    vi.advanceTimersByTime(1);
    await expect(opened).rejects.toMatchObject({ code: "TIMED_OUT" });
    expect(waiting.failed).toBe(1);
  });

  it("fails with ABORTED, and the signal's reason, when that is aborted meanwhile", async () => {
    const controller = new AbortController();
    const opened = open(100, controller.signal);
    controller.abort("why");
    await expect(opened).rejects.toMatchObject({ code: "ABORTED", cause: "why" });
    expect(waiting.failed).toBe(1);
  });

  it("opens nothing for a signal that is aborted already", async () => {
    const opening = vi.fn(() => waiting.opening);
    const opened = openInTime(waiting, 100, AbortSignal.abort("before"), opening);
    await expect(opened).rejects.toMatchObject({ code: "ABORTED", cause: "before" });
    expect(opening).not.toHaveBeenCalled();
    expect(waiting.failed).toBe(1);
  });

  it("has the signal abort the connection, once that is open", async () => {
    const controller = new AbortController();
    const opened = open(100, controller.signal);
    waiting.succeed();
    await opened;
    controller.abort();
    expect(waiting.connection.abort).toHaveBeenCalledOnce();
    expect(waiting.failed).toBe(0);
  });

  it("fails with what opening threw", async () => {
    const fault = new ConnectError("CUT_OFF");
    const opened = openInTime(waiting, 100, undefined, () => Promise.reject(fault));
    await expect(opened).rejects.toBe(fault);
    expect(waiting.failed).toBe(1);
  });
});
