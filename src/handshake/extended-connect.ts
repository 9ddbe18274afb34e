import { checkInteger, checkObject, wrongType } from "../protocol/argument.ts";
import { type AgreementOptions, agreementLines, checkLists, readAgreement } from "./agreement.ts";
import { type Opening, type OpeningOptions, requestLines } from "./client-request.ts";
import type { NotOpened, Opened } from "./client-response.ts";
import { collectFields, type HeaderFields, headerLines, isSame, outgoingLines, single } from "./headers.ts";
import { type Offer, offerLines, readLists, readOrigin } from "./offer.ts";
import { type Answer, type Refusal, refuse } from "./refusal.ts";
import { RESERVED_IN_REJECTION, RESERVED_IN_RESPONSE } from "./response.ts";
import { isHost, parseUri } from "./uri.ts";
import { readVersion } from "./version.ts";

/**
 * Headers as HTTP/2 and HTTP/3 libraries take them, Node's `http2` among them: pseudo-headers first, names in lower case, a
 * list for a name on several lines.
 */
export type HeaderRecord = Record<string, string | string[]>;

/** A stream that opens a WebSocket: answer it with `extendedConnectResponse`. `host` is its `:authority`. */
export interface ExtendedConnect extends Offer {
  /** Whether the stream came for a `wss:` URI. */
  readonly secure: boolean;
  /** The request's `:path`: "/resource name/". */
  readonly path: string;
}

/** RFC 9113 §8.2.2: these are of the connection alone, "and any message containing" them "MUST be treated as malformed". */
const CONNECTION_SPECIFIC = ["connection", "upgrade", "keep-alive", "proxy-connection", "transfer-encoding"] as const;

/**
 * Reads a client's opening handshake on a stream of HTTP/2 (RFC 8441 §5) or HTTP/3 (RFC 9220), its headers as
 * `http2` gives them, pseudo-headers included.
 * @throws TypeError when `headers` are of the wrong type; what the peer may have got wrong is in the answer.
 */
export function checkExtendedConnect(headers: HeaderFields): ExtendedConnect | Refusal {
  const fields = collectFields(headers);
  if (single(fields, ":method") !== "CONNECT") {
    return refuse(405, { Allow: "CONNECT" }, "A WebSocket is opened with an extended CONNECT request.");
  }
  // RFC 9220 §3: for a protocol "that is unknown or not supported, the server SHOULD respond to the request with a 501". That
  // serves for a CONNECT without any, too, which asks for a tunnel.
  if (!isSame(single(fields, ":protocol"), "websocket")) {
    return refuse(501, {}, "This address speaks WebSocket: the request needs a :protocol of websocket.");
  }
  // RFC 8441 §4: "On requests that contain the :protocol pseudo-header field, the :scheme and :path pseudo-header fields of the
  // target URI MUST also be included." §5: "https" for wss:, "http" for ws:.
  const scheme = single(fields, ":scheme");
  if (scheme !== "https" && scheme !== "http") return refuse(400, {}, "The :scheme must be https or http.");
  const path = single(fields, ":path");
  if (path === undefined || !/^\/[!-~]*$/.test(path)) return refuse(400, {}, "The :path must begin with a slash.");
  const host = single(fields, ":authority");
  // RFC 9113 §8.3.1: a Host "that identifies an entity that differs from the entity in the :authority" is malformed.
  if (host === undefined || !isHost(host) || (fields.get("host") ?? []).some((value) => value !== host)) {
    return refuse(400, {}, "The request needs one valid :authority, and no other Host.");
  }
  if (CONNECTION_SPECIFIC.some((name) => fields.has(name))) {
    return refuse(400, {}, "The request has a header that HTTP/2 forbids.");
  }
  // RFC 9110 §9.3.6: "A CONNECT request message does not have content."
  if (fields.has("content-length")) return refuse(400, {}, "A request that opens a WebSocket has no body.");
  // Not 426, whose Upgrade header HTTP/2 forbids.
  const version = readVersion(fields, [13], { status: 400, headers: {} });
  if (typeof version === "object") return version;
  const lists = readLists(fields);
  return lists.ok
    ? { ...lists, version, host, path, secure: scheme === "https", origin: readOrigin(fields, version) }
    : lists;
}

/**
 * The headers that open the WebSocket on the stream: the frames follow in its data.
 * @throws TypeError when `connect` is a refusal, `protocol` or an extension not offered, or a header cannot be sent.
 */
export function extendedConnectResponse(connect: ExtendedConnect, options: AgreementOptions = {}): HeaderRecord {
  if (connect?.ok !== true) throw wrongType("connect", "one that checkExtendedConnect found to be ok", connect);
  checkLists("connect", connect);
  return record([
    [":status", "200"],
    ...agreementLines(connect, options),
    ...outgoingLines(options.headers ?? {}, RESERVED_IN_RESPONSE),
  ]);
}

/**
 * The headers that refuse the stream. Takes what `checkExtendedConnect` gave, or a refusal of the caller's own: 403 for an
 * origin, 404 for a path. The reason may follow as the body.
 * @throws RangeError when `status` is not from 300 to 599.
 * @throws TypeError when a header cannot be sent.
 */
export function extendedConnectRejection(refusal: Omit<Answer, "reason">): HeaderRecord {
  checkObject("refusal", refusal);
  const { status, headers = {} } = refusal;
  checkInteger("status", status, 300, 599);
  return record([
    [":status", String(status)],
    ...outgoingLines(headers, RESERVED_IN_REJECTION),
    ["content-type", "text/plain; charset=utf-8"],
  ]);
}

/** A request to send on a stream, and what `checkExtendedConnectResponse` needs to judge the answer. */
export interface ClientExtendedConnect extends Opening {
  /** The request's headers, pseudo-headers included. */
  readonly headers: HeaderRecord;
}

/**
 * A client's opening handshake for a stream of HTTP/2 or HTTP/3, once the server has sent SETTINGS_ENABLE_CONNECT_PROTOCOL
 * (RFC 8441 §3).
 * @throws TypeError when the URI is none, or a subprotocol, an extension, the origin or a header cannot be sent.
 */
export function extendedConnectRequest(options: OpeningOptions): ClientExtendedConnect {
  checkObject("options", options ?? {});
  const uri = parseUri(options?.uri);
  const headers = record([
    [":method", "CONNECT"],
    [":protocol", "websocket"],
    [":scheme", uri.secure ? "https" : "http"],
    [":authority", uri.host],
    [":path", uri.resourceName],
    ...offerLines(13, options),
    ...requestLines(uri, options.headers),
  ]);
  return { headers, uri, protocols: options.protocols ?? [], extensions: options.extensions ?? [] };
}

/**
 * Judges a server's answer to `request`, its headers as `http2` gives them.
 * @throws TypeError when `headers` are of the wrong type; what the peer may have got wrong is in the result.
 */
export function checkExtendedConnectResponse(
  headers: HeaderFields,
  request: Pick<ClientExtendedConnect, "protocols" | "extensions">,
): Opened | NotOpened {
  checkLists("request", request);
  const lines = [...headerLines(headers)];
  const fields = collectFields(lines);
  const status = single(fields, ":status") ?? "";
  const notOpened = (reason: string): NotOpened => ({
    ok: false,
    status: Number(status),
    headers: lines.filter(([name]) => !name.startsWith(":")),
    reason,
  });
  // RFC 9110 §9.3.6: "Any 2xx (Successful) response indicates that the sender ... will switch to tunnel mode".
  if (!/^2\d\d$/.test(status)) return notOpened("The server did not open a WebSocket.");
  const agreement = readAgreement(fields, request);
  return typeof agreement === "string" ? notOpened(agreement) : { ok: true, ...agreement };
}

/** RFC 9113 §8.2: "Field names MUST be converted to lowercase when constructing an HTTP/2 message." */
function record(lines: readonly (readonly [name: string, value: string])[]): HeaderRecord {
  return Object.fromEntries(
    [...collectFields(lines)].map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}
