import { beforeEach, describe, expect, it } from "vitest";
import { ConnectionFailed, MessageQueue } from "../../src/adapter/message-queue.ts";
import { type Closure, type Message, MessageDecoder, Opcode, ProtocolError } from "../../src/index.ts";
import { frame } from "../wire.ts";

/** A message such as a decoder gives. */
function message(text: string): Message {
  const [event] = new MessageDecoder({ role: "client" }).events(frame({ opcode: Opcode.Text, payload: text }));
  return event.type === "message" ? event.message : expect.unreachable();
}

const CLEAN: Closure = { code: 1000, reason: "", clean: true, error: undefined, refused: undefined };
const LOST: Closure = { ...CLEAN, code: 1006, clean: false };

let flow: string[];
let queue: MessageQueue;
beforeEach(() => {
  flow = [];
  queue = new MessageQueue(1000);
  queue.flow = { pause: () => void flow.push("pause"), resume: () => void flow.push("resume") };
});

async function all(): Promise<string[]> {
  const texts: string[] = [];
  for await (const one of queue) texts.push(one.text());
  return texts;
}

it("gives messages in order, those that wait and those that are waited for, and ends with the connection", async () => {
  for (const text of ["a", "b"]) queue.onMessage(message(text));
  const texts = all();
  await new Promise(setImmediate);
  for (const text of ["c", "d"]) queue.onMessage(message(text));
  queue.onClose(CLEAN);
  expect(await texts).toEqual(["a", "b", "c", "d"]);
  expect(await queue.next()).toEqual({ done: true, value: undefined });
});

it("gives each message to one of those who ask at the same time, and tells all of the end", async () => {
  const asked = [queue.next(), queue.next(), queue.next(), queue.next()];
  for (const text of ["a", "b"]) queue.onMessage(message(text));
  queue.onClose(LOST);
  const results = await Promise.allSettled(asked);
  expect(results.map((one) => (one.status === "fulfilled" ? (one.value.value?.text() ?? "end") : "failed"))).toEqual([
    "a",
    "b",
    "failed",
    "end",
  ]);
});

it("takes no longer for each message, or each who asks, when very many wait", { timeout: 10_000 }, async () => {
  // Where each takes time for all behind it, this takes minutes.
  const count = 200_000;
  const greedy = new MessageQueue(Number.MAX_SAFE_INTEGER);
  const empty = message("");
  for (let n = 0; n < count; n++) greedy.onMessage(empty);
  for (let n = 0; n < count; n++) await greedy.next();
  const asked = Array.from({ length: count }, () => greedy.next());
  for (let n = 0; n < count; n++) greedy.onMessage(empty);
  expect((await Promise.all(asked)).every(({ done }) => done === false)).toBe(true);
});

it("goes on where another loop was left", async () => {
  for (const text of ["a", "b", "c"]) queue.onMessage(message(text));
  for await (const one of queue) if (one.text() === "a") break;
  queue.onClose(CLEAN);
  expect(await all()).toEqual(["b", "c"]);
});

describe("a connection that failed", () => {
  it("ends the loop with an error, once, after the messages that came before", async () => {
    const error = new ProtocolError("RESERVED_BITS", 7);
    queue.onMessage(message("before"));
    queue.onClose({ ...LOST, error });
    expect((await queue.next()).value?.text()).toBe("before");
    const failure = await queue.next().catch((reason: unknown) => reason);
    expect(failure).toBeInstanceOf(ConnectionFailed);
    expect(failure).toMatchObject({ cause: error, closure: { code: 1006 }, message: error.message });
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it("is no rejection that nobody asked for", async () => {
    queue.onClose(LOST);
    // Vitest fails on one that is not handled.
    await new Promise(setImmediate);
    await expect(all()).rejects.toThrow("without its closing handshake");
  });
});

describe("the peer", () => {
  it("is paused while more waits than may, and read again when half of that is left", async () => {
    const texts = ["x".repeat(400), "y".repeat(400), "z".repeat(400)];
    queue.onMessage(message(texts[0]));
    queue.onMessage(message(texts[1]));
    expect(flow).toEqual([]);
    queue.onMessage(message(texts[2]));
    expect(flow).toEqual(["pause"]);
    await queue.next();
    expect(flow).toEqual(["pause"]);
    await queue.next();
    expect(flow).toEqual(["pause", "resume"]);
  });

  it("is paused by empty messages, too", () => {
    for (let count = 0; count < 100; count++) queue.onMessage(message(""));
    expect(flow).toEqual(["pause"]);
  });

  it("is not paused while its messages are asked for", async () => {
    for (let count = 0; count < 10; count++) {
      const asked = queue.next();
      queue.onMessage(message("x".repeat(2000)));
      await asked;
    }
    expect(flow).toEqual([]);
  });

  it("is read to its end after stop, and what it says then is dropped", async () => {
    queue.onMessage(message("x".repeat(2000)));
    queue.stop();
    expect(flow).toEqual(["pause", "resume"]);
    queue.onMessage(message("dropped"));
    queue.onClose(CLEAN);
    expect(await all()).toEqual(["x".repeat(2000)]);
  });
});
