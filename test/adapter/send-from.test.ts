import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FragmentSource, type SendFromOptions, sendFrom } from "../../src/adapter/send-from.ts";
import { type Connection, FrameDecoder, Opcode } from "../../src/index.ts";
import { converse, Endpoint, framesSent } from "../connection/endpoint.ts";

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** A source that yields what it is given, when it is, and writes down what is asked of it. */
class Feed implements AsyncIterableIterator<string | Uint8Array> {
  readonly asked: string[] = [];
  #give: ((result: IteratorResult<string | Uint8Array, undefined>) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;

  next(): Promise<IteratorResult<string | Uint8Array, undefined>> {
    this.asked.push("next");
    return new Promise((resolve, reject) => {
      this.#give = resolve;
      this.#fail = reject;
    });
  }

  return(): Promise<IteratorResult<string | Uint8Array, undefined>> {
    this.asked.push("return");
    return Promise.reject(new Error("nobody waits for this"));
  }

  async give(...pieces: (string | Uint8Array)[]): Promise<void> {
    for (const value of pieces) {
      this.#give?.({ done: false, value });
      await turn();
      await turn(); // what was waited for in the first is sent
    }
  }

  async end(): Promise<void> {
    this.#give?.({ done: true, value: undefined });
    await turn();
  }

  async fail(error: unknown): Promise<void> {
    this.#fail?.(error);
    await turn();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

let server: Endpoint;
let connection: Connection;
let feed: Feed;
beforeEach(() => {
  server = new Endpoint("server", { highWaterMark: 100 });
  connection = server.connection;
  feed = new Feed();
  // Time stands still, so that no turn is overdue where a test does not mean it.
  vi.spyOn(performance, "now").mockReturnValue(0);
});
afterEach(() => void vi.restoreAllMocks());

/** Sends from `feed`, which has been asked once then. The outcome is the result, or the message of the error. */
async function begin(options?: SendFromOptions): Promise<{ readonly outcome: Promise<unknown> }> {
  const outcome = sendFrom(connection, Opcode.Text, feed, options).catch((error: Error) => error.message);
  await turn();
  return { outcome };
}

describe("a message from a source", () => {
  it("goes out as it is yielded where the source makes us wait, with what is sent between, and ends with an empty fragment", async () => {
    const { outcome } = await begin();
    await feed.give("a", "", "b");
    connection.ping(Uint8Array.of(7));
    await feed.give(Uint8Array.of(0x63));
    expect(() => connection.sendText("x")).toThrow("only its continuation can follow");
    await feed.end();
    expect(await outcome).toBe(true);
    const fragments = ["text 61 …", "continuation 62 …", "ping 07", "continuation 63 …", "continuation "];
    expect(framesSent(server)).toStrictEqual(fragments);
    expect(connection.sendText("next")).toBe(true);
    expect(feed.asked).toStrictEqual(Array(5).fill("next"));
  });

  it.each<[what: string, source: FragmentSource, seen: string]>([
    ["nothing", [], "binary "],
    ["an array", [Uint8Array.of(1), Uint8Array.of(2)], "binary 0102"],
    ["a stream of bytes", new Blob([Uint8Array.of(1, 2)]).stream(), "binary 0102"],
    [
      "a generator",
      (async function* () {
        yield Uint8Array.of(1);
        yield "a";
      })(),
      "binary 0161",
    ],
  ])("may come from %s", async (_, source, seen) => {
    expect(await sendFrom(connection, Opcode.Binary, source)).toBe(true);
    const client = new Endpoint("client");
    converse(server, client);
    expect(client.seen).toStrictEqual([seen]);
  });

  it("may come from a stream that is no iterable, as WebKit's, which is cancelled when it is given up", async () => {
    const cancelled = vi.fn();
    const streamOf = (...chunks: unknown[]): FragmentSource => {
      const stream = new ReadableStream({
        pull(controller) {
          if (chunks.length > 0) controller.enqueue(chunks.shift());
          else controller.close();
        },
        cancel: cancelled,
      });
      return { getReader: () => stream.getReader() } as ReadableStream;
    };
    expect(await sendFrom(connection, Opcode.Binary, streamOf(Uint8Array.of(1), "a"))).toBe(true);
    const client = new Endpoint("client");
    converse(server, client);
    expect(client.seen).toStrictEqual(["binary 0161"]);
    expect(cancelled).not.toHaveBeenCalled();
    await expect(sendFrom(connection, Opcode.Binary, streamOf("a", 5, "b"))).rejects.toThrow(TypeError);
    await turn();
    expect(cancelled).toHaveBeenCalledOnce();
  });

  it.each<[what: string, piece: string | Uint8Array]>([
    ["strings", "a short line\n"],
    ["bytes", Buffer.from("a short line\n")],
  ])("has short pieces joined, as long as there are more: %s", async (_, piece) => {
    server = new Endpoint("server", { highWaterMark: 10_000_000 });
    const count = 70_000;
    async function* source(): AsyncGenerator<string | Uint8Array> {
      for (let n = 0; n < count; n++) yield piece;
    }
    expect(await sendFrom(server.connection, Opcode.Text, source())).toBe(true);
    const frames = [...new FrameDecoder({ role: "client" }).frames(server.take())];
    expect(frames.length).toBeLessThan(70);
    expect(Math.max(...frames.map(({ length }) => length))).toBeLessThan(16_384 + piece.length);
    const text = Buffer.concat(frames.map(({ payload }) => payload)).toString();
    expect(text === "a short line\n".repeat(count)).toBe(true);
  });

  it("has a long piece sent where it lies, and the short ones before it without it", async () => {
    server = new Endpoint("server", { highWaterMark: 1_000_000 });
    const long = new Uint8Array(20_000);
    await sendFrom(server.connection, Opcode.Binary, [Uint8Array.of(1), "a", long, Uint8Array.of(2)]);
    expect(server.pieces().some(({ buffer }) => buffer === long.buffer)).toBe(true);
    await sendFrom(server.connection, Opcode.Binary, [Uint8Array.of(1), "a", long, Uint8Array.of(2)]);
    const sent = framesSent(server);
    expect([sent[0], sent[1].length, ...sent.slice(2)]).toStrictEqual([
      "binary 0161 …",
      "continuation  …".length + 40_000,
      "continuation 02",
    ]);
  });

  it("is the text that it was, though its strings are cut inside surrogate pairs", async () => {
    const client = new Endpoint("client");
    const squirrel = "🐿";
    const long = "x".repeat(20_000);
    const sources: [string | Uint8Array][] = [
      [...`a${squirrel}b`].flatMap((character) => character.split("")) as never,
      [`${squirrel}${squirrel[0]}`, "", squirrel[1]] as never,
      [squirrel[0], Uint8Array.of(0x61), squirrel[0]] as never,
      [`${long}${squirrel[0]}`, squirrel[1]] as never,
    ];
    server = new Endpoint("server");
    for (const source of sources) {
      await sendFrom(server.connection, Opcode.Text, source);
      converse(server, client);
    }
    const texts = [`a${squirrel}b`, squirrel + squirrel, "\ufffda\ufffd", long + squirrel];
    expect(client.seen).toStrictEqual(texts.map((text) => `text ${text}`));
  });

  it("waits while the connection is congested, and is no more than a fragment ahead", async () => {
    server = new Endpoint("server", { highWaterMark: 30_000 });
    connection = server.connection;
    let yielded = 0;
    let most = 0;
    function* source(): Generator<Uint8Array> {
      for (; yielded < 50; yielded++) {
        most = Math.max(most, connection.bufferedAmount);
        yield new Uint8Array(20_000);
      }
    }
    const done = sendFrom(connection, Opcode.Binary, source());
    await turn();
    expect(yielded).toBe(1);
    expect(connection.congested).toBe(true);
    server.take();
    await turn(); // for the others
    await turn();
    expect(yielded).toBe(3);
    for (let round = 0; round < 50; round++) {
      server.take();
      await turn();
      await turn();
    }
    expect(await done).toBe(true);
    expect([yielded, most]).toStrictEqual([50, 20_004]);
  });

  it("lets others have their turn each time the connection has drained", async () => {
    const { outcome } = await begin();
    await feed.give("a");
    await feed.give("b".repeat(20_000));
    server.take();
    // As much as promises alone can do.
    for (let n = 0; n < 100; n++) await Promise.resolve();
    expect(feed.asked.length).toBe(2);
    await turn();
    expect(feed.asked.length).toBe(3);
    await feed.end();
    expect(await outcome).toBe(true);
  });

  it.each<[what: string, piece: string]>([
    ["nothing", ""],
    ["a little", "a"],
    ["much", "a".repeat(20_000)],
  ])(
    "lets others have their turn while a source that never waits yields %s, and hears the signal",
    async (_, piece) => {
      vi.restoreAllMocks();
      server = new Endpoint("server", { highWaterMark: Number.MAX_SAFE_INTEGER });
      connection = server.connection;
      let turns = 0;
      const controller = new AbortController();
      const others = setInterval(() => {
        server.take();
        if (++turns === 5) controller.abort(new Error("enough"));
      }, 1);
      function* source(): Generator<string> {
        for (const end = performance.now() + 3000; performance.now() < end; ) yield piece;
      }
      const outcome = sendFrom(connection, Opcode.Text, source(), controller).finally(() => clearInterval(others));
      await expect(outcome).rejects.toThrow("enough");
    },
  );

  it("lets others have their turn no later where there are many such messages", async () => {
    vi.restoreAllMocks();
    let turns = 0;
    const controller = new AbortController();
    const others = setInterval(() => {
      if (++turns === 10) controller.abort(new Error("enough"));
    }, 1);
    function* source(): Generator<string> {
      for (const end = performance.now() + 1000; performance.now() < end; ) yield "";
    }
    const sending = Array.from({ length: 50 }, () =>
      sendFrom(new Endpoint("server").connection, Opcode.Text, source(), controller),
    );
    const outcomes = await Promise.allSettled(sending).finally(() => clearInterval(others));
    expect(outcomes.map(({ status }) => status)).toStrictEqual(Array(50).fill("rejected"));
  });

  it("is sent as far as it has come while the source makes us wait, also when that waits for ever", async () => {
    async function* source(): AsyncGenerator<string> {
      yield "a";
      yield "b";
      await new Promise(() => {});
    }
    void sendFrom(connection, Opcode.Text, source());
    await turn();
    await turn();
    expect(framesSent(server)).toStrictEqual(["text 6162 …"]);
  });

  it("does not ask twice when the connection drains while the source has nothing", async () => {
    const { outcome } = await begin();
    await feed.give("a");
    connection.ping(new Uint8Array(120));
    expect(connection.congested).toBe(true);
    server.take();
    await turn();
    expect(feed.asked).toStrictEqual(["next", "next"]);
    await feed.end();
    expect(await outcome).toBe(true);
  });

  it("leaves nothing behind on the connection or the signal", async () => {
    const { signal } = new AbortController();
    const left = { watchers: 0, listeners: 0 };
    signal.addEventListener = () => void left.listeners++;
    signal.removeEventListener = () => void left.listeners--;
    const watch = connection.watch.bind(connection);
    connection.watch = (watcher) => {
      left.watchers++;
      const stop = watch(watcher);
      return () => {
        left.watchers--;
        stop();
      };
    };
    const { outcome } = await begin({ signal });
    expect(left).toStrictEqual({ watchers: 1, listeners: 1 });
    await feed.end();
    await outcome;
    expect(left).toStrictEqual({ watchers: 0, listeners: 0 });
  });
});

describe("the end of the connection", () => {
  it.each<[how: string, end: () => void]>([
    ["a Close of ours", () => connection.close()],
    ["a Close of the peer's", () => connection.receive(Uint8Array.of(0x88, 0x80, 0, 0, 0, 0))],
    ["abort", () => connection.abort()],
    ["the end of the stream", () => connection.receiveEof()],
  ])("ends it: %s, while the source is asked, and while the connection is congested", async (_, end) => {
    const { outcome } = await begin();
    await feed.give("a");
    end();
    expect(await outcome).toBe(false);
    expect(feed.asked).toStrictEqual(["next", "next", "return"]);

    server = new Endpoint("server", { highWaterMark: 0 });
    connection = server.connection;
    feed = new Feed();
    const congested = await begin();
    await feed.give("a".repeat(20_000));
    expect(feed.asked).toStrictEqual(["next"]);
    end();
    expect(await congested.outcome).toBe(false);
    expect(feed.asked).toStrictEqual(["next", "return"]);
  });

  it("before it leaves the source unasked", async () => {
    connection.close();
    expect(await (await begin()).outcome).toBe(false);
    expect(feed.asked).toStrictEqual(["return"]);
  });
});

describe("a source that fails", () => {
  it("before the first fragment leaves the connection as it was", async () => {
    const { outcome } = await begin();
    await feed.fail(new Error("no file"));
    expect(await outcome).toBe("no file");
    expect(connection.sendText("a")).toBe(true);
    expect(feed.asked).toStrictEqual(["next"]);
  });

  it("after it closes the connection with 1011: a part is not passed off as the whole", async () => {
    const { outcome } = await begin();
    await feed.give("a");
    await feed.fail(new Error("disk error"));
    expect(await outcome).toBe("disk error");
    expect(framesSent(server)).toStrictEqual(["text 61 …", "close 1011"]);
    expect(feed.asked).toStrictEqual(["next", "next"]);
  });

  it("by throwing at once does the same", async () => {
    const source = {
      [Symbol.iterator]: () => ({
        next: (): never => {
          throw new Error("at once");
        },
      }),
    };
    await expect(sendFrom(connection, Opcode.Text, source)).rejects.toThrow("at once");
    expect(connection.readyState).toBe(1);
  });

  it("by yielding what cannot be sent is told to return", async () => {
    const { outcome } = await begin();
    await feed.give("a", 7 as never);
    expect(await outcome).toBe("what source yields must be a string or a Uint8Array, not 7");
    expect(framesSent(server)).toStrictEqual(["text 61 …", "close 1011"]);
    expect(feed.asked.at(-1)).toBe("return");
  });
});

describe("a signal", () => {
  it("that is aborted already leaves the connection as it was, and the source unasked", async () => {
    expect(await (await begin({ signal: AbortSignal.abort(new Error("changed my mind")) })).outcome).toBe(
      "changed my mind",
    );
    expect(feed.asked).toStrictEqual(["return"]);
    expect(framesSent(server)).toStrictEqual([]);
    expect(connection.readyState).toBe(1);
  });

  it("before the first fragment does so too; after it, the connection is closed with 1011", async () => {
    for (const pieces of [[], ["a"]]) {
      feed = new Feed();
      const controller = new AbortController();
      const { outcome } = await begin(controller);
      await feed.give(...pieces);
      controller.abort(new Error("enough"));
      expect(await outcome).toBe("enough");
      expect(feed.asked.at(-1)).toBe("return");
      expect(framesSent(server)).toStrictEqual(pieces.length === 0 ? [] : ["text 61 …", "close 1011"]);
    }
  });

  it("is heard while the connection is congested", async () => {
    const controller = new AbortController();
    const { outcome } = await begin(controller);
    await feed.give("a".repeat(20_000));
    expect(feed.asked).toStrictEqual(["next"]);
    controller.abort(new Error("enough"));
    expect(await outcome).toBe("enough");
    expect(feed.asked).toStrictEqual(["next", "return"]);
  });
});

describe("a mistake", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["opcode", () => sendFrom(connection, Opcode.Continuation as never, [])],
    ["signal", () => sendFrom(connection, Opcode.Text, [], { signal: {} as AbortSignal })],
    ["source", () => sendFrom(connection, Opcode.Text, "text" as never)],
    ["source", () => sendFrom(connection, Opcode.Binary, new Uint8Array(3) as never)],
    ["source", () => sendFrom(connection, Opcode.Binary, undefined as never)],
    ["source", () => sendFrom(connection, Opcode.Binary, {} as never)],
  ])("is a TypeError that names the %s, and nothing is sent", async (name, call) => {
    await expect(call()).rejects.toThrow(TypeError);
    await expect(call()).rejects.toThrow(new RegExp(`^${name}`));
    expect(framesSent(server)).toStrictEqual([]);
    expect(connection.readyState).toBe(1);
  });

  it("is a second message while one is being sent; the first one goes on", async () => {
    const { outcome } = await begin();
    await feed.give("a");
    await expect(sendFrom(connection, Opcode.Text, ["x"])).rejects.toThrow("only its continuation can follow");
    await feed.end();
    expect(await outcome).toBe(true);
    expect(framesSent(server)).toStrictEqual(["text 61 …", "continuation "]);
  });
});
