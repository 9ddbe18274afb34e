import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { CloseCode } from "wsimd";
import { checkUpgrade, rejection, type Sha1, upgradeResponse } from "wsimd/handshake";
import { EchoConnection } from "./echo-connection.ts";
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

const sha1: Sha1 = (bytes) => createHash("sha1").update(bytes).digest();

/** Starts the server: every WebSocket is echoed, and plain HTTP gets the page. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { port, host = "127.0.0.1", closeTimeout = 2000 } = options;
  const connections = new Set<EchoConnection>();
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
    if (!accept(request, socket, closeTimeout)) return;
    const connection = new EchoConnection(socket, { head, closeTimeout });
    connections.add(connection);
    void connection.gone.then(() => connections.delete(connection));
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
      await Promise.all([closed, ...Array.from(connections, ({ gone }) => gone)]);
    },
  };
}

/** Answers the opening handshake (§4.2.2). Returns whether the socket is a WebSocket from here on. */
function accept(request: IncomingMessage, socket: Duplex, closeTimeout: number): boolean {
  const upgrade = checkUpgrade({
    method: request.method ?? "",
    httpVersion: request.httpVersion,
    // Not `headers`, where Node joins or drops what was repeated.
    headers: request.headersDistinct,
  });
  if (upgrade.ok) {
    socket.write(upgradeResponse(upgrade, { sha1 }));
    return true;
  }
  // What the peer still sends is read and dropped, so that the answer is not lost to a reset.
  const timer = setTimeout(() => socket.destroy(), closeTimeout);
  socket.on("close", () => clearTimeout(timer));
  socket.on("error", () => {});
  socket.resume();
  socket.end(rejection(upgrade));
  return false;
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
