import { createServer, type Server, type Socket } from "node:net";
import { freeChunk } from "wsimd/node";

/** Sends back the bytes it reads: what a server on Node's sockets costs before it looks at one. */
export function createNetServer(): Server {
  return createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      socket.write(chunk);
      pauseUntilDrained(socket);
      if (socket.writableLength === 0) freeChunk(chunk);
    });
  });
}

/** While the peer does not read what was written, nothing more is read of it. */
function pauseUntilDrained(socket: Socket): void {
  if (socket.writableLength < socket.writableHighWaterMark || socket.isPaused()) return;
  socket.pause();
  socket.once("drain", () => socket.resume());
}
