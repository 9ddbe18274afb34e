import type { HeaderLine, ResponseHead } from "../handshake/head-parser.ts";
import { encodeHead, isSendable } from "../handshake/headers.ts";
import { isHost } from "../handshake/uri.ts";
import { checkInteger, checkObject, checkString, shown } from "../protocol/argument.ts";

/** What to ask a proxy for. */
export interface ConnectOptions {
  /** The host to reach through the proxy: a name, or an address without brackets, as `WebSocketUri.hostname` is. */
  readonly host: string;
  /** 1 to 65 535. */
  readonly port: number;
  /** What Proxy-Authorization says, such as `HttpProxy.authorization`. Default: nothing. */
  readonly authorization?: string | undefined;
}

/**
 * The request for a tunnel through a proxy (RFC 9110 §9.3.6, and RFC 6455 §4.1: "connect to that proxy and ask it to open a
 * TCP connection to the host given by /host/ and the port given by /port/"). Over the tunnel goes TLS for a `wss:` URI, then
 * the opening handshake.
 * @param options where to
 * @throws TypeError or RangeError when an option is none that can be sent.
 */
export function connectRequest(options: ConnectOptions): Uint8Array<ArrayBuffer> {
  checkObject("options", options);
  const { host, port, authorization } = options;
  checkString("host", host);
  const bracketed = host.includes(":") ? `[${host}]` : host;
  if (!isHost(bracketed) || !URL.canParse(`ws://${bracketed}`)) {
    // Where there is an "@", a password may stand before it.
    const received = host.includes("@") ? "" : `, not ${shown(host)}`;
    throw new TypeError(`host must be a name or an address without brackets${received}`);
  }
  checkInteger("port", port, 1, 65_535);
  // RFC 9112 §3.2.3: in the "authority-form" the port is always said.
  const authority = `${bracketed}:${port}`;
  const lines: [string, string][] = [["Host", authority]];
  if (authorization !== undefined) {
    checkString("authorization", authorization);
    if (!isSendable(authorization)) throw new TypeError("authorization has forbidden characters");
    lines.push(["Proxy-Authorization", authorization]);
  }
  return encodeHead(`CONNECT ${authority} HTTP/1.1`, lines);
}

/** The tunnel is open: what follows the response comes from the host. */
export interface Tunnel {
  /** Tells it from `NoTunnel`. */
  readonly ok: true;
}

/** There is no tunnel, and the connection is to be closed. */
export interface NoTunnel {
  /** Tells it from a `Tunnel`. */
  readonly ok: false;
  /** What the proxy answered: 407 when it wants other credentials. */
  readonly status: number;
  /** The headers of that answer, such as Proxy-Authenticate, line for line. */
  readonly headers: readonly HeaderLine[];
  /** One sentence for people. It repeats nothing of the response. */
  readonly reason: string;
}

/**
 * Judges the proxy's answer, which a `HeadParser` has read within its limits. A status below 200 is no answer yet: pass over
 * it, and read the next head from the bytes that follow.
 * @param response the head of the answer
 * @throws TypeError when it is none, RangeError when its status is no number of three digits.
 */
export function checkConnectResponse(response: Pick<ResponseHead, "status" | "headers">): Tunnel | NoTunnel {
  checkObject("response", response);
  const { status, headers } = response;
  checkInteger("status", status, 0, 999);
  // RFC 9110 §9.3.6: "Any 2xx (Successful) response indicates that the sender ... will switch to tunnel mode immediately after
  // the response header section"; Content-Length and Transfer-Encoding there are to be ignored.
  if (status >= 200 && status < 300) return { ok: true };
  const reason = status === 407 ? "The proxy wants other credentials." : "The proxy did not open a tunnel.";
  return { ok: false, status, headers, reason };
}
