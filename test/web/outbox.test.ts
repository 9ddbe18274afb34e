// Over a connection that sends when the test says so: a real one is too fast to be seen with its buffers full.

import { describe, expect, it } from "vitest";
import { Opcode } from "../../src/index.ts";
import { Outbox, type Sending } from "../../src/web/outbox.ts";

/** Puts a header of two bytes before each payload, and keeps it until `leave`. */
class Slow implements Sending {
  readonly log: string[] = [];
  bufferedAmount = 0;
  unsent = 0;
  open = true;

  send(opcode: number, payload: Uint8Array): boolean {
    this.log.push(`${opcode} ${payload.length} ${payload[0] ?? ""}`);
    if (this.open) this.unsent += payload.length + 2;
    return this.open;
  }

  close(code?: number, reason = ""): void {
    this.log.push(`close ${code} ${reason}`);
  }

  leave(bytes: number): void {
    this.unsent -= bytes;
  }
}

const task = () => new Promise((resolve) => setImmediate(resolve));

function made(): { slow: Slow; outbox: Outbox; unreadable: unknown[] } {
  const slow = new Slow();
  const unreadable: unknown[] = [];
  return { slow, outbox: new Outbox(slow, (error) => unreadable.push(error)), unreadable };
}

describe("amount", () => {
  it("counts payloads until they have left whole, and no less within the task that sent them", async () => {
    const { slow, outbox } = made();
    outbox.send(Opcode.Text, new Uint8Array(10));
    outbox.send(Opcode.Binary, new Uint8Array(20));
    slow.leave(12);
    outbox.settle();
    expect(outbox.amount).toBe(30);
    await task();
    expect(outbox.amount).toBe(20);
    slow.leave(21);
    expect(outbox.amount).toBe(20);
    slow.leave(1);
    expect(outbox.amount).toBe(0);
  });

  it("is not led astray by control frames that wait, too", async () => {
    const { slow, outbox } = made();
    for (let round = 0; round < 50; round++) {
      slow.unsent += 7;
      outbox.send(Opcode.Binary, new Uint8Array(10));
      slow.unsent += 7;
      await task();
      expect(outbox.amount).toBe(10);
      slow.leave(24);
      expect(outbox.amount).toBe(10);
      slow.leave(2);
      expect(outbox.amount).toBe(0);
    }
  });

  it("goes by what waits in the connection where nothing is known of its socket", async () => {
    const connection = {
      bufferedAmount: 0,
      send(_: number, payload: Uint8Array) {
        this.bufferedAmount += payload.length + 2;
        return true;
      },
      close() {},
    };
    const outbox = new Outbox(connection, () => {});
    outbox.send(Opcode.Binary, new Uint8Array(3));
    await task();
    expect(outbox.amount).toBe(3);
    connection.bufferedAmount = 0;
    expect(outbox.amount).toBe(0);
  });

  it("stays when the connection ends: what had not left, and what is sent after", async () => {
    for (const clean of [true, false]) {
      const { slow, outbox } = made();
      outbox.send(Opcode.Binary, new Uint8Array(10));
      outbox.send(Opcode.Binary, new Uint8Array(20));
      await task();
      slow.leave(clean ? 12 : 34);
      outbox.stop(clean);
      // After an abrupt end, an empty buffer does not say that the bytes have gone anywhere.
      expect(outbox.amount).toBe(clean ? 20 : 30);
      slow.unsent = 0;
      slow.open = false;
      outbox.send(Opcode.Binary, new Uint8Array(3));
      outbox.send(Opcode.Binary, new Blob(["four"]));
      expect(outbox.amount).toBe(clean ? 27 : 37);
      await task();
      expect(outbox.amount).toBe(clean ? 27 : 37);
      expect(slow.log.length).toBe(2);
    }
  });

  it("is counted a last time at a clean end, though it comes before the next task", () => {
    const { slow, outbox } = made();
    outbox.send(Opcode.Binary, new Uint8Array(3));
    slow.leave(5);
    outbox.stop(true);
    expect(outbox.amount).toBe(0);
  });

  it("counts what the closing connection no longer takes, for good", async () => {
    const { slow, outbox } = made();
    slow.open = false;
    outbox.send(Opcode.Binary, new Uint8Array(3));
    await task();
    expect(outbox.amount).toBe(3);
  });
});

describe("the order", () => {
  it("is that of the calls: what comes behind a Blob waits for it, as it was then", async () => {
    const { slow, outbox } = made();
    const bytes = Uint8Array.of(1);
    outbox.send(Opcode.Binary, bytes);
    outbox.send(Opcode.Binary, new Blob(["blob"]));
    outbox.send(Opcode.Text, bytes);
    outbox.close(3000, "why");
    bytes[0] = 9;
    expect(slow.log).toEqual(["2 1 1"]);
    expect(outbox.amount).toBe(6);
    await expect.poll(() => slow.log).toEqual(["2 1 1", "2 4 98", "1 1 1", "close 3000 why"]);
    await task();
    outbox.send(Opcode.Binary, bytes);
    expect(slow.log.at(-1)).toBe("2 1 9");
  });

  it("is at once where no Blob waits; a Close without a code has none", () => {
    const { slow, outbox } = made();
    outbox.close(undefined, "unsaid");
    expect(slow.log).toEqual(["close 1005 "]);
  });

  it("ends where a Blob cannot be read, which is told", async () => {
    const { slow, outbox, unreadable } = made();
    const broken = new Blob(["gone"]);
    const error = new Error("the file is gone");
    broken.arrayBuffer = () => Promise.reject(error);
    outbox.send(Opcode.Binary, broken);
    await expect.poll(() => unreadable).toEqual([error]);
    expect(slow.log).toEqual([]);
  });

  it("ends with the connection: a Blob that was not read by then is not sent", async () => {
    const { slow, outbox } = made();
    outbox.send(Opcode.Binary, new Blob(["one"]));
    outbox.send(Opcode.Binary, new Blob(["two"]));
    slow.open = false;
    outbox.stop(false);
    for (const one of [new Blob(["one"]), new Blob(["two"]), new Blob(["three"])]) await one.arrayBuffer();
    await task();
    expect(slow.log).toEqual([]);
  });
});
