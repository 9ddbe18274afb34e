import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AdapterSettings } from "../../src/adapter/settings.ts";
import { type ConnectionHandler, Opcode, ReadyState } from "../../src/index.ts";
import { StreamConnection } from "../../src/web/stream-connection.ts";
import type { StreamOptions } from "../../src/web/streams.ts";
import { frame, KEY } from "../wire.ts";
import { Peer, settled } from "./pipes.ts";
import { uncaught } from "./uncaught.ts";

const text = (payload: string) => frame({ opcode: Opcode.Text, payload, key: KEY });
const CLOSE = frame({ opcode: Opcode.Close, payload: Uint8Array.of(0x03, 0xe8), key: KEY });
const LONG = "x".repeat(100_000);
const echo: ConnectionHandler = {
  onMessage: (message, connection) => void connection.send(message.opcode, message.data),
};

function serve(peer: Peer, handler: ConnectionHandler | undefined = echo, options: StreamOptions = {}) {
  return new StreamConnection(new AdapterSettings({ ...options, role: "server" }), handler, peer.streams);
}

/** On a writable whose writer is made up. */
function serveWriter(writer: object) {
  const writable = { locked: false, getWriter: () => writer } as WritableStream<Uint8Array>;
  return serve(Object.assign(new Peer(), { streams: { readable: new Peer().streams.readable, writable } }));
}

afterEach(() => vi.unstubAllGlobals());

describe("what is sent", () => {
  it("in answer to a chunk goes out in one write", async () => {
    const peer = new Peer();
    serve(peer);
    await settled();
    peer.say(text("a"), text("b"), frame({ opcode: Opcode.Ping, payload: "c", key: KEY }));
    await settled();
    expect(peer.out).toBe("\x81\x01a\x81\x01b\x8a\x01c");
    expect(peer.writes).toBe(1);
  });

  it("in one turn goes out in one write, with the next", async () => {
    const peer = new Peer();
    const connection = serve(peer);
    await settled();
    for (const payload of ["a", "b", "c"]) connection.sendText(payload);
    expect(peer.writes).toBe(0);
    await settled();
    expect(peer.out).toBe("\x81\x01a\x81\x01b\x81\x01c");
    expect(peer.writes).toBe(1);
  });

  it("is in memory that a stream may transfer", async () => {
    const peer = new Peer();
    const taken: ArrayBuffer[] = [];
    const writable = new WritableStream<Uint8Array>({
      write: (chunk) =>
        void taken.push(structuredClone(chunk.buffer as ArrayBuffer, { transfer: [chunk.buffer as ArrayBuffer] })),
    });
    const settings = new AdapterSettings({ role: "server" });
    const connection = new StreamConnection(settings, echo, { readable: peer.streams.readable, writable });
    for (const payload of ["first", "second", "third"]) {
      connection.sendText(payload);
      await settled();
    }
    expect(taken.map((buffer) => Buffer.from(buffer).toString("latin1"))).toEqual([
      "\x81\x05first",
      "\x81\x06second",
      "\x81\x05third",
    ]);
    expect(connection.readyState).toBe(ReadyState.Open);
  });
});

describe("a writable that is not ready", () => {
  it("has what is sent wait, and the peer is not read", async () => {
    const peer = new Peer({ reads: false });
    const connection = serve(peer);
    await settled();
    peer.say(text(LONG));
    await settled();
    peer.say(text(LONG));
    await settled();
    expect(connection.congested).toBe(true);
    const { pulls } = peer;
    for (let count = 0; count < 20; count++) peer.say(text(LONG));
    await settled();
    expect(peer.pulls).toBe(pulls);
    expect(connection.bufferedAmount).toBeLessThanOrEqual(2 * (LONG.length + 10));
    peer.read();
    await expect.poll(() => peer.out.length).toBe(22 * (LONG.length + 10));
    expect(connection.congested).toBe(false);
  });

  it("has what is sent in many turns go out in one write, once it is", async () => {
    const peer = new Peer({ reads: false });
    const connection = serve(peer);
    for (const payload of ["a", "b", "c", "d"]) {
      connection.sendText(payload);
      await settled();
    }
    peer.read();
    await settled();
    expect(peer.out).toBe("\x81\x01a\x81\x01b\x81\x01c\x81\x01d");
    expect(peer.writes).toBe(2);
  });

  it("is waited for by `drained`, which a connection that is given up ends", async () => {
    const peer = new Peer({ reads: false });
    const connection = serve(peer, { onMessage() {} });
    await connection.drained();
    connection.sendText("goes into the stream");
    await settled();
    connection.sendText(LONG);
    let ready = 0;
    void connection.drained().then(() => ready++);
    await settled();
    expect(ready).toBe(0);
    peer.read();
    await expect.poll(() => ready).toBe(1);
    const other = serve(new Peer({ reads: false }));
    other.sendText("goes into the stream");
    await settled();
    other.sendText(LONG);
    const given = other.drained();
    other.abort();
    expect(await given).toBe(false);
  });

  it("is given up in time", async () => {
    const peer = new Peer({ reads: false });
    const connection = serve(peer, echo, { closeTimeout: 20 });
    await settled();
    peer.say(text("a"));
    await settled();
    peer.end();
    expect(await connection.closed).toMatchObject({ code: 1006, clean: false });
    expect(peer.ended).toEqual([]);
    // The sink hears of it when it has done what it was doing.
    peer.read();
    await expect.poll(() => peer.ended).toEqual(["abort"]);
  });
});

it("a consumer may pause its peer: no chunk comes until it is resumed", async () => {
  const peer = new Peer();
  const seen: string[] = [];
  const connection = serve(peer, { onMessage: (message) => void seen.push(message.text()) });
  await settled();
  connection.pause();
  peer.say(text("asked for before"));
  peer.say(text("and after"));
  await settled();
  expect(seen).toEqual([]);
  connection.resume();
  await settled();
  expect(seen).toEqual(["asked for before", "and after"]);
});

it("nothing is waited for of a writable that was given up, though it is ready, as Cloudflare's is", async () => {
  let asked = 0;
  const writer = {
    desiredSize: 1 as number | null,
    closed: new Promise(() => {}),
    get ready() {
      return ++asked < 100 ? Promise.resolve() : new Promise(() => {});
    },
    write: async () => {},
    abort: async () => {
      writer.desiredSize = null;
    },
  };
  const connection = serveWriter(writer);
  connection.abort();
  await settled();
  expect(asked).toBeLessThan(5);
});

it("a writable that was closed before, or is closed by others, ends the connection", async () => {
  for (const early of [true, false]) {
    const peer = new Peer();
    if (early) await peer.streams.writable.close();
    const writer = vi.spyOn(peer.streams.writable, "getWriter");
    const connection = serve(peer);
    if (!early) void (writer.mock.results[0].value as WritableStreamDefaultWriter).close();
    expect(await connection.closed).toMatchObject({ code: 1006, clean: false });
    expect(connection.failure).toEqual(new TypeError("writable was closed by others"));
    expect(peer.ended).toContain("cancel");
  }
});

it("a writable that is being closed by others ends the connection, though Node throws as it is written to", async () => {
  const seen = uncaught();
  const peer = new Peer();
  peer.say(frame({ opcode: Opcode.Ping, key: KEY }));
  void peer.streams.writable.close();
  const connection = serve(peer, echo, { closeTimeout: 20 });
  expect(await connection.closed).toMatchObject({ code: 1006 });
  expect(connection.failure).toEqual(new TypeError("writable was closed by others"));
  await settled();
  expect(seen).toEqual([]);
});

it("a writable that never has room, but is ready, takes one write after the other", async () => {
  const written: Uint8Array[] = [];
  let took = () => {};
  const writer = {
    desiredSize: 0,
    closed: new Promise(() => {}),
    ready: Promise.resolve(),
    write: (bytes: Uint8Array) => {
      written.push(bytes);
      return new Promise<void>((resolve) => {
        took = resolve;
      });
    },
  };
  const connection = serveWriter(writer);
  connection.sendText("a");
  await settled();
  connection.sendText("b");
  await settled();
  expect(written.map((bytes) => Buffer.from(bytes).toString("latin1"))).toEqual(["\x81\x01a"]);
  took();
  await settled();
  expect(written.map((bytes) => Buffer.from(bytes).toString("latin1"))).toEqual(["\x81\x01a", "\x81\x01b"]);
});

it("what is waited for of a writer is asked for once no write is under way: in Cloudflare's runtime another never comes", async () => {
  const written: string[] = [];
  let took = () => {};
  let underWay = false;
  const writer = {
    get desiredSize() {
      return underWay ? 0 : 1;
    },
    get ready() {
      return underWay ? new Promise(() => {}) : Promise.resolve();
    },
    closed: new Promise(() => {}),
    write: (bytes: Uint8Array) => {
      written.push(Buffer.from(bytes).toString("latin1"));
      underWay = true;
      return new Promise<void>((resolve) => {
        took = () => {
          underWay = false;
          resolve();
        };
      });
    },
  };
  const connection = serveWriter(writer);
  connection.sendText("a");
  await settled();
  connection.sendText("b");
  await settled();
  expect(written).toEqual(["\x81\x01a"]);
  took();
  await settled();
  expect(written).toEqual(["\x81\x01a", "\x81\x01b"]);
});

it("a handler that pauses has nothing more asked for", async () => {
  const peer = new Peer();
  const connection = serve(peer, { onMessage: () => connection.pause() });
  await settled();
  peer.say(text("a"));
  await settled();
  expect(peer.pulls).toBe(1);
  connection.resume();
  await settled();
  expect(peer.pulls).toBe(2);
});

describe("a loop", () => {
  it("has the messages, and the peer waits while nobody asks", async () => {
    const peer = new Peer();
    const connection = new StreamConnection(
      new AdapterSettings({ role: "server", readAhead: 1000 }),
      undefined,
      peer.streams,
    );
    for (let count = 0; count < 50; count++) peer.say(text(`${count}`.padEnd(300)));
    await settled();
    expect(peer.pulls).toBeLessThan(10);
    const seen: string[] = [];
    peer.say(CLOSE);
    peer.end();
    for await (const message of connection) seen.push(message.text().trim());
    expect(seen).toEqual(Array.from({ length: 50 }, (_, count) => `${count}`));
    expect(await connection.closed).toMatchObject({ code: 1000, clean: true });
  });

  it("is not there beside a handler", () => {
    expect(() => serve(new Peer())[Symbol.asyncIterator]()).toThrow(TypeError);
  });
});

describe("the end", () => {
  it("of a peer that closes: the writable is closed first, then the readable read to its end", async () => {
    const peer = new Peer();
    const onClose = vi.fn();
    const connection = serve(peer, { ...echo, onClose });
    peer.say(CLOSE);
    await settled();
    expect(peer.out).toBe("\x88\x02\x03\xe8");
    expect(peer.ended).toEqual(["close"]);
    expect(onClose).not.toHaveBeenCalled();
    const { pulls } = peer;
    peer.say(text("dropped"));
    await settled();
    expect(peer.pulls).toBeGreaterThan(pulls);
    peer.end();
    expect(await connection.closed).toMatchObject({ code: 1000, clean: true });
    expect(peer.ended).toEqual(["close"]);
    expect(onClose).toHaveBeenCalledOnce();
  });

  it("is asked for once all has left: Deno's sockets drop what is being written as the peer's end is read", async () => {
    const peer = new Peer({ reads: false });
    const connection = serve(peer);
    peer.say(text(LONG), text("short"), CLOSE);
    peer.end();
    await settled();
    const { pulls } = peer;
    expect(connection.finished).toBe(true);
    expect(connection.readyState).toBe(ReadyState.Closing);
    peer.read();
    expect(await connection.closed).toMatchObject({ code: 1000, clean: true });
    expect(peer.out.slice(-11)).toBe("\x81\x05short\x88\x02\x03\xe8");
    expect(peer.pulls).toBe(pulls);
    expect(connection.unsent).toBe(0);
  });

  it("is asked for only then also where all is in one write", async () => {
    const peer = new Peer({ reads: false });
    const connection = serve(peer);
    peer.say(text("short"), CLOSE);
    peer.end();
    await settled();
    expect(connection.readyState).toBe(ReadyState.Closing);
    peer.read();
    expect(await connection.closed).toMatchObject({ code: 1000, clean: true });
  });

  it.each(["a rule is broken", "a handler throws"])(
    "is read for at once where %s, whatever waits: the peer may read only once it has said all",
    async (which) => {
      uncaught();
      const peer = new Peer({ reads: false });
      const connection = serve(peer, {
        onMessage(message, connection) {
          connection.send(message.opcode, message.data);
          if (message.text() === "throw") throw new Error("a fault of ours");
        },
      });
      await settled();
      const { pulls } = peer;
      peer.say(
        text(LONG),
        which === "a rule is broken" ? frame({ opcode: Opcode.Text, payload: "unmasked" }) : text("throw"),
      );
      for (let chunk = 0; chunk < 10; chunk++) peer.say(text(LONG));
      await settled();
      // All was taken, and more is asked for.
      expect(peer.pulls).toBe(pulls + 1);
      peer.read();
      await settled();
      expect(peer.out.length).toBeGreaterThan(LONG.length);
      expect(peer.out).toContain(which === "a rule is broken" ? "\x03\xea" : "\x88\x02\x03\xf3");
      peer.end();
      expect(await connection.closed).toMatchObject({ code: 1006 });
    },
  );

  it("is not clean where our Close has not left", async () => {
    const never = new Peer({ reads: false });
    const waiting = serve(never, echo, { closeTimeout: 20 });
    never.say(text("a"), CLOSE);
    expect(await waiting.closed).toMatchObject({ code: 1000, clean: false });

    const reset = new Peer({ reads: false });
    const cut = serve(reset);
    reset.say(text("a"), CLOSE);
    await settled();
    const error = new Error("reset");
    reset.failReadable(error);
    expect(await cut.closed).toMatchObject({ code: 1000, clean: false });
    expect(cut.failure).toBe(error);
  });

  it("is no failure after our Close has left, though the streams fail then: Deno's and Bun's do", async () => {
    const peer = new Peer();
    const connection = serve(peer);
    peer.say(frame({ opcode: Opcode.Text, payload: "unmasked" }));
    await settled();
    peer.failReadable(new Error("the socket is closed"));
    expect(await connection.closed).toMatchObject({ code: 1006, error: { code: "MASK_REQUIRED" } });
    expect(connection.failure).toBe(undefined);
  });

  it("closes the half that the peer reads, where that can be, instead of the writable: Deno's takes the whole socket with it", async () => {
    const peer = new Peer({ reads: false });
    const closeWrite = vi.fn(async () => void peer.ended.push(`closed behind ${peer.writes}`));
    const settings = new AdapterSettings({ role: "server" });
    const connection = new StreamConnection(settings, echo, { ...peer.streams, closeWrite });
    peer.say(text("a"), CLOSE);
    await settled();
    expect(peer.ended).toEqual([]);
    peer.read();
    await settled();
    expect(peer.ended).toEqual(["closed behind 1"]);
    peer.end();
    expect(await connection.closed).toMatchObject({ code: 1000, clean: true });
    expect(peer.ended).toEqual(["closed behind 1"]);
    expect(closeWrite).toHaveBeenCalledOnce();
  });

  it("is not waited for where the peer's half is gone already: Deno's sockets refuse to close it then", async () => {
    const peer = new Peer();
    const settings = new AdapterSettings({ role: "client", closeTimeout: 600_000 });
    const closeWrite = () => Promise.reject(new Error("bad resource"));
    const connection = new StreamConnection(settings, echo, { ...peer.streams, closeWrite });
    peer.say(frame({ opcode: Opcode.Close, payload: Uint8Array.of(0x03, 0xe8) }));
    peer.end();
    expect(await connection.closed).toMatchObject({ code: 1000, clean: true });
  });

  it("closes no half of what was given up meanwhile", async () => {
    const peer = new Peer({ reads: false });
    const closeWrite = vi.fn(async () => {});
    const connection = new StreamConnection(new AdapterSettings({ role: "server" }), echo, {
      ...peer.streams,
      closeWrite,
    });
    peer.say(CLOSE);
    await settled();
    connection.abort();
    peer.read();
    await connection.closed;
    await settled();
    expect(closeWrite).not.toHaveBeenCalled();
  });

  it("is left to the server by a client", async () => {
    const peer = new Peer();
    const settings = new AdapterSettings({ role: "client" });
    const connection = new StreamConnection(settings, echo, peer.streams);
    peer.say(frame({ opcode: Opcode.Close }));
    await settled();
    expect(peer.out.slice(0, 2)).toBe("\x88\x80");
    expect(peer.ended).toEqual([]);
    peer.end();
    expect(await connection.closed).toMatchObject({ code: 1005, clean: true });
    expect(peer.ended).toEqual(["close"]);
  });

  it("of a stream without a Close closes the writable, with what waits before it", async () => {
    const peer = new Peer();
    const onClose = vi.fn();
    const connection = serve(peer, { ...echo, onClose });
    peer.say(text("last"));
    peer.end();
    expect(await connection.closed).toMatchObject({ code: 1006, clean: false });
    expect(peer.out).toBe("\x81\x04last");
    expect(peer.ended).toEqual(["close"]);
    expect(onClose).toHaveBeenCalledOnce();
  });

  it.each(["readable", "writable"])("by an error of the %s is told once, with what it was", async (which) => {
    const peer = new Peer();
    const onClose = vi.fn();
    const connection = serve(peer, { ...echo, onClose }, { closeTimeout: 20 });
    const error = new Error("reset");
    await settled();
    which === "readable" ? peer.failReadable(error) : peer.failWritable(error);
    expect(await connection.closed).toMatchObject({ code: 1006, clean: false });
    expect(onClose).toHaveBeenCalledOnce();
    expect(connection.failure).toBe(error);
    await settled();
    expect(peer.ended).toEqual([which === "readable" ? "abort" : "cancel"]);
    expect(connection.sendText("too late")).toBe(false);
  });

  it("by an error of the writable comes behind what was not read yet: Node's fails as the peer's end comes", async () => {
    const peer = new Peer();
    const connection = new StreamConnection(
      new AdapterSettings({ role: "server", closeTimeout: 600_000 }),
      undefined,
      peer.streams,
    );
    const error = new Error("the operation was aborted");
    const seen: string[] = [];
    const all = (async () => {
      for await (const message of connection) {
        seen.push(message.text());
        await settled();
      }
    })();
    peer.say(text("one"));
    peer.say(text("two"));
    peer.failWritable(error);
    peer.say(text("three"), CLOSE);
    peer.end();
    await expect(all).rejects.toMatchObject({ name: "ConnectionFailed", cause: error });
    expect(seen).toEqual(["one", "two", "three"]);
    // Our Close has not left.
    expect(await connection.closed).toMatchObject({ code: 1000, clean: false });
    expect(connection.failure).toBe(error);
  });

  it("comes behind that also where a server's output was congested", async () => {
    const peer = new Peer({ reads: false });
    const seen: string[] = [];
    const onMessage: ConnectionHandler["onMessage"] = (message, connection) => {
      seen.push(message.text());
      connection.sendText(LONG);
    };
    const connection = serve(peer, { onMessage }, { highWaterMark: 1000, closeTimeout: 600_000 });
    peer.say(text("one"));
    peer.say(text("two"));
    await settled();
    expect([seen, connection.congested]).toEqual([["one"], true]);
    const error = new Error("broken pipe");
    peer.failWritable(error);
    peer.read();
    peer.say(text("three"), CLOSE);
    peer.end();
    expect(await connection.closed).toMatchObject({ code: 1000, clean: false });
    expect(seen).toEqual(["one", "two", "three"]);
    expect(connection.failure).toBe(error);
  });

  it.each([
    { role: "server", which: "readable", close: CLOSE },
    { role: "client", which: "writable", close: frame({ opcode: Opcode.Close, payload: Uint8Array.of(0x03, 0xe8) }) },
  ] as const)("by an error of a $role's $which after both Closes is clean, and no failure", async (at) => {
    const peer = new Peer();
    const told: unknown[] = [];
    const onClose = () => void told.push(connection.failure);
    const settings = new AdapterSettings({ role: at.role });
    const connection = new StreamConnection(settings, { ...echo, onClose }, peer.streams);
    peer.say(at.close);
    await settled();
    const error = new Error("the socket is closed");
    at.which === "readable" ? peer.failReadable(error) : peer.failWritable(error);
    if (at.which === "writable") peer.end();
    expect(await connection.closed).toMatchObject({ code: 1000, clean: true });
    expect([...told, connection.failure]).toEqual([undefined, undefined]);
  });

  it("by a write that fails is told once, though what was to end the streams fails, too", async () => {
    const error = new Error("broken pipe");
    const fail = async (): Promise<never> => Promise.reject(error);
    const writable = new WritableStream<Uint8Array>({ write: fail, abort: fail }, { highWaterMark: 10 });
    const readable = new ReadableStream<Uint8Array>({ cancel: fail });
    const onClose = vi.fn();
    const settings = new AdapterSettings({ role: "server", closeTimeout: 20 });
    const connection = new StreamConnection(settings, { ...echo, onClose }, { readable, writable });
    connection.sendBinary(new Uint8Array(100_000));
    expect(await connection.closed).toMatchObject({ code: 1006 });
    expect(connection.failure).toBe(error);
    expect(onClose).toHaveBeenCalledOnce();
    const other = new WritableStream<Uint8Array>({ abort: fail });
    const given = new StreamConnection(settings, echo, { readable: new Peer().streams.readable, writable: other });
    given.abort();
    // Vitest fails on a rejection that nobody has taken.
    expect(await given.closed).toMatchObject({ code: 1006 });
    await settled();
  });

  it("by an error is the cause of what a loop throws", async () => {
    const peer = new Peer();
    const connection = new StreamConnection(new AdapterSettings({ role: "server" }), undefined, peer.streams);
    const error = new Error("reset");
    const next = connection[Symbol.asyncIterator]().next();
    peer.failReadable(error);
    await expect(next).rejects.toMatchObject({ name: "ConnectionFailed", cause: error });
  });

  it.each([
    ["a string", "text"],
    ["an ArrayBuffer", new ArrayBuffer(8)],
    ["nothing", null],
  ])("comes with one clear error when a chunk is %s", async (_, chunk) => {
    const peer = new Peer();
    const onClose = vi.fn();
    const connection = serve(peer, { ...echo, onClose });
    peer.say(text("before"));
    peer.give(chunk);
    expect(await connection.closed).toMatchObject({ code: 1006 });
    expect(connection.failure).toEqual(new TypeError("readable must give chunks that are Uint8Arrays"));
    expect(onClose).toHaveBeenCalledOnce();
    await settled();
    expect(peer.ended.sort()).toEqual(["abort", "cancel"]);
  });

  it("by a readable that fails is noticed though it is paused, with and without a chunk at hand", async () => {
    for (const chunks of [[], [text("kept")]]) {
      const peer = new Peer();
      const connection = serve(peer);
      await settled();
      connection.pause();
      for (const chunk of chunks) peer.say(chunk);
      await settled();
      const fault = new Error("reset");
      peer.failReadable(fault);
      expect(await Promise.race([connection.closed, settled().then(settled)])).toMatchObject({ code: 1006 });
      expect(connection.failure).toBe(fault);
      expect(peer.ended).toEqual(["abort"]);
    }
  });

  it("by `end` is waited for, and its signal gives it up", async () => {
    const peer = new Peer();
    const connection = serve(peer);
    const ended = connection.end({ code: 4001, reason: "enough", signal: AbortSignal.timeout(20) });
    await settled();
    expect(peer.out).toBe("\x88\x08\x0f\xa1enough");
    expect(await ended).toMatchObject({ code: 1006, clean: false });
    expect(peer.ended.sort()).toEqual(["abort", "cancel"]);
  });

  it("by `abort` sends nothing more, and leaves nothing open", async () => {
    const peer = new Peer();
    const connection = serve(peer);
    await settled();
    connection.sendText("never");
    connection.abort();
    expect(await connection.closed).toMatchObject({ code: 1006 });
    await settled();
    expect(peer.out).toBe("");
    expect(peer.ended.sort()).toEqual(["abort", "cancel"]);
  });

  it("of the protocol, violated, is a Close that says so", async () => {
    const peer = new Peer();
    const connection = serve(peer);
    peer.say(frame({ opcode: Opcode.Text, payload: "not masked" }));
    await settled();
    expect(peer.out[0] + peer.out.slice(2, 4)).toBe("\x88\x03\xea");
    expect(peer.ended).toEqual(["close"]);
    peer.end();
    expect(await connection.closed).toMatchObject({ error: { code: "MASK_REQUIRED" } });
  });
});

describe("a timeout", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const times = { keepAliveInterval: 1000, keepAliveTimeout: 500, closeTimeout: 200 };

  it("ends what answers neither Ping nor Close, and what does not end its half", async () => {
    const silent = new Peer();
    serve(silent, echo, times);
    await settled();
    vi.advanceTimersByTime(1001);
    await settled();
    expect(silent.out.slice(0, 2)).toBe("\x89\x04");
    vi.advanceTimersByTime(502);
    await settled();
    expect(silent.ended.sort()).toEqual(["abort", "cancel"]);

    const deaf = new Peer();
    serve(deaf, echo, times).close(1001, "gone");
    await settled();
    vi.advanceTimersByTime(202);
    await settled();
    expect(deaf.ended.sort()).toEqual(["abort", "cancel"]);

    const halfOpen = new Peer();
    const connection = serve(halfOpen, echo, times);
    halfOpen.say(CLOSE);
    await settled();
    expect(halfOpen.ended).toEqual(["close"]);
    vi.advanceTimersByTime(202);
    expect(await connection.closed).toMatchObject({ code: 1000 });
    expect(halfOpen.ended).toEqual(["close", "cancel"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not end a peer that is slow, but reads", async () => {
    const peer = new Peer({ reads: false });
    const connection = serve(peer, { onMessage() {} }, times);
    for (let count = 0; count < 20; count++) connection.sendBinary(new Uint8Array(LONG.length));
    for (let round = 0; round < 12; round++) {
      await settled();
      vi.advanceTimersByTime(300);
      peer.readOne();
    }
    expect(peer.ended).toEqual([]);
    await settled();
    vi.advanceTimersByTime(2600);
    await settled();
    expect(peer.ended).toEqual(["cancel"]);
    expect(await connection.closed).toMatchObject({ code: 1006 });
  });
});

describe("what carries the streams", () => {
  const ends: [string, string, number, (peer: Peer, connection: StreamConnection) => void][] = [
    ["is given up", "is closed once", 1, (_, connection) => connection.abort()],
    ["fails", "is closed once", 1, (peer) => peer.failReadable(new Error("reset"))],
    ["ends cleanly", "is let alone", 0, (peer) => [peer.say(CLOSE), peer.end()]],
  ];
  it.each(ends)("when the connection %s, %s", async (_, _what, times, end) => {
    const peer = new Peer();
    const close = vi.fn(function (this: unknown) {
      expect(this).toBe(streams);
      expect(connection.readyState).toBe(ReadyState.Closed);
    });
    const streams = { ...peer.streams, close };
    const connection = new StreamConnection(new AdapterSettings({ role: "server" }), echo, streams);
    await settled();
    expect(close).not.toHaveBeenCalled();
    end(peer, connection);
    await connection.closed;
    await settled();
    expect(close).toHaveBeenCalledTimes(times);
  });

  it("may refuse to: Deno's sockets throw once they are closed", async () => {
    for (const close of [() => Promise.reject(new Error("closed")), () => expect.unreachable("closed")]) {
      const settings = new AdapterSettings({ role: "server" });
      const connection = new StreamConnection(settings, echo, { ...new Peer().streams, close });
      connection.abort();
      expect(await connection.closed).toMatchObject({ code: 1006 });
      await settled();
    }
  });
});

it("a handler that throws has the peer told 1011, and what it threw is not lost", async () => {
  const seen = uncaught();
  const peer = new Peer();
  const fault = new Error("a fault of ours");
  const connection = serve(peer, {
    onMessage() {
      throw fault;
    },
  });
  peer.say(text("a"));
  await settled();
  expect(peer.out.slice(0, 4)).toBe("\x88\x02\x03\xf3");
  peer.end();
  expect(await connection.closed).toMatchObject({ code: 1006 });
  expect(seen).toEqual([fault]);
});

it("a handler that throws as the connection closes leaves nothing open", async () => {
  const seen = uncaught();
  const peer = new Peer();
  const fault = new Error("a fault of ours");
  const onClose = (): void => {
    throw fault;
  };
  const connection = serve(peer, { ...echo, onClose });
  await settled();
  peer.failReadable(new Error("reset"));
  await connection.closed;
  expect(peer.ended).toEqual(["abort"]);
  expect(seen).toEqual([fault]);
});

it("takes only streams that nobody else reads or writes", () => {
  const make = (streams: unknown) =>
    new StreamConnection(new AdapterSettings({ role: "server" }), echo, streams as Peer["streams"]);
  const { readable, writable } = new Peer().streams;
  expect(() => make(undefined)).toThrow(/^readable must/);
  expect(() => make({ readable })).toThrow(/^writable must be a WritableStream/);
  const writer = writable.getWriter();
  expect(() => make({ readable, writable })).toThrow("writable must not be locked");
  expect(readable.locked).toBe(false);
  writer.releaseLock();
  readable.getReader();
  expect(() => make({ readable, writable })).toThrow("readable must not be locked");
});
