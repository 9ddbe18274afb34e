import { checkInteger, checkObject, wrongType } from "../protocol/argument.ts";
import { type Agreement, checkLists, readAgreement } from "./agreement.ts";
import type { ClientUpgrade } from "./client-request.ts";
import { collectFields, type HeaderFields, headerLines, includes, isSame, single, splitList } from "./headers.ts";
import { acceptKey, type Sha1 } from "./key.ts";
import { isAtLeast11 } from "./request.ts";

/** A response, as an HTTP library or a `HeadParser` has parsed it. */
export interface UpgradeResponse {
  /** The status code, of three digits. */
  readonly status: number;
  /** Such as `"1.1"`. Default: `"1.1"`. */
  readonly httpVersion?: string;
  /** All of its headers, in any of the forms of `HeaderFields`. */
  readonly headers: HeaderFields;
}

/** The WebSocket is open: the frames follow right behind the response. */
export interface Opened extends Agreement {
  /** Tells it from `NotOpened`. */
  readonly ok: true;
}

/** The WebSocket is not open, and the connection is to be closed. */
export interface NotOpened {
  /** Tells it from `Opened`. */
  readonly ok: false;
  /** What the server answered: 401, 302 and the like are the caller's to act on. 101, or 2xx, when the answer breaks a rule. */
  readonly status: number;
  /** The headers of the answer, such as WWW-Authenticate or Location, line for line. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** One sentence for people. It repeats nothing of the response. */
  readonly reason: string;
}

/**
 * Judges a server's answer to `request` by the six checks of §4.1. A status from 100 to 199 other than 101 is no answer yet
 * (RFC 9110 §15.2): pass over it, and read the next head from the bytes that follow.
 * @throws TypeError when an argument is of the wrong type, RangeError when the status is no number of three digits; what the
 * peer may have got wrong is in the result.
 */
export function checkUpgradeResponse(
  response: UpgradeResponse,
  request: Pick<ClientUpgrade, "key" | "protocols" | "extensions">,
  sha1: Sha1,
): Opened | NotOpened {
  checkObject("response", response);
  if (typeof request?.key !== "string") throw wrongType("request", "one that upgradeRequest made", request);
  checkLists("request", request);
  if (typeof sha1 !== "function") throw wrongType("sha1", "a function", sha1);
  const { status, httpVersion = "1.1" } = response;
  checkInteger("status", status, 0, 999);
  const headers = [...headerLines(response.headers)];
  const notOpened = (reason: string): NotOpened => ({ ok: false, status, headers, reason });

  // 1. "If the status code received from the server is not 101, the client handles the response per HTTP".
  if (status !== 101) return notOpened("The server did not open a WebSocket.");
  // RFC 9110 §15.2: "a server MUST NOT send a 1xx response to an HTTP/1.0 client", nor does HTTP/1.0 have any.
  if (!isAtLeast11(httpVersion)) return notOpened("A WebSocket is opened over HTTP/1.1 or later.");
  const fields = collectFields(headers);
  // 2. "If the response lacks an |Upgrade| header field or the |Upgrade| header field contains a value that is not an ASCII
  // case-insensitive match for the value "websocket"".
  if (!isSame(single(fields, "upgrade"), "websocket")) return notOpened("The Upgrade header must be websocket.");
  // 3. "If the response lacks a |Connection| header field or the |Connection| header field doesn't contain a token that is an
  // ASCII case-insensitive match for the value "Upgrade"".
  if (!includes(splitList(fields.get("connection") ?? []), "upgrade")) {
    return notOpened("The Connection header must name Upgrade.");
  }
  // 4. "If the response lacks a |Sec-WebSocket-Accept| header field or the |Sec-WebSocket-Accept| contains a value other than
  // the base64-encoded SHA-1 of the concatenation of the |Sec-WebSocket-Key| ... but ignoring any leading and trailing
  // whitespace". §11.3.3: it "MUST NOT appear more than once in an HTTP response."
  if (single(fields, "sec-websocket-accept") !== acceptKey(request.key, sha1)) {
    return notOpened("Sec-WebSocket-Accept must answer the key.");
  }
  // 5. and 6.
  const agreement = readAgreement(fields, request);
  return typeof agreement === "string" ? notOpened(agreement) : { ok: true, ...agreement };
}
