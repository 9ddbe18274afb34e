import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { LONGEST_TIMER } from "../adapter/deadlines.ts";
import { agreeOn } from "../connection/server-opening.ts";
import {
  checkExtendedConnect,
  extendedConnectRejection,
  extendedConnectResponse,
} from "../handshake/extended-connect.ts";
import type { Answer } from "../handshake/refusal.ts";
import { wrongType } from "../protocol/argument.ts";
import { Http2Connection } from "./http2-connection.ts";
import { settingsFor } from "./settings.ts";
import type { SocketConnection } from "./socket-connection.ts";
import { checkRefusal, orDestroy, type UpgradeOptions } from "./upgrade.ts";

/**
 * Answers the request that an `http2` server's "stream" event brought (RFC 8441), and returns the connection; `undefined` when
 * the request was refused, and has been told so, or when the client is gone. As `upgrade` does over HTTP/1.1, with the same
 * options; `versions` and `freeChunks` mean nothing here. Clients ask only where the server was made with `settings: {
 * enableConnectProtocol: true }`. A server that has a "request" listener answers 405 to every CONNECT itself, unless it has one
 * for "connect", too, which gets `request.stream` and `request.headers`.
 * @throws TypeError or RangeError naming the argument or the option that is wrong. What the extension throws, and that ends the
 * stream.
 */
export function acceptStream(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  options: UpgradeOptions,
): SocketConnection | undefined {
  checkStream(stream);
  const settings = settingsFor("server", options);
  if (stream.destroyed || stream.closed) return undefined;
  const connect = checkExtendedConnect(headers);
  if (!connect.ok) {
    refuseStream(stream, connect, settings.closeTimeout);
    return undefined;
  }
  return orDestroy(stream, () => {
    const { agreed, extensions } = agreeOn(connect, options);
    const { protocol } = agreed;
    stream.respond(extendedConnectResponse(connect, { protocol, extensions, headers: options.headers ?? {} }));
    return new Http2Connection(settings, options.handler, stream, agreed);
  });
}

function checkStream(stream: ServerHttp2Stream): void {
  if (typeof stream?.respond !== "function") throw wrongType("stream", "a ServerHttp2Stream", stream);
}

/**
 * Refuses a request for a WebSocket on a stream, and ends the stream: as `refuse` does over HTTP/1.1, with the same `timeout`.
 * @throws TypeError or RangeError as `extendedConnectRejection` does; TypeError when the stream or the refusal is none.
 */
export function refuseStream(stream: ServerHttp2Stream, refusal: Answer, timeout = 5000): void {
  checkStream(stream);
  checkRefusal(refusal);
  const answer = extendedConnectRejection(refusal);
  if (stream.destroyed || stream.closed) return;
  // Of a client that does not take the answer in, or whose session is gone.
  const timer = setTimeout(() => stream.destroy(), Math.min(timeout, LONGEST_TIMER));
  stream.on("close", () => clearTimeout(timer)).on("error", () => {});
  stream.resume();
  stream.respond(answer);
  stream.end(`${refusal.reason}\n`);
  // RFC 9113 §8.1: "a server MAY request that the client abort transmission of a request without error by sending a RST_STREAM
  // with an error code of NO_ERROR after sending a complete response".
  stream.close(constants.NGHTTP2_NO_ERROR);
}
