import { collectFields, type HeaderFields, headerLines, isToken } from "./headers.ts";
import { acceptKey, type Sha1 } from "./key.ts";
import type { Upgrade } from "./request.ts";

export interface UpgradeResponseOptions {
  readonly sha1: Sha1;
  /** The subprotocol to speak, one of those on offer. Default: none. */
  readonly protocol?: string;
  /** Further headers, such as Set-Cookie. */
  readonly headers?: HeaderFields;
}

/** What the handshake itself says, and what RFC 9110 §8.6 and RFC 9112 §6.1 forbid in a 101. */
const RESERVED: ReadonlySet<string> = new Set([
  "upgrade",
  "connection",
  "sec-websocket-accept",
  "sec-websocket-protocol",
  "content-length",
  "transfer-encoding",
]);

/** What `rejection` says itself. `Upgrade` is among its headers where there is one. */
const RESERVED_IN_REJECTION: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "content-type",
  "transfer-encoding",
]);

const PHRASES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  421: "Misdirected Request",
  426: "Upgrade Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/**
 * The answer that opens the WebSocket (§4.2.2): the frames follow right behind it.
 * @throws TypeError when `upgrade` is a refusal, `sha1` no function, `protocol` not offered, or a header cannot be sent.
 */
export function upgradeResponse(upgrade: Upgrade, options: UpgradeResponseOptions): Uint8Array<ArrayBuffer> {
  if (upgrade?.ok !== true) throw new TypeError("upgrade must be one that checkUpgrade found to be ok");
  if (typeof options?.sha1 !== "function") throw new TypeError("sha1 must be a function");
  const { sha1, protocol, headers = {} } = options;
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptKey(upgrade.key, sha1)}`,
  ];
  if (protocol !== undefined) {
    // §4.2.2: "The value chosen MUST be derived from the client's handshake, specifically by selecting one of the values".
    // Since what was offered was checked to be tokens, nothing else can get into the header either.
    if (!upgrade.protocols.includes(protocol)) throw new TypeError("protocol must be one that the client offered");
    lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
  }
  appendHeaders(lines, headers, RESERVED);
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}

/**
 * The answer that refuses a handshake, after which the connection is to be closed. Takes what `checkUpgrade` gave, or a
 * refusal of the caller's own: 403 for an origin (§10.2), 404 for a path, 503 when overloaded.
 * @throws RangeError when `status` is no error's.
 * @throws TypeError when `reason` is no string, or a header cannot be sent.
 */
export function rejection(refusal: {
  readonly status: number;
  readonly headers?: HeaderFields;
  readonly reason: string;
}): Uint8Array<ArrayBuffer> {
  const { status, reason } = refusal;
  const headers = [...headerLines(refusal.headers ?? {})];
  if (typeof reason !== "string") throw new TypeError("reason must be a string");
  if (!Number.isInteger(status) || status < 300 || status > 599) {
    throw new RangeError(`status must be an integer from 300 to 599, not ${status}`);
  }
  const body = new TextEncoder().encode(`${reason}\n`);
  const lines = [`HTTP/1.1 ${status} ${PHRASES[status] ?? ""}`];
  appendHeaders(lines, headers, RESERVED_IN_REJECTION);
  lines.push(
    // RFC 9110 §7.8: "A sender of Upgrade MUST also send an "Upgrade" connection option in the Connection header field".
    collectFields(headers).has("upgrade") ? "Connection: Upgrade, close" : "Connection: close",
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${body.length}`,
  );
  const head = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

/**
 * Appends the caller's headers. A name that is no token or a value with a line break could end the line and begin another
 * header, or the body; so could what another recipient reads as one, so that only ASCII that prints, spaces and tabs pass.
 */
function appendHeaders(lines: string[], headers: HeaderFields, reserved: ReadonlySet<string>): void {
  for (const [name, value] of headerLines(headers)) {
    if (!isToken(name)) throw new TypeError("headers: a name is not a token");
    if (reserved.has(name.toLowerCase())) throw new TypeError(`headers: ${name} is set by the handshake itself`);
    if (!/^[\t\x20-\x7e]*$/.test(value)) throw new TypeError(`headers: the value of ${name} has forbidden characters`);
    lines.push(`${name}: ${value}`);
  }
}
