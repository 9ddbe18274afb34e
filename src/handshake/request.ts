import { collectFields, type HeaderFields, isToken, splitList } from "./headers.ts";
import { isKey } from "./key.ts";

/** The version of the protocol that RFC 6455 defines, as Sec-WebSocket-Version carries it. */
export const VERSION = "13";

/** A request, as an HTTP library has parsed it. */
export interface UpgradeRequest {
  readonly method: string;
  /** Such as `"1.1"`. Default: `"1.1"`, where the library has refused anything older. */
  readonly httpVersion?: string;
  readonly headers: HeaderFields;
}

/** A request that opens a WebSocket: answer it with `upgradeResponse`. */
export interface Upgrade {
  readonly ok: true;
  /** Sec-WebSocket-Key, as it came. */
  readonly key: string;
  /** The subprotocols the client offers, its favourite first; empty when it offers none (§1.9). */
  readonly protocols: readonly string[];
  readonly host: string;
  /** Where the page comes from that opened the connection, when the client is a browser (§10.2). Checked by the caller. */
  readonly origin: string | undefined;
}

/** A request that opens none: answer it with `rejection`. */
export interface Refusal {
  readonly ok: false;
  readonly status: number;
  /** What the answer must say besides, such as `Allow`. */
  readonly headers: Readonly<Record<string, string>>;
  /** One sentence for people. It repeats nothing of the request. */
  readonly reason: string;
}

// RFC 9110 §15.5.22: "The server MUST send an Upgrade header field in a 426 response".
const UPGRADE: Readonly<Record<string, string>> = { Upgrade: "websocket" };

/**
 * Reads a client's opening handshake as §4.2.1 describes it.
 * @throws TypeError when `request` or its headers are of the wrong type; what the peer may have got wrong is in the answer.
 */
export function checkUpgrade(request: UpgradeRequest): Upgrade | Refusal {
  if (typeof request !== "object" || request === null) throw new TypeError("request must be an object");
  // §4.2.1: "An HTTP/1.1 or higher GET request".
  if (request.method !== "GET") {
    return refuse(405, { Allow: "GET" }, "A WebSocket is opened with a GET request.");
  }
  // Not 505, which speaks of the major version only (RFC 9110 §15.6.6); the Upgrade of HTTP/1.0 counts for nothing (§7.8).
  if (!isAtLeast11(request.httpVersion ?? "1.1")) {
    return refuse(400, {}, "A WebSocket is opened over HTTP/1.1 or later.");
  }
  const fields = collectFields(request.headers);
  // §4.2.1 knows no body. One that were passed over would be taken for frames.
  const length = fields.get("content-length") ?? ["0"];
  if (fields.has("transfer-encoding") || length.some((value) => value !== "0")) {
    return refuse(400, {}, "A request that opens a WebSocket has no body.");
  }
  // §4.2.1: "A |Host| header field containing the server's authority." RFC 9112 §3.2 wants 400 for none or several.
  const host = single(fields, "host");
  if (host === undefined || !isHost(host)) return refuse(400, {}, "The request needs one valid Host header.");

  const refusal = checkTokens(fields) ?? checkVersion(fields);
  if (refusal !== undefined) return refusal;
  // Looked at after the version, since clients of the drafts before 13 sent keys of another kind or none.
  const key = single(fields, "sec-websocket-key");
  if (key === undefined || !isKey(key)) {
    return refuse(400, {}, "The request needs one Sec-WebSocket-Key header, the base64 of 16 bytes.");
  }
  const protocols = readProtocols(fields);
  if (protocols === undefined) {
    return refuse(400, {}, "Sec-WebSocket-Protocol must be a list of tokens, each named once.");
  }
  return { ok: true, key, protocols, host, origin: single(fields, "origin") };
}

/**
 * §4.2.1: "An |Upgrade| header field containing the value "websocket"", and "A |Connection| header field that includes
 * the token "Upgrade"", both without regard to case. Without either this is an ordinary request to a place that serves only
 * WebSockets, which 426 says; RFC 9110 §7.8 has an Upgrade that Connection does not name ignored, so it makes no
 * difference. A list that breaks its grammar is a bad request.
 */
function checkTokens(fields: ReadonlyMap<string, string[]>): Refusal | undefined {
  const upgrade = splitList(fields.get("upgrade") ?? []);
  if (!upgrade.every(isProduct)) return refuse(400, {}, "The Upgrade header is not a list of protocols.");
  const connection = splitList(fields.get("connection") ?? []);
  if (!connection.every(isToken)) return refuse(400, {}, "The Connection header is not a list of tokens.");
  if (!includes(upgrade, "websocket")) {
    return refuse(426, UPGRADE, "This address speaks WebSocket: the request needs an Upgrade header with websocket.");
  }
  if (!includes(connection, "upgrade")) {
    return refuse(426, UPGRADE, "This address speaks WebSocket: the request needs a Connection header with Upgrade.");
  }
  return undefined;
}

/**
 * §4.2.2: a version this server does not understand is answered with "an appropriate HTTP error code (such as 426
 * Upgrade Required) and a |Sec-WebSocket-Version| header field indicating the version(s) the server is capable of
 * understanding" (§4.4). Where there is none, the answer tells the client what it lacks.
 */
function checkVersion(fields: ReadonlyMap<string, string[]>): Refusal | undefined {
  const lines = fields.get("sec-websocket-version") ?? [];
  // §11.3.5: "The |Sec-WebSocket-Version| header field MUST NOT appear more than once in an HTTP request."
  if (lines.length > 1) return refuse(400, {}, "Sec-WebSocket-Version must not be repeated.");
  if (lines[0] === VERSION) return undefined;
  return refuse(
    426,
    { ...UPGRADE, "Sec-WebSocket-Version": VERSION },
    `This server speaks version ${VERSION} of the WebSocket protocol: the request needs Sec-WebSocket-Version: ${VERSION}.`,
  );
}

/**
 * The subprotocols on offer, or `undefined` when they break the rules. §4.1: "The elements that comprise this value MUST be
 * non-empty strings", tokens, "and MUST all be unique strings". §11.3.4 allows the header several times.
 */
function readProtocols(fields: ReadonlyMap<string, string[]>): string[] | undefined {
  const lines = fields.get("sec-websocket-protocol");
  if (lines === undefined) return [];
  const protocols = splitList(lines);
  // §4.3: "Sec-WebSocket-Protocol-Client = 1#token", one element at least.
  if (protocols.length === 0 || !protocols.every(isToken)) return undefined;
  return new Set(protocols).size === protocols.length ? protocols : undefined;
}

/** The field's value when it came on one line, else `undefined`. */
function single(fields: ReadonlyMap<string, string[]>, name: string): string | undefined {
  const lines = fields.get(name);
  return lines?.length === 1 ? lines[0] : undefined;
}

function includes(elements: readonly string[], token: string): boolean {
  return elements.some((element) => element.toLowerCase() === token);
}

/** RFC 9110 §7.8: a protocol is a name, and perhaps a version after a slash. */
function isProduct(element: string): boolean {
  const slash = element.indexOf("/");
  if (slash < 0) return isToken(element);
  return isToken(element.slice(0, slash)) && isToken(element.slice(slash + 1));
}

/** The characters of an authority (RFC 3986 §3.2) without user information, which Host never has. */
function isHost(host: string): boolean {
  return /^[\w\-.~!$&'()*+,;=%:[\]]+$/.test(host);
}

function isAtLeast11(version: string): boolean {
  const parts = /^(\d)\.(\d)$/.exec(version);
  if (parts === null) return false;
  return Number(parts[1]) > 1 || (parts[1] === "1" && parts[2] !== "0");
}

function refuse(status: number, headers: Readonly<Record<string, string>>, reason: string): Refusal {
  return { ok: false, status, headers, reason };
}
