import { connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts } from "node:net";
import { connect as connectTls, type ConnectionOptions as TlsOptions } from "node:tls";
import { ConnectError, type Peer } from "../adapter/connect-error.ts";
import { HandshakeError } from "../handshake/handshake-error.ts";
import { type HeadLimits, HeadParser } from "../handshake/head-parser.ts";
import type { WebSocketUri } from "../handshake/uri.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { checkConnectResponse, connectRequest } from "../proxy/connect.ts";
import type { HttpProxy } from "../proxy/environment.ts";
import type { Attempt } from "./attempt.ts";
import { readInto } from "./receive.ts";

export interface Route {
  readonly uri: WebSocketUri;
  readonly proxy: HttpProxy | undefined;
  readonly tls: TlsOptions;
  readonly proxyTls: TlsOptions;
  /** Whose memory to read into; none to read into memory of each chunk's own. */
  readonly kernel: Kernel | undefined;
  readonly limits: HeadLimits;
}

type Place = Peer & Pick<WebSocketUri, "secure">;

/** A socket on which the server of `route` can be spoken to: over TCP or TLS, or either through a proxy. */
export async function dial(route: Route, attempt: Attempt): Promise<Socket> {
  const { uri, proxy, tls, proxyTls, kernel, limits } = route;
  const server: Place = { ...uri, who: "server" };
  if (proxy === undefined) return reach(server, tls, kernel, attempt);
  // What TLS in the tunnel reads is not read by this socket.
  const socket = await reach({ ...proxy, who: "proxy" }, proxyTls, uri.secure ? undefined : kernel, attempt);
  await openTunnel(socket, route, proxy, limits, attempt);
  return uri.secure ? secure(socket, server, tls, kernel, attempt) : socket;
}

/** §4.1: "Establish a connection", and over it, for a place that wants it, TLS. */
async function reach(place: Place, tls: TlsOptions, kernel: Kernel | undefined, attempt: Attempt): Promise<Socket> {
  const { hostname: host, port } = place;
  if (place.secure) return secure(undefined, place, tls, kernel, attempt);
  const onread = kernel === undefined ? {} : { onread: readInto(kernel, () => socket) };
  // The connection ends its half itself, once all is said.
  const options: TcpNetConnectOpts = { host, port, noDelay: true, allowHalfOpen: true, ...onread };
  const socket: Socket = attempt.watch(connectTcp(options));
  await attempt.until(socket, "connect", "UNREACHABLE", place);
  return socket;
}

/** TLS to a place, or in a tunnel to it. §4.1: "perform a TLS handshake over the connection". */
async function secure(
  tunnel: Socket | undefined,
  place: Place,
  tls: TlsOptions,
  kernel: Kernel | undefined,
  attempt: Attempt,
): Promise<Socket> {
  const { hostname, port } = place;
  const options: TlsOptions & { allowHalfOpen: boolean } = {
    // §4.1: "Clients MUST use the Server Name Indication extension"; RFC 6066 §3: names only, "without a trailing dot".
    ...(isIP(hostname) === 0 ? { servername: hostname.replace(/\.$/, "") } : {}),
    ...tls,
    ALPNProtocols: ["http/1.1"],
    // With a tunnel, too, since the certificate must be that of the host.
    host: hostname,
    port,
    allowHalfOpen: true,
    ...(tunnel === undefined ? {} : { socket: tunnel }),
    ...(kernel === undefined ? {} : { onread: readInto(kernel, () => socket) }),
  };
  const socket: Socket = attempt.watch(connectTls(options));
  if (tunnel === undefined) await attempt.until(socket, "connect", "UNREACHABLE", place);
  await attempt.until(socket, "secureConnect", "TLS_FAILED", place);
  return socket;
}

/** Asks the proxy for a tunnel, and reads what it says to that. */
async function openTunnel(
  socket: Socket,
  { uri }: Route,
  { authorization }: HttpProxy,
  limits: HeadLimits,
  attempt: Attempt,
): Promise<void> {
  const refused = (status: number, reason: string, headers: ConnectError["headers"] = []): ConnectError =>
    new ConnectError("PROXY_REFUSED", { answer: { status, reason, headers } });
  let parser = new HeadParser("response", limits);
  socket.write(connectRequest({ host: uri.hostname, port: uri.port, authorization }));
  await attempt.read<void>(socket, (chunk, done) => {
    try {
      let parsed = parser.push(chunk);
      // RFC 9110 §15.2: "A client MUST be able to parse one or more 1xx responses received prior to a final response".
      while (parsed !== undefined && parsed.head.status < 200) {
        parser = new HeadParser("response", limits);
        parsed = parser.push(parsed.rest);
      }
      if (parsed === undefined) return;
      const answer = checkConnectResponse(parsed.head);
      if (!answer.ok) throw refused(answer.status, answer.reason, answer.headers);
      // Neither TLS nor HTTP has the server speak first.
      if (parsed.rest.length > 0) {
        throw refused(parsed.head.status, "Something came through the tunnel before it was asked for.");
      }
      done();
    } catch (error) {
      throw error instanceof HandshakeError ? refused(0, error.reason) : error;
    }
  });
}
