import type { Duplex } from "node:stream";
import type { AnyConnectionHandler } from "../connection/handler.ts";
import { ServerOpening, type ServerOpeningOptions } from "../connection/server-opening.ts";
import { type SocketOptions, settingsFor } from "./settings.ts";
import { SocketConnection } from "./socket-connection.ts";
import { checkSocket, orDestroy, sha1 } from "./upgrade.ts";

/** What a server takes on sockets of its own, and how its connections behave. */
export interface AcceptOptions extends Omit<SocketOptions, "role">, Omit<ServerOpeningOptions, "sha1"> {
  /** Takes what happens, as it happens. Without one, a loop over the connection has its messages. */
  readonly handler?: AnyConnectionHandler<SocketConnection> | undefined;
}

/** What the openings of an options object's connections share. */
const known = new WeakMap<AcceptOptions, ServerOpeningOptions>();

/**
 * Makes a connection of a socket that a `net` or `tls` server has accepted, on a port that serves nothing but WebSockets: the
 * opening handshake is read and answered here, without an HTTP server, and has `openingTimeout` to be done. The handler's
 * `onOpen` is told when it is; a client that is refused is answered, and `onClose` is told why. Pass the same options object
 * each time: it is read once.
 * @throws TypeError or RangeError naming the option that is wrong; TypeError when the socket is none.
 */
export function accept(socket: Duplex, options: AcceptOptions): SocketConnection {
  checkSocket(socket);
  const settings = settingsFor("server", options);
  let opening = known.get(options);
  if (opening === undefined) {
    opening = { ...options, sha1 };
    known.set(options, opening);
  }
  const start = new ServerOpening(opening);
  // The connection ends its half itself, once all is said.
  socket.allowHalfOpen = true;
  const connection = orDestroy(socket, () => new SocketConnection(settings, options.handler, socket, start));
  // Its "close" may be over.
  if (socket.destroyed) connection.abort();
  return connection;
}
