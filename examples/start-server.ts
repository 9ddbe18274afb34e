import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { permessageDeflate } from "wsimd/deflate";
import { zlibBackend } from "wsimd/deflate/zlib";
import { WebSocketServer } from "wsimd/node";
import { answer, serveFile } from "./static-files.ts";

export interface ServerOptions {
  /** 0 for any port that is free. */
  readonly port: number;
  /** Default: the loopback address, so that nobody else can reach it. */
  readonly host?: string;
  /** How long a peer may take over the closing handshake, in milliseconds. Default: 2000. */
  readonly closeTimeout?: number;
  /** Whether messages are compressed where a client offers it (RFC 7692). Default: false. */
  readonly deflate?: boolean;
}

export interface RunningServer {
  /** Where the page is. A WebSocket opens at any path of the same address. */
  readonly url: string;
  readonly port: number;
  /** How many WebSockets are open. */
  connections(): number;
  /** Says Close to every connection, waits for them to end, and stops. */
  stop(): Promise<void>;
}

/** Starts the server: every WebSocket is echoed, and plain HTTP gets the page. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { port, host = "127.0.0.1", closeTimeout = 2000, deflate = false } = options;
  const server = createServer((request, response) => {
    serveFile(request, response).catch(() => {
      if (!response.headersSent) answer(response, 500, "The file could not be read.");
      else response.destroy();
    });
  });
  const webSockets = new WebSocketServer({
    server,
    closeTimeout,
    freeChunks: true, // the echo keeps nothing of a message
    extension: deflate ? permessageDeflate({ backend: zlibBackend }) : undefined,
    handler: {
      onMessage: (message, connection) => void connection.send(message.opcode, message.data),
    },
  });
  await listen(server, port, host);
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host}:${address.port}/`,
    port: address.port,
    connections: () => webSockets.size,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await webSockets.close({ reason: "the server stops" });
      await closed;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
