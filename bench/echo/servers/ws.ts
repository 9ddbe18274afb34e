import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { WebSocketServer } from "ws";
import { assertNative } from "../../peers/ws.ts";

/** ws with bufferutil, as it comes: without an extension, and with text handed over as bytes. */
export function createWsServer(): Server {
  assertNative("bufferutil", createRequire(import.meta.url)("bufferutil").unmask);
  const server = createServer();
  new WebSocketServer({ server }).on("connection", (webSocket) => {
    webSocket.on("error", () => {});
    webSocket.on("message", (data, binary) => webSocket.send(data, { binary }));
  });
  return server;
}
