import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { CloseCode, type Connection } from "wsimd";
import { type UpgradeOptions, upgrade } from "wsimd/node";
import { answer, serveFile } from "./static-files.ts";

export interface ServerOptions {
  /** 0 for any port that is free. */
  readonly port: number;
  /** Default: the loopback address, so that nobody else can reach it. */
  readonly host?: string;
  /** How long a peer may take over the closing handshake, in milliseconds. Default: 2000. */
  readonly closeTimeout?: number;
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
  const { port, host = "127.0.0.1", closeTimeout = 2000 } = options;
  const connections = new Set<Connection>();
  const webSockets: UpgradeOptions = {
    closeTimeout,
    freeChunks: true, // the echo keeps nothing of a message
    handler: {
      onMessage(message, connection) {
        connection.send(message.opcode, message.data);
      },
      onClose(_, connection) {
        connections.delete(connection);
      },
    },
  };
  const answering = new WeakMap<Duplex, number>();
  const server = createServer((request, response) => {
    const { socket } = request;
    answering.set(socket, (answering.get(socket) ?? 0) + 1);
    response.on("close", () => answering.set(socket, (answering.get(socket) ?? 1) - 1));
    serveFile(request, response).catch(() => {
      if (!response.headersSent) answer(response, 500, "The file could not be read.");
      else response.destroy();
    });
  });
  server.on("upgrade", (request, socket, head) => {
    // An answer that is still on its way to an earlier request would come after ours, as if it were frames.
    if ((answering.get(socket) ?? 0) > 0) {
      socket.destroy();
      return;
    }
    const connection = upgrade(request, socket, head, webSockets);
    if (connection !== undefined) connections.add(connection);
  });
  await listen(server, port, host);
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host}:${address.port}/`,
    port: address.port,
    connections: () => connections.size,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      for (const connection of connections) connection.close(CloseCode.GoingAway, "the server stops");
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
