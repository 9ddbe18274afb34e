// One connection on a made-up socket, so that it is known what has gone out, and when.

import { Duplex } from "node:stream";
import { expect, it, vi } from "vitest";
import type { Kernel } from "wsimd";
import { EchoConnection } from "../../examples/echo-connection.ts";
import { clientFrame } from "./raw-client.ts";

/** Node 20 cannot free memory. */
const frees = "transfer" in ArrayBuffer.prototype;

/** The other end, and the socket to it. */
class Peer {
  /** What has gone out, a character each byte, in how many writes. */
  out = "";
  writes = 0;
  readonly socket: Duplex;
  /** Whether it reads; otherwise nothing that is written goes out until `read`. */
  #reads: boolean;
  #written: (() => void) | undefined;

  constructor({ reads } = { reads: true }) {
    this.#reads = reads;
    const write = (chunks: Buffer[], callback: () => void): void => {
      const goOut = (): void => {
        this.out += Buffer.concat(chunks).toString("latin1");
        this.writes++;
        callback();
      };
      if (this.#reads) goOut();
      else this.#written = goOut;
    };
    this.socket = new Duplex({
      read() {},
      write: (chunk, _, callback) => write([chunk], callback),
      writev: (all, callback) =>
        write(
          all.map(({ chunk }) => chunk),
          callback,
        ),
    });
  }

  connect<C extends EchoConnection>(
    Connection: new (...args: ConstructorParameters<typeof EchoConnection>) => C,
  ): this {
    new Connection(this.socket, { head: new Uint8Array(0), closeTimeout: 100 });
    return this;
  }

  /** In memory of its own, as sockets deliver it. Returns that. */
  say(...frames: Buffer[]): Uint8Array {
    const chunk = new Uint8Array(Buffer.concat(frames));
    this.socket.emit("data", chunk);
    return chunk;
  }

  read(): void {
    this.#reads = true;
    this.#written?.();
  }
}

const LONG = "y".repeat(100_000);
const text = (payload: string): Buffer => clientFrame(0x81, payload);

it("writes the answers to a chunk in one go, long ones too", () => {
  const peer = new Peer().connect(EchoConnection);
  peer.say(text("a"), text("b"), clientFrame(0x89, "c"));
  peer.say(text("a"), text(LONG), text("b"));
  expect(peer.writes).toBe(2);
});

it("goes on reading after a long message that went out at once", () => {
  const peer = new Peer().connect(EchoConnection);
  const pause = vi.spyOn(peer.socket, "pause");
  peer.say(text(LONG));
  expect(peer.out.length).toBe(10 + LONG.length);
  expect(pause).not.toHaveBeenCalled();
});

it("reads nothing more of a peer that does not read, until it does", async () => {
  const peer = new Peer({ reads: false }).connect(EchoConnection);
  peer.say(text(LONG));
  expect(peer.socket.isPaused()).toBe(true);
  peer.read();
  await expect.poll(() => peer.socket.isPaused()).toBe(false);
});

it("does not write over answers that are still on their way", () => {
  const slow = new Peer({ reads: false }).connect(EchoConnection);
  const quick = new Peer().connect(EchoConnection);
  slow.say(text("first"));
  quick.say(text("second"));
  quick.say(text("third"));
  slow.read();
  expect(slow.out).toBe("\x81\x05first");
});

it("frees what it read once the answer is out, and not before", () => {
  const chunk = new Peer().connect(EchoConnection).say(text(LONG));
  expect(chunk.length).toBe(frees ? 0 : LONG.length + 14);
  const peer = new Peer({ reads: false }).connect(EchoConnection);
  const waiting = peer.say(text(LONG));
  expect(waiting.length).toBe(LONG.length + 14);
  peer.read();
  expect(peer.out.slice(10)).toBe(LONG);
});

it("puts a message together whose chunks are freed", () => {
  const peer = new Peer().connect(EchoConnection);
  const frames = Buffer.concat([clientFrame(0x01, LONG), clientFrame(0x89, "ping"), clientFrame(0x80, LONG)]);
  for (let at = 0; at < frames.length; at += 5003) peer.say(frames.subarray(at, at + 5003));
  const pong = "\x8a\x04ping";
  expect(peer.out.replace(pong, "").slice(10)).toBe(LONG + LONG);
});

it("leaves nothing for the next connection when a handler throws", () => {
  class Faulty extends EchoConnection {
    override onPing(): void {
      throw new Error("a fault of ours");
    }
  }
  const faulty = new Peer().connect(Faulty);
  const next = new Peer().connect(EchoConnection);
  expect(() => faulty.say(text("before"), clientFrame(0x89, ""))).toThrow("a fault of ours");
  next.say(text("after"));
  expect(faulty.out).toBe("\x81\x06before");
  expect(next.out).toBe("\x81\x05after");
});

it("decodes with the kernel it is given", () => {
  const options = { head: new Uint8Array(0), closeTimeout: 100, kernel: {} as Kernel };
  expect(() => new EchoConnection(new Peer().socket, options)).toThrow(/kernel must be a Kernel/);
});
