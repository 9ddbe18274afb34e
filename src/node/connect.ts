import type { Socket } from "node:net";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { ConnectError } from "../adapter/connect-error.ts";
import { openInTime } from "../adapter/open-in-time.ts";
import { checkSignal } from "../adapter/signal.ts";
import { ClientOpening, type ClientOpeningOptions } from "../connection/client-opening.ts";
import type { AnyConnectionHandler } from "../connection/handler.ts";
import type { WebSocketUri } from "../handshake/uri.ts";
import { defaultKernel } from "../kernel/select.ts";
import { checkObject } from "../protocol/argument.ts";
import { type HttpProxy, parseProxy, proxyFor } from "../proxy/environment.ts";
import { Attempt } from "./attempt.ts";
import { dial } from "./dial.ts";
import { type SocketOptions, type SocketSettings, settingsFor } from "./settings.ts";
import { SocketConnection } from "./socket-connection.ts";
import { sha1 } from "./upgrade.ts";

/** How a client connects, what it offers, and how its connection behaves. */
export interface ConnectOptions
  extends Omit<SocketOptions, "role" | "freeChunks">,
    Omit<ClientOpeningOptions, "uri" | "sha1"> {
  /**
   * Takes what happens, as it happens. What a message holds stands until the handler returns: the socket is read into one
   * buffer, which the next read writes over. Copy what is to be kept; `message.data` throws when it is asked for later, and a
   * view that was kept shows other bytes. What is sent is copied. Without a handler, a loop over the connection has its
   * messages, to keep.
   */
  readonly handler?: AnyConnectionHandler<SocketConnection> | undefined;
  /** The proxy to connect through, an `http:` or `https:` URL; "" for none. Default: what HTTPS_PROXY says for `wss:` and
   *  HTTP_PROXY for `ws:`, unless NO_PROXY names the host. */
  readonly proxy?: string | undefined;
  /** For `wss:`, what Node's `tls.connect` takes besides: `ca`, `cert` and `key`, `servername`, `rejectUnauthorized`. */
  readonly tls?: TlsOptions | undefined;
  /** The same for an `https:` proxy. */
  readonly proxyTls?: TlsOptions | undefined;
  /** Gives the attempt up when it is aborted, and later the connection, as `abort` does. */
  readonly signal?: AbortSignal | undefined;
}

const NO_OPTIONS: ConnectOptions = {};

/**
 * Connects to a `ws:` or `wss:` URI, and gives the connection once it is open, so that the handler has no `onOpen`; messages
 * that came at once may be handed to it before. `openingTimeout` is for all of it together: TCP, the proxy's tunnel, TLS and
 * the opening handshake. When it fails, nothing is left open. Pass the same options object for many connections: its limits
 * and times are read once, and they share what they can.
 * @throws ConnectError when there is no connection, whatever the reason.
 * @throws TypeError or RangeError naming the option that is wrong.
 */
export async function connect(uri: string, options: ConnectOptions = NO_OPTIONS): Promise<SocketConnection> {
  const settings = settingsFor("client", options);
  const { handler, signal, tls = {}, proxyTls = {} } = options;
  checkObject("tls", tls);
  checkObject("proxyTls", proxyTls);
  checkSignal(signal);
  const opening = new ClientOpening({ ...options, uri, sha1 });
  const kernel = handler === undefined ? undefined : (options.kernel ?? defaultKernel().kernel);
  const route = {
    uri: opening.uri,
    proxy: proxyOf(opening.uri, options.proxy),
    tls,
    proxyTls,
    kernel,
    limits: options,
  };
  const attempt = new Attempt();
  return openInTime(attempt, settings.openingTimeout, signal, async () => {
    const socket = await dial(route, attempt);
    const connection = await open(socket, opening, settings, handler, attempt);
    attempt.check();
    return connection;
  });
}

function proxyOf(uri: WebSocketUri, proxy: string | undefined): HttpProxy | undefined {
  if (proxy === undefined) return proxyFor(uri, process.env);
  return proxy === "" ? undefined : parseProxy("proxy", proxy);
}

/** §4.1: "Once a connection to the server has been established ... the client MUST send an opening handshake". */
function open(
  socket: Socket,
  opening: ClientOpening,
  settings: SocketSettings,
  handler: AnyConnectionHandler<SocketConnection> | undefined,
  attempt: Attempt,
): Promise<SocketConnection> {
  socket.write(opening.request);
  return attempt.read<SocketConnection>(socket, (chunk, done) => {
    const outcome = opening.receive(chunk);
    if (outcome === undefined) return;
    if ("refused" in outcome) throw new ConnectError("REFUSED", { answer: outcome.refused });
    const connection = new SocketConnection(settings, handler, socket, outcome.agreed);
    done(connection);
    if (outcome.rest.length > 0) socket.emit("data", outcome.rest);
  });
}
