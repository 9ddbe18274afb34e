// Every way that `connect` can fail over streams, with servers that say exactly what a test wants.

import { describe, expect, it, vi } from "vitest";
import { acceptKey } from "../../src/handshake/index.ts";
import { type ConnectionHandler, Opcode } from "../../src/index.ts";
import { sha1 } from "../../src/web/sha1.ts";
import { ConnectError, type ConnectOptions, connect, type Dial, type DialTarget } from "../../src/web/streams.ts";
import { concat, frame } from "../wire.ts";
import { Peer, settled } from "./pipes.ts";

const URI = "ws://a.example/chat?room=1";
const text = (payload: string) => frame({ opcode: Opcode.Text, payload });

/** What opens the WebSocket that `head` asks for. */
function opened(head: string, ...lines: string[]): Buffer {
  const key = /^Sec-WebSocket-Key: (.*)\r$/m.exec(head)?.[1] ?? "";
  const accept = `Sec-WebSocket-Accept: ${acceptKey(key, sha1)}`;
  const all = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", accept, ...lines];
  return Buffer.from(`${all.join("\r\n")}\r\n\r\n`);
}

/** What `connecting` fails with; afterwards, the streams of `peer` are given up. */
async function failure(connecting: Promise<unknown>, peer?: Peer): Promise<ConnectError> {
  const error = await connecting.then(
    () => expect.unreachable("it is open"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConnectError);
  await settled();
  if (peer !== undefined) expect(new Set(peer.ended)).toEqual(new Set(["abort", "cancel"]));
  return error as ConnectError;
}

async function answered(peer: Peer, ...lines: string[]): Promise<void> {
  await settled();
  peer.say(opened(peer.out, ...lines));
}

describe("a server that opens", () => {
  it("is told what was asked for, and what it answers is kept", async () => {
    const peer = new Peer();
    const connecting = connect(URI, peer.streams, {
      protocols: ["chat", "soap"],
      origin: "http://a.example",
      headers: { Cookie: "a=1" },
    });
    await answered(peer, "Sec-WebSocket-Protocol: soap");
    const connection = await connecting;
    expect(connection.protocol).toBe("soap");
    expect(peer.out).toMatch(/^GET \/chat\?room=1 HTTP\/1\.1\r\n/);
    for (const line of ["Origin: http://a.example", "Cookie: a=1", "Sec-WebSocket-Protocol: chat, soap"]) {
      expect(peer.out).toContain(`\r\n${line}\r\n`);
    }
    connection.abort();
  });

  it.each([true, false])("may send messages right behind its answer, with a handler: %s", async (handled) => {
    const peer = new Peer();
    const seen: string[] = [];
    const handler = { onMessage: (message: { text(): string }) => void seen.push(message.text()) };
    const connecting = connect(URI, peer.streams, handled ? { handler } : {});
    await settled();
    const bytes = concat(opened(peer.out), text("one"), text("two"));
    for (const byte of bytes) peer.say(Uint8Array.of(byte));
    peer.say(text("three"), frame({ opcode: Opcode.Close }));
    peer.end();
    const connection = await connecting;
    if (!handled) for await (const message of connection) seen.push(message.text());
    expect(await connection.closed).toMatchObject({ code: 1005, clean: true });
    expect(seen).toEqual(["one", "two", "three"]);
  });

  it("may say all of that in one chunk", async () => {
    const peer = new Peer();
    const connecting = connect(URI, peer.streams);
    await settled();
    peer.say(opened(peer.out), text("first"));
    expect((await (await connecting)[Symbol.asyncIterator]().next()).value?.text()).toBe("first");
  });
});

describe("a server that does not open", () => {
  it.each([
    ["403", "HTTP/1.1 403 Forbidden\r\nX-Why: because\r\nContent-Length: 0\r\n\r\n", 403],
    ["a redirect", "HTTP/1.1 302 Found\r\nLocation: ws://b.example/\r\n\r\n", 302],
    ["no HTTP", "220 smtp.example ESMTP\r\n", 0],
    ["a head without end", `HTTP/1.1 101 X\r\n${"X-Long: y\r\n".repeat(3000)}`, 0],
  ])("says %s", async (_, answer, status) => {
    const peer = new Peer();
    peer.say(Buffer.from(answer));
    const error = await failure(connect(URI, peer.streams), peer);
    expect(error).toMatchObject({ code: "REFUSED", status });
    expect(error.reason).toMatch(/^[A-Z].*\.$/);
    if (status === 302) expect(error.headers).toEqual([["Location", "ws://b.example/"]]);
  });

  it.each(["end", "error"])("cuts the connection at any byte of its answer by an %s", async (how) => {
    const reset = new Error("reset");
    for (let at = 0; ; at++) {
      const peer = new Peer();
      const connecting = connect(URI, peer.streams);
      await settled();
      const answer = opened(peer.out);
      if (at === answer.length) {
        peer.failReadable(reset);
        await failure(connecting);
        break;
      }
      peer.say(answer.subarray(0, at));
      how === "end" ? peer.end() : peer.failReadable(reset);
      const error = await failure(connecting);
      expect(error).toMatchObject({ code: "CUT_OFF", ...(how === "end" ? {} : { cause: reset }) });
      expect(peer.ended).toEqual(["abort"]);
    }
  });

  it("takes nothing: the writable's error is the cause", async () => {
    const peer = new Peer();
    const connecting = connect(URI, peer.streams);
    await settled();
    const error = new Error("broken pipe");
    peer.failWritable(error);
    expect(await failure(connecting)).toMatchObject({ code: "CUT_OFF", cause: error });
    expect(peer.ended).toEqual(["cancel"]);
  });

  it("can be told nothing, since others have closed the writable", async () => {
    for (const early of [true, false]) {
      const peer = new Peer();
      if (early) await peer.streams.writable.close();
      const writer = vi.spyOn(peer.streams.writable, "getWriter");
      const failed = failure(connect(URI, peer.streams));
      await settled();
      if (!early) void (writer.mock.results[0].value as WritableStreamDefaultWriter).close();
      const cause = new TypeError("writable was closed by others");
      expect(await failed).toMatchObject({ code: "CUT_OFF", cause });
      expect(peer.ended).toEqual(["close", "cancel"]);
    }
  });

  it("has what carries the streams closed, where it can be", async () => {
    const peer = new Peer();
    const close = vi.fn();
    const connecting = connect(URI, { ...peer.streams, close }, { openingTimeout: 20 });
    expect((await failure(connecting, peer)).code).toBe("TIMED_OUT");
    expect(close).toHaveBeenCalledOnce();
  });

  it("gives what are no bytes", async () => {
    const peer = new Peer();
    peer.give("HTTP/1.1 101 X");
    const error = await failure(connect(URI, peer.streams), peer);
    expect(error.cause).toEqual(new TypeError("readable must give chunks that are Uint8Arrays"));
  });
});

describe("a dial function", () => {
  it("is told where to, and its streams are used", async () => {
    const peer = new Peer();
    const targets: DialTarget[] = [];
    const dial: Dial = async (target) => {
      targets.push(target);
      return peer.streams;
    };
    const connecting = connect("wss://[::1]:8443/", dial);
    await answered(peer);
    (await connecting).abort();
    expect(targets).toMatchObject([{ hostname: "::1", port: 8443, secure: true }]);
    expect(targets[0].signal.aborted).toBe(false);
  });

  it.each([
    ["rejects", async () => Promise.reject(new Error("no route"))],
    [
      "throws",
      () => {
        throw new Error("no route");
      },
    ],
  ])("that %s is UNREACHABLE, with the cause", async (_, dial) => {
    const error = await failure(connect(URI, dial as Dial));
    expect(error).toMatchObject({ code: "UNREACHABLE", cause: new Error("no route") });
    expect((error as Error).message).toMatch(/^the server at [a-z.]+:\d+ could not be reached$/);
  });

  it("is not called for a handler that is none", async () => {
    const dial = vi.fn<Dial>();
    const refused = connect(URI, dial, { handler: {} as never });
    await expect(refused).rejects.toThrow(/^handler must have the method onMessage, or else onFragment; it has no/);
    expect(dial).not.toHaveBeenCalled();
  });

  it("that gives no streams is told so", async () => {
    await expect(connect(URI, () => ({}) as Peer["streams"])).rejects.toThrow(/^readable must/);
  });

  it("that gives streams which others read already has them closed", async () => {
    const peer = new Peer();
    peer.streams.readable.getReader();
    const close = vi.fn();
    await expect(connect(URI, () => ({ ...peer.streams, close }))).rejects.toThrow("readable must not be locked");
    await settled();
    expect(close).toHaveBeenCalledOnce();
    expect(peer.ended).toEqual(["abort"]);
  });

  it("is given up in time, and what it opens too late is closed", async () => {
    for (const code of ["TIMED_OUT", "ABORTED"]) {
      const peer = new Peer();
      let open = (): void => {};
      let told: unknown;
      const dial: Dial = ({ signal }) => {
        signal.addEventListener("abort", () => {
          told = signal.reason;
        });
        return new Promise((resolve) => {
          open = () => resolve(peer.streams);
        });
      };
      const options = code === "ABORTED" ? { signal: AbortSignal.timeout(20) } : { openingTimeout: 20 };
      const error = await failure(connect(URI, dial, options));
      expect(error.code).toBe(code);
      expect(told).toBe(error);
      open();
      await expect.poll(() => peer.ended.sort()).toEqual(["abort", "cancel"]);
    }
  });
});

it("openingTimeout is for a server that never answers, and for one that takes nothing", async () => {
  for (const reads of [true, false]) {
    const peer = new Peer({ reads });
    const error = await failure(connect(URI, peer.streams, { openingTimeout: 20 }));
    expect(error.code).toBe("TIMED_OUT");
    peer.read();
    await expect.poll(() => peer.ended.sort()).toEqual(["abort", "cancel"]);
  }
});

it("openingTimeout may be longer than a timer can be", async () => {
  const peer = new Peer();
  const connecting = connect(URI, peer.streams, { openingTimeout: 2 ** 32 });
  await new Promise((resolve) => setTimeout(resolve, 10));
  await answered(peer);
  (await connecting).abort();
});

describe("signal", () => {
  it("gives an attempt up, before it and in it", async () => {
    const cause = new Error("enough");
    const before = new Peer();
    const error = await failure(connect(URI, before.streams, { signal: AbortSignal.abort(cause) }), before);
    expect(error).toMatchObject({ code: "ABORTED", cause });
    expect(before.out).toBe("");
    const dial = vi.fn();
    await failure(connect(URI, dial, { signal: AbortSignal.abort(cause) }));
    expect(dial).not.toHaveBeenCalled();

    const peer = new Peer();
    const controller = new AbortController();
    const failed = failure(connect(URI, peer.streams, { signal: controller.signal }), peer);
    await settled();
    controller.abort(cause);
    expect(await failed).toMatchObject({ code: "ABORTED", cause });

    // In the very turn in which the answer comes.
    const late = new Peer();
    const other = new AbortController();
    const connecting = failure(connect(URI, late.streams, { signal: other.signal }), late);
    await settled();
    late.say(opened(late.out));
    other.abort(cause);
    expect(await connecting).toMatchObject({ code: "ABORTED", cause });
  });

  it("aborts the connection once it is open, and is let go of when that is closed", async () => {
    const peer = new Peer();
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, "removeEventListener");
    const connecting = connect(URI, peer.streams, { signal: controller.signal });
    await answered(peer);
    const connection = await connecting;
    controller.abort();
    expect(await connection.closed).toMatchObject({ code: 1006 });
    expect(removed).toHaveBeenCalledTimes(2);
  });
});

it("names the option that is wrong, and opens nothing", async () => {
  const { streams } = new Peer();
  const wrong = <T>(options: T) => connect(URI, streams, options as ConnectOptions);
  await expect(connect("http://a.example/", streams)).rejects.toThrow(/^uri must/);
  await expect(wrong({ protocols: ["a b"] })).rejects.toThrow(/^protocols must/);
  await expect(wrong({ readAhead: -1 })).rejects.toThrow(/^readAhead must/);
  await expect(wrong({ signal: {} })).rejects.toThrow(/^signal must/);
  expect([streams.readable.locked, streams.writable.locked]).toEqual([false, false]);
  await expect(connect(URI, undefined as unknown as Dial)).rejects.toThrow(/^readable must/);
});

it("a handler that is none leaves the streams as they were", async () => {
  const peer = new Peer();
  const connecting = connect(URI, peer.streams, { handler: {} as ConnectionHandler });
  await expect(connecting).rejects.toThrow(/^handler must/);
  await settled();
  expect([peer.out, peer.ended, peer.streams.readable.locked]).toEqual(["", [], false]);
});
