import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import { ConnectError } from "../adapter/connect-error.ts";
import { type Attempted, openInTime } from "../adapter/open-in-time.ts";
import { checkSignal } from "../adapter/signal.ts";
import { agreedIn, offersOf } from "../connection/client-opening.ts";
import type { AnyConnectionHandler } from "../connection/handler.ts";
import type { Agreed } from "../connection/opening.ts";
import {
  type ClientExtendedConnect,
  checkExtendedConnectResponse,
  extendedConnectRequest,
} from "../handshake/extended-connect.ts";
import { headerLines } from "../handshake/headers.ts";
import { wrongType } from "../protocol/argument.ts";
import type { ConnectOptions } from "./connect.ts";
import { Http2Connection } from "./http2-connection.ts";
import { settingsFor } from "./settings.ts";
import type { SocketConnection } from "./socket-connection.ts";

/** What a client offers on a session of HTTP/2, and how its connection behaves. */
export interface ConnectStreamOptions
  extends Omit<ConnectOptions, "handler" | "proxy" | "tls" | "proxyTls" | "version" | "maxHeadLength" | "maxHeaders"> {
  /** Takes what happens, as it happens. Without one, a loop over the connection has its messages. */
  readonly handler?: AnyConnectionHandler<SocketConnection> | undefined;
}

const NO_OPTIONS: ConnectStreamOptions = {};

/**
 * Opens a WebSocket on a stream of a session that exists (RFC 8441), and gives the connection once it is open, as `connect`
 * does. It waits for the server's settings, if they have not come yet. The session is the caller's: it stays as it is.
 * @throws ConnectError when there is no connection, whatever the reason.
 * @throws TypeError or RangeError naming the option that is wrong; TypeError when the session is none.
 */
export async function connectStream(
  session: ClientHttp2Session,
  uri: string,
  options: ConnectStreamOptions = NO_OPTIONS,
): Promise<SocketConnection> {
  if (typeof session?.request !== "function") throw wrongType("session", "a ClientHttp2Session", session);
  const settings = settingsFor("client", options);
  const { extension, signal } = options;
  checkSignal(signal);
  const request = extendedConnectRequest({ ...options, uri, extensions: offersOf(extension) });
  const attempt = new StreamAttempt();
  return openInTime(attempt, settings.openingTimeout, signal, async () => {
    await attempt.wait(supported(session));
    const stream = attempt.watch(session.request(request.headers, { endStream: false }));
    const headers = (await attempt.wait(until(stream, "response"))) as IncomingHttpHeaders;
    // It may have been reset in the same turn.
    if (stream.destroyed) throw new ConnectError("CUT_OFF");
    return new Http2Connection(settings, options.handler, stream, judge(headers, request, options));
  });
}

class StreamAttempt implements Attempted {
  readonly #controller = new AbortController();
  readonly #givenUp: Promise<never> = once(this.#controller.signal, "abort").then(() => {
    throw this.#controller.signal.reason;
  });
  #stream: ClientHttp2Stream | undefined;

  giveUp(failure: ConnectError): void {
    this.#controller.abort(failure);
  }

  fail(error: unknown): unknown {
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    this.#stream?.destroy();
    return error;
  }

  /** Fails when the attempt is given up. */
  wait<T>(step: Promise<T>): Promise<T> {
    return Promise.race([this.#givenUp, step]);
  }

  /** Takes the stream, to be reset when the attempt fails. */
  watch(stream: ClientHttp2Stream): ClientHttp2Stream {
    this.#stream = stream.on("error", () => {});
    return stream;
  }
}

/** Whether each session's settings allow it: one answer for all that ask, since there may be very many. */
const allowed = new WeakMap<ClientHttp2Session, Promise<boolean>>();

async function supported(session: ClientHttp2Session): Promise<void> {
  checkOpen(session);
  let answer = allowed.get(session);
  if (answer === undefined) {
    answer = allows(session);
    allowed.set(session, answer);
  }
  const supported = await answer;
  checkOpen(session);
  if (supported) return;
  allowed.delete(session); // It may still change its mind.
  throw new ConnectError("UNSUPPORTED");
}

/** A session that is closing takes no new streams. */
function checkOpen(session: ClientHttp2Session): void {
  if (session.destroyed || session.closed) throw new ConnectError("UNREACHABLE");
}

/**
 * RFC 8441 §3: "Upon receipt of SETTINGS_ENABLE_CONNECT_PROTOCOL with a value of 1, a client MAY use the Extended CONNECT". The
 * server's settings have come when it has acknowledged ours.
 */
async function allows(session: ClientHttp2Session): Promise<boolean> {
  if (session.connecting) await until(session, "connect");
  while (session.remoteSettings.enableConnectProtocol !== true) {
    if (!session.pendingSettingsAck) return false;
    await until(session, "localSettings");
  }
  return true;
}

/** What `event` tells. Fails when the emitter closes before. */
async function until(emitter: ClientHttp2Session | ClientHttp2Stream, event: string): Promise<unknown> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const closed = once(emitter, "close", { signal }).then(() => Promise.reject(new ConnectError("CUT_OFF")));
  try {
    const [value] = await Promise.race([once(emitter, event, { signal }), closed]);
    return value;
  } catch (cause) {
    throw cause instanceof ConnectError ? cause : new ConnectError("CUT_OFF", { cause });
  } finally {
    // Whatever still listens stops.
    waiting.abort();
  }
}

/** What the answer agrees on. @throws ConnectError when it opens nothing. */
function judge(
  headers: IncomingHttpHeaders,
  request: ClientExtendedConnect,
  { extension }: ConnectStreamOptions,
): Agreed {
  const opened = checkExtendedConnectResponse(headers, request);
  if (!opened.ok) throw new ConnectError("REFUSED", { answer: opened });
  const agreed = agreedIn(opened, extension);
  if (typeof agreed !== "string") return agreed;
  const lines = [...headerLines(headers)].filter(([name]) => !name.startsWith(":"));
  throw new ConnectError("REFUSED", { answer: { status: Number(headers[":status"]), headers: lines, reason: agreed } });
}
