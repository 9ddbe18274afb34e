import { checkInteger, checkObject, checkString, wrongType } from "../protocol/argument.ts";
import { type AgreementOptions, agreementLines, checkLists } from "./agreement.ts";
import { collectFields, encodeHead, headerLines, outgoingLines } from "./headers.ts";
import { acceptKey, type Sha1 } from "./key.ts";
import type { Answer } from "./refusal.ts";
import type { Upgrade } from "./request.ts";

/** What a server says to a client that it accepts over HTTP/1.1. */
export interface UpgradeResponseOptions extends AgreementOptions {
  /** To answer the client's key with. */
  readonly sha1: Sha1;
}

/** What the handshake itself says, and what RFC 9110 §8.6 and RFC 9112 §6.1 forbid in a 101. */
export const RESERVED_IN_RESPONSE: ReadonlySet<string> = new Set([
  "upgrade",
  "connection",
  "sec-websocket-accept",
  "sec-websocket-protocol",
  "sec-websocket-extensions",
  "content-length",
  "transfer-encoding",
]);

/** What `rejection` says itself. `Upgrade` is among its headers where there is one. */
export const RESERVED_IN_REJECTION: ReadonlySet<string> = new Set([
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
  414: "URI Too Long",
  421: "Misdirected Request",
  426: "Upgrade Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/**
 * The answer that opens the WebSocket (§4.2.2): the frames follow right behind it.
 * @throws TypeError when `upgrade` is a refusal, `sha1` no function, `protocol` or an extension not offered, or a header
 * cannot be sent.
 */
export function upgradeResponse(upgrade: Upgrade, options: UpgradeResponseOptions): Uint8Array<ArrayBuffer> {
  if (upgrade?.ok !== true) throw wrongType("upgrade", "one that checkUpgrade found to be ok", upgrade);
  checkLists("upgrade", upgrade);
  checkObject("options", options ?? {});
  if (typeof options?.sha1 !== "function") throw wrongType("sha1", "a function", options?.sha1);
  return encodeHead("HTTP/1.1 101 Switching Protocols", [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", acceptKey(upgrade.key, options.sha1)],
    ...agreementLines(upgrade, options),
    ...outgoingLines(options.headers ?? {}, RESERVED_IN_RESPONSE),
  ]);
}

/**
 * The answer that refuses a handshake, after which the connection is to be closed. Takes what `checkUpgrade` gave, or a
 * refusal of the caller's own: 403 for an origin (§10.2), 404 for a path, 503 when overloaded.
 * @throws RangeError when `status` is not from 300 to 599.
 * @throws TypeError when `reason` is no string, or a header cannot be sent.
 */
export function rejection(refusal: Answer): Uint8Array<ArrayBuffer> {
  checkObject("refusal", refusal);
  const { status, reason } = refusal;
  const headers = [...headerLines(refusal.headers ?? {})];
  checkString("reason", reason);
  checkInteger("status", status, 300, 599);
  const body = new TextEncoder().encode(`${reason}\n`);
  const head = encodeHead(`HTTP/1.1 ${status} ${PHRASES[status] ?? ""}`, [
    ...outgoingLines(headers, RESERVED_IN_REJECTION),
    // RFC 9110 §7.8: "A sender of Upgrade MUST also send an "Upgrade" connection option in the Connection header field".
    ["Connection", collectFields(headers).has("upgrade") ? "Upgrade, close" : "close"],
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Content-Length", String(body.length)],
  ]);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}
