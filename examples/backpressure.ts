import type { Duplex } from "node:stream";

/**
 * While the peer does not read what was written, nothing more is read of it. To be called after the writes, and after
 * `uncork`: on a corked socket a long write returns false, even if the system then takes all of it at once.
 */
export function pauseUntilDrained(socket: Duplex): void {
  if (socket.writableLength < socket.writableHighWaterMark || socket.isPaused()) return;
  socket.pause();
  socket.once("drain", () => socket.resume());
}
