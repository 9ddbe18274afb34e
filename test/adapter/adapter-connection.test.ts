// What all adapters have in common, over nothing at all: how it is with sockets and streams, their own tests show.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AdapterConnection, abortOn } from "../../src/adapter/adapter-connection.ts";
import { type AdapterOptions, AdapterSettings } from "../../src/adapter/settings.ts";
import { type Closure, type ConnectionHandler, Opcode, ReadyState } from "../../src/index.ts";
import { frame, KEY } from "../wire.ts";

const text = (payload: string) => frame({ opcode: Opcode.Text, payload, key: KEY });
const CLOSE = frame({ opcode: Opcode.Close, key: KEY });

class Bare extends AdapterConnection {
  /** What was done, in order. */
  readonly done: string[] = [];
  blocked = false;
  #gone = false;
  #resolve!: (closure: Closure) => void;
  readonly #closed: Promise<Closure>;

  constructor(handler?: ConnectionHandler, options: Partial<AdapterOptions> = {}) {
    super(new AdapterSettings({ role: "server", ...options }), handler);
    this.#closed = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.flush();
    this.done.length = 0;
  }

  get closed(): Promise<Closure> {
    return this.#closed;
  }

  say(...frames: Uint8Array[]): void {
    this.take(Uint8Array.from(Buffer.concat(frames)));
  }

  hangUp(): void {
    this.takeEof();
  }

  unblock(): void {
    this.blocked = false;
    this.drain();
  }

  leave(): void {
    this.#gone = true;
    this.wasClosed();
    this.#resolve(this.closure!);
  }

  protected write(): void {
    while (!this.blocked) {
      const bytes = this.takeBytes();
      if (bytes === undefined) return;
      this.done.push(`write ${Buffer.from(bytes).toString("latin1")}`);
    }
  }

  get unsent(): number {
    return this.bufferedAmount;
  }

  protected closeOutput(): void {
    this.done.push("end");
  }

  protected destroy(): void {
    this.done.push("destroy");
    if (!this.#gone) this.leave();
  }

  protected get gone(): boolean {
    return this.#gone;
  }

  protected flow(): void {
    this.done.push(this.stopped ? "stop" : "read");
  }

  protected flushSoon(): void {
    queueMicrotask(() => this.flush());
  }
}

const echo: ConnectionHandler = {
  onMessage: (message, connection) => void connection.send(message.opcode, message.data),
};

it("sends what a chunk causes in one go, and what is sent in one turn", async () => {
  const connection = new Bare(echo);
  connection.say(text("a"), text("b"));
  expect(connection.done).toEqual(["write \x81\x01a\x81\x01b", "read"]);
  connection.done.length = 0;
  connection.sendText("c");
  connection.sendText("d");
  expect(connection.done).toEqual([]);
  await Promise.resolve();
  expect(connection.done).toEqual(["write \x81\x01c\x81\x01d", "read"]);
  connection.abort();
});

it("lets the peer wait while it is paused, or does not read itself; no longer once all is said", () => {
  const connection = new Bare(echo, { highWaterMark: 10 });
  connection.pause();
  connection.resume();
  connection.blocked = true;
  connection.say(text("longer than ten"));
  connection.unblock();
  connection.pause();
  connection.say(CLOSE);
  expect(connection.done).toEqual([
    "stop",
    "read",
    "stop",
    "write \x81\x0flonger than ten",
    "read",
    "stop",
    "write \x88\x00",
    "end",
    "read",
  ]);
  connection.abort();
});

it("reads on as a client whose server does not read: that may wait for it to", () => {
  const connection = new Bare(echo, { role: "client", highWaterMark: 10 });
  connection.blocked = true;
  connection.sendText("longer than ten");
  expect(connection.congested).toBe(true);
  connection.pause();
  connection.resume();
  expect(connection.done).toEqual(["stop", "read"]);
  connection.abort();
});

describe("its own time", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("ends what does not answer a Ping, and what is still open after its end", async () => {
    const times = { keepAliveInterval: 1000, keepAliveTimeout: 500, closeTimeout: 200 };
    const silent = new Bare(echo, times);
    vi.advanceTimersByTime(1001);
    expect(silent.done[0].slice(0, 8)).toBe("write \x89\x04");
    vi.advanceTimersByTime(502);
    expect(silent.done).toContain("destroy");
    expect(await silent.closed).toMatchObject({ code: 1006 });
    const open = new Bare(echo, times);
    open.hangUp();
    expect(open.done).toEqual(["end", "read"]);
    vi.advanceTimersByTime(202);
    expect(open.done).toContain("destroy");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not end a peer that is paused, or that drains", () => {
    for (const act of [(one: Bare) => one.pause(), (one: Bare) => one.unblock()]) {
      const connection = new Bare(echo, { keepAliveInterval: 1000, keepAliveTimeout: 500 });
      for (let round = 0; round < 4; round++) {
        act(connection);
        vi.advanceTimersByTime(900);
      }
      expect(connection.done).not.toContain("destroy");
      connection.abort();
    }
  });
});

it("has its messages in a loop, or in a handler, and stops the loop's at its end", async () => {
  expect(() => new Bare(echo)[Symbol.asyncIterator]()).toThrow(TypeError);
  const connection = new Bare();
  connection.say(text("a"));
  const ended = connection.end({ code: 4001, reason: "bye" });
  connection.say(text("dropped"), CLOSE);
  connection.hangUp();
  connection.leave();
  expect(await ended).toMatchObject({ code: 1005, clean: true });
  const seen: string[] = [];
  for await (const message of connection) seen.push(message.text());
  expect(seen).toEqual(["a"]);
  expect(connection.done).toContain("write \x88\x05\x0f\xa1bye");
});

it("an end is refused by the name of what is wrong, and does nothing", async () => {
  const connection = new Bare();
  await expect(connection.end(1001 as never)).rejects.toThrow(new TypeError("options must be an object, not 1001"));
  await expect(connection.end(null as never)).rejects.toThrow(new TypeError("options must be an object, not null"));
  const signal = 5 as never;
  await expect(connection.end({ signal })).rejects.toThrow(new TypeError("signal must be an AbortSignal, not 5"));
  expect(connection.readyState).toBe(ReadyState.Open);
  connection.abort();
});

describe("abortOn", () => {
  it("has a loop fail for the signal's reason, unless the connection is closed already", async () => {
    const cause = new Error("enough");
    const lost = new Bare();
    abortOn(AbortSignal.abort(cause), lost);
    await expect(lost[Symbol.asyncIterator]().next()).rejects.toMatchObject({ name: "ConnectionFailed", cause });

    const controller = new AbortController();
    const closed = new Bare();
    abortOn(controller.signal, closed);
    closed.hangUp();
    controller.abort(cause);
    const error = await closed[Symbol.asyncIterator]()
      .next()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "ConnectionFailed", cause: undefined });
  });

  it("does not take the place of what the peer did wrong", async () => {
    const connection = new Bare();
    connection.say(Uint8Array.of(0x83, 0x80));
    abortOn(AbortSignal.abort(new Error("enough")), connection);
    const next = connection[Symbol.asyncIterator]().next();
    await expect(next).rejects.toMatchObject({ cause: { code: "RESERVED_OPCODE" } });
  });

  it("aborts at once, later, and not once nothing is open", async () => {
    const reason = new Error("enough");
    const before = new Bare(echo);
    abortOn(AbortSignal.abort(reason), before);
    expect(before.aborted).toBe(true);

    const controller = new AbortController();
    const later = new Bare(echo);
    abortOn(controller.signal, later);
    expect(later.aborted).toBe(false);
    const removed = vi.spyOn(controller.signal, "removeEventListener");
    controller.abort(reason);
    expect(later.aborted).toBe(true);
    await later.closed;
    expect(removed).toHaveBeenCalledOnce();
  });
});
