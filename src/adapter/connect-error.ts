import type { Refused } from "../connection/opening.ts";

/** What each way to fail is called: part of the interface. Where it is known who was spoken to, that takes the place of "the
 *  server". */
const MESSAGES: Readonly<Record<ConnectErrorCode, string>> = {
  UNREACHABLE: "the server could not be reached",
  TLS_FAILED: "TLS could not be agreed on with the server",
  PROXY_REFUSED: "the proxy did not open a tunnel",
  UNSUPPORTED: "the server takes no WebSockets over HTTP/2",
  REFUSED: "the server did not open a WebSocket",
  CUT_OFF: "the connection ended before the handshake was done",
  TIMED_OUT: "the connection was not open within openingTimeout",
  ABORTED: "the attempt to connect was aborted",
};

/**
 * The stable name of what went wrong: part of the interface.
 *
 * - `UNREACHABLE`: no connection to the server or the proxy, or `dial` failed
 * - `TLS_FAILED`: TLS could not be agreed on with it, or its certificate is none to trust
 * - `PROXY_REFUSED`: the proxy's answer, with `status` and `headers`, opens no tunnel
 * - `UNSUPPORTED`: the server of the session takes no WebSockets over HTTP/2 (RFC 8441 §3)
 * - `REFUSED`: the server's answer, with `status` and `headers`, opens no WebSocket (§4.1)
 * - `CUT_OFF`: the connection ended in the midst of it
 * - `TIMED_OUT`: `openingTimeout` has passed
 * - `ABORTED`: the `signal` was aborted, for the `cause`
 */
export type ConnectErrorCode =
  | "UNREACHABLE"
  | "TLS_FAILED"
  | "PROXY_REFUSED"
  | "UNSUPPORTED"
  | "REFUSED"
  | "CUT_OFF"
  | "TIMED_OUT"
  | "ABORTED";

/** Who was spoken to. */
export interface Peer {
  readonly who: "server" | "proxy";
  readonly hostname: string;
  readonly port: number;
}

/**
 * Why `connect` or `connectStream` opened no WebSocket. `cause` is the error of the socket or of a stream, or why the signal
 * was aborted.
 */
export class ConnectError extends Error {
  /** Always "ConnectError". */
  override readonly name: string = "ConnectError";
  /** What went wrong. */
  readonly code: ConnectErrorCode;
  /** The status of the server's answer, or the proxy's for PROXY_REFUSED; 0 when there was none. 401 and 302 are the caller's
   *  to act on. */
  readonly status: number;
  /** The headers of that answer, line for line. */
  readonly headers: Refused["headers"];
  /** One sentence for people about that answer. It repeats nothing of it. */
  readonly reason: string;

  /** `cause` is the error of the socket or of a stream, or why the signal was aborted. @internal */
  constructor(
    code: ConnectErrorCode,
    { cause, answer, peer }: { cause?: unknown; answer?: Refused; peer?: Peer } = {},
  ) {
    const what = peer === undefined ? MESSAGES[code] : MESSAGES[code].replace("the server", () => called(peer));
    super(`${what}${detail(code, cause, answer)}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.status = answer?.status ?? 0;
    this.headers = answer?.headers ?? [];
    this.reason = answer?.reason ?? "";
  }
}

function called({ who, hostname, port }: Peer): string {
  return `the ${who} at ${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

/** The status and the reason of an answer, or the name of a system's error: a `DOMException` has a number there. */
function detail(code: ConnectErrorCode, cause: unknown, answer: Refused | undefined): string {
  if (answer !== undefined) {
    const { status, reason } = answer;
    // What the code says is not said again.
    const repeated = reason.toLowerCase() === `${MESSAGES[code]}.`.toLowerCase();
    if (repeated) return `: ${status}`;
    return status === 0 ? `: ${reason}` : `: ${status}. ${reason}`;
  }
  const name = (cause as { code?: unknown } | undefined)?.code;
  return typeof name === "string" ? `: ${name}` : "";
}
