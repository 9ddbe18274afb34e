import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { LONGEST_TIMER } from "../adapter/deadlines.ts";
import type { AnyConnectionHandler } from "../connection/handler.ts";
import { type AcceptOptions, accept } from "../connection/server-opening.ts";
import type { Sha1 } from "../handshake/key.ts";
import type { Answer } from "../handshake/refusal.ts";
import { checkUpgrade } from "../handshake/request.ts";
import { rejection } from "../handshake/response.ts";
import { checkBytes, checkObject, shown, wrongType } from "../protocol/argument.ts";
import { type SocketOptions, settingsFor } from "./settings.ts";
import { SocketConnection } from "./socket-connection.ts";

/** What a server takes of the requests for an upgrade, and how its connections behave. */
export interface UpgradeOptions extends Omit<SocketOptions, "role">, AcceptOptions {
  /** Takes what happens, as it happens. Without one, a loop over the connection has its messages. */
  readonly handler?: AnyConnectionHandler<SocketConnection> | undefined;
}

export const sha1: Sha1 = (bytes) => createHash("sha1").update(bytes).digest();

/**
 * Answers the request that an `http` or `https` server's "upgrade" event brought, and returns the connection; `undefined`
 * when the request was refused, and has been told so, or when the client is gone. What else there is to check, such as path,
 * origin or cookies, is the caller's to check before; `refuse` answers for it. Pass the same options object each time: it is
 * read once.
 * @throws TypeError or RangeError naming the argument or the option that is wrong. What the extension throws, and that ends the
 * socket.
 */
export function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  options: UpgradeOptions,
): SocketConnection | undefined {
  if (typeof request?.headersDistinct !== "object") throw wrongType("request", "an IncomingMessage", request);
  checkSocket(socket);
  checkBytes("head", head);
  const settings = settingsFor("server", options);
  if (socket.destroyed) return undefined;
  const { method = "", httpVersion, headersDistinct: headers } = request;
  const upgrade = checkUpgrade({ method, httpVersion, headers }, options);
  if (!upgrade.ok) {
    refuse(socket, upgrade, settings.closeTimeout);
    return undefined;
  }
  return orDestroy(socket, () => {
    const { answer, agreed } = accept(upgrade, { ...options, sha1 });
    // The timeouts of an HTTP server end here.
    if ("setTimeout" in socket) (socket as Duplex & { setTimeout(milliseconds: number): void }).setTimeout(0);
    socket.write(answer);
    // Before somebody listens, so that its messages come once the caller has the connection.
    if (head.length > 0) socket.unshift(head);
    return new SocketConnection(settings, options.handler, socket, agreed);
  });
}

/** What `open` makes of a socket. Nobody else looks after it any more: when that throws, it is gone. */
export function orDestroy<T>(socket: Duplex, open: () => T): T {
  try {
    return open();
  } catch (error) {
    socket.on("error", () => {}).destroy();
    throw error;
  }
}

export function checkSocket(socket: Duplex): void {
  if (typeof socket?.on !== "function") throw wrongType("socket", "a Duplex, such as a net.Socket", socket);
}

/**
 * Refuses a request to upgrade, and ends the connection: 401 or 403 where somebody may not (§10.2), 404 for a path, 503 when
 * there are too many. A client that has not taken the answer after `timeout` milliseconds, by default 5000, is cut off.
 * @throws TypeError or RangeError as `rejection` does; TypeError when the socket or the refusal is none.
 */
export function refuse(socket: Duplex, refusal: Answer, timeout = 5000): void {
  checkSocket(socket);
  checkRefusal(refusal);
  const answer = rejection(refusal);
  if (socket.destroyed) return;
  // What the peer still sends is read and dropped, so that the answer is not lost to a reset.
  const timer = setTimeout(() => socket.destroy(), Math.min(timeout, LONGEST_TIMER));
  socket.on("close", () => clearTimeout(timer)).on("error", () => {});
  socket.resume();
  socket.end(answer);
}

export function checkRefusal(refusal: Answer): void {
  checkObject("refusal", refusal);
  const { reason } = refusal;
  if (typeof reason !== "string")
    throw new TypeError(`refusal must have a string for its reason, not ${shown(reason)}`);
}
