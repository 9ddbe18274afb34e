import { createServer, type Server } from "node:net";
import { pauseUntilDrained } from "../../../examples/backpressure.ts";
import { freeChunk } from "../../../examples/free-chunk.ts";

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
