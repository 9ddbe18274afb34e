import { Duplex } from "node:stream";
import { expect, it } from "vitest";
import { pauseUntilDrained } from "../../examples/backpressure.ts";

const LONG = Buffer.alloc(200_000);

/** A socket that has written as soon as `write` is called, or once `written` is. */
function socketThat(writes: "at once" | "later"): { socket: Duplex; written: () => void } {
  let written = (): void => {};
  const socket = new Duplex({
    read() {},
    write(_chunk, _encoding, callback) {
      if (writes === "at once") callback();
      else written = callback;
    },
  });
  socket.on("data", () => {});
  return { socket, written: () => written() };
}

it("goes on reading after a long write that went out at once", () => {
  const { socket } = socketThat("at once");
  socket.cork();
  expect(socket.write(LONG)).toBe(false);
  socket.uncork();
  pauseUntilDrained(socket);
  expect(socket.isPaused()).toBe(false);
});

it("reads nothing more of a peer that does not read, until it does", async () => {
  const { socket, written } = socketThat("later");
  socket.write(LONG);
  for (let call = 0; call < 3; call++) pauseUntilDrained(socket);
  expect(socket.isPaused()).toBe(true);
  expect(socket.listenerCount("drain")).toBe(1);
  written();
  await expect.poll(() => socket.isPaused()).toBe(false);
});

it("goes on reading while little waits", () => {
  const { socket } = socketThat("later");
  socket.write("little");
  pauseUntilDrained(socket);
  expect(socket.isPaused()).toBe(false);
});
