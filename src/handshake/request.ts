import { checkObject, checkString } from "../protocol/argument.ts";
import { collectFields, type HeaderFields, includes, isToken, single, splitList } from "./headers.ts";
import { isKey } from "./key.ts";
import { type Offer, readLists, readOrigin } from "./offer.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { isHost } from "./uri.ts";
import { checkVersions, readVersion, type Version } from "./version.ts";

/** A request, as an HTTP library or a `HeadParser` has parsed it. */
export interface UpgradeRequest {
  /** Such as "GET", the only one that opens a WebSocket. */
  readonly method: string;
  /** Such as `"1.1"`. Default: `"1.1"`, where the library has refused anything older. */
  readonly httpVersion?: string;
  /** All of its headers, in any of the forms of `HeaderFields`. */
  readonly headers: HeaderFields;
}

/** A request that opens a WebSocket: answer it with `upgradeResponse`. */
export interface Upgrade extends Offer {
  /** Sec-WebSocket-Key, as it came. */
  readonly key: string;
}

/** What a server speaks. */
export interface UpgradeOptions {
  /** The versions of the protocol to speak, those of the drafts among them on request. Default: 13 alone. */
  readonly versions?: readonly Version[];
}

// RFC 9110 §15.5.22: "The server MUST send an Upgrade header field in a 426 response".
const UPGRADE: Readonly<Record<string, string>> = { Upgrade: "websocket" };

/**
 * Reads a client's opening handshake as §4.2.1 describes it.
 * @throws TypeError when `request` or its headers are of the wrong type; what the peer may have got wrong is in the answer.
 * @throws RangeError when `versions` has one this library does not speak.
 */
export function checkUpgrade(request: UpgradeRequest, options: UpgradeOptions = {}): Upgrade | Refusal {
  checkObject("request", request);
  checkString("method", request.method);
  checkObject("options", options);
  const { versions = [13] } = options;
  checkVersions(versions);
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

  const refusal = checkTokens(fields);
  if (refusal !== undefined) return refusal;
  const version = readVersion(fields, versions, { status: 426, headers: UPGRADE });
  if (typeof version === "object") return version;
  // Looked at after the version, since clients of the drafts before version 7 sent keys of another kind or none.
  const key = single(fields, "sec-websocket-key");
  if (key === undefined || !isKey(key)) {
    return refuse(400, {}, "The request needs one Sec-WebSocket-Key header, the base64 of 16 bytes.");
  }
  const lists = readLists(fields);
  return lists.ok ? { ...lists, version, key, host, origin: readOrigin(fields, version) } : lists;
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

/** RFC 9110 §7.8: a protocol is a name, and perhaps a version after a slash. */
function isProduct(element: string): boolean {
  const slash = element.indexOf("/");
  if (slash < 0) return isToken(element);
  return isToken(element.slice(0, slash)) && isToken(element.slice(slash + 1));
}

export function isAtLeast11(version: string): boolean {
  const parts = /^(\d)\.(\d)$/.exec(version);
  if (parts === null) return false;
  return Number(parts[1]) > 1 || (parts[1] === "1" && parts[2] !== "0");
}
