// Servers on loopback that are gone when their test is, what a process has open, and what would be uncaught.

import { type EventEmitter, once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { afterEach } from "vitest";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Has `close` called when the test is over; what was opened last comes first. */
export function atEnd(close: () => unknown): void {
  closing.push(close);
}

/** The port of `server`, listening until the test is over. */
export async function listen(server: Server, host = "127.0.0.1"): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
  });
  server.listen(0, host);
  await once(server, "listening");
  atEnd(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** How many sockets this process has open, on either end. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS)/.test(name) && name !== "TCPServerWrap").length;
}

/** What the listeners of `emitter` throw, which would be uncaught. */
export function thrownBy(emitter: EventEmitter): Error[] {
  const thrown: Error[] = [];
  const emit = emitter.emit;
  emitter.emit = function (...args) {
    try {
      return emit.apply(this, args);
    } catch (error) {
      thrown.push(error as Error);
      return true;
    }
  };
  return thrown;
}

/** Waits until `count` no longer grows. */
export async function stands(count: () => number): Promise<void> {
  for (let before = -1; before !== count(); ) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
