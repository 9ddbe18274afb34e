import type { Refused } from "../connection/opening.ts";

/** What each way to fail is called: part of the interface. */
const MESSAGES = {
  UNREACHABLE: "the server could not be reached",
  TLS_FAILED: "TLS could not be agreed on",
  PROXY_REFUSED: "the proxy opened no tunnel",
  UNSUPPORTED: "the server takes no WebSockets over HTTP/2",
  REFUSED: "the server opened no WebSocket",
  CUT_OFF: "the connection ended before the handshake was done",
  TIMED_OUT: "the connection was not open within openingTimeout",
  ABORTED: "the attempt to connect was aborted",
} as const;

export type ConnectErrorCode = keyof typeof MESSAGES;

/** Why `connect` or `connectStream` opened no WebSocket. */
export class ConnectError extends Error {
  override readonly name: string = "ConnectError";
  readonly code: ConnectErrorCode;
  /** The status of the server's answer, or the proxy's for PROXY_REFUSED; 0 when there was none. 401 and 302 are the caller's
   *  to act on. */
  readonly status: number;
  /** The headers of that answer, line for line. */
  readonly headers: Refused["headers"];
  /** One sentence for people about that answer. It repeats nothing of it. */
  readonly reason: string;

  /** `cause` is the error of the socket or of a stream, or why the signal was aborted. */
  constructor(code: ConnectErrorCode, { cause, answer }: { cause?: unknown; answer?: Refused } = {}) {
    super(`${MESSAGES[code]}${detail(cause, answer)}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.status = answer?.status ?? 0;
    this.headers = answer?.headers ?? [];
    this.reason = answer?.reason ?? "";
  }
}

/** The status and the reason of an answer, or the name of a system's error: a `DOMException` has a number there. */
function detail(cause: unknown, answer: Refused | undefined): string {
  if (answer !== undefined) return answer.status === 0 ? `: ${answer.reason}` : `: ${answer.status}. ${answer.reason}`;
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? `: ${code}` : "";
}
