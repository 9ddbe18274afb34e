import type { Duplex } from "node:stream";

/**
 * While the peer does not read what was written, nothing more is read of it. What `write` returns tells less: a long write
 * returns false even when the system took all of it at once.
 */
export function pauseUntilDrained(socket: Duplex): void {
  if (socket.writableLength === 0 || !socket.writableNeedDrain || socket.isPaused()) return;
  socket.pause();
  socket.once("drain", () => socket.resume());
}
