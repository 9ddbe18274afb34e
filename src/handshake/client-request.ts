import { checkObject } from "../protocol/argument.ts";
import { collectFields, encodeHead, type HeaderFields, outgoingLines } from "./headers.ts";
import { generateKey } from "./key.ts";
import { type Offer, type OfferOptions, offerLines, RESERVED_IN_REQUEST } from "./offer.ts";
import { parseUri, type WebSocketUri } from "./uri.ts";
import { checkKnown, type Version } from "./version.ts";

/** What a client asks for: an address, and what it offers there. */
export interface OpeningOptions extends OfferOptions {
  /** A `ws:` or `wss:` URI. Its user information goes into Authorization, unless `headers` have one. */
  readonly uri: string;
  /** Further headers, such as Cookie. */
  readonly headers?: HeaderFields;
}

/** What a client asks for over HTTP/1.1. */
export interface UpgradeRequestOptions extends OpeningOptions {
  /** The version of the protocol to speak. Default: 13. */
  readonly version?: Version;
}

/** What a client keeps of its request until the answer comes. */
export interface Opening extends Pick<Offer, "protocols" | "extensions"> {
  /** The address in its parts: where to connect to. */
  readonly uri: WebSocketUri;
}

/** A request to write, and what `checkUpgradeResponse` needs to judge the answer. */
export interface ClientUpgrade extends Opening {
  /** The request: what goes out first. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its Sec-WebSocket-Key, which the answer must answer. */
  readonly key: string;
}

/**
 * A client's opening handshake (§4.1), with a fresh key. Nothing that is passed in can end a line or begin another.
 * @throws TypeError when the URI is none, or a subprotocol, an extension, the origin or a header cannot be sent.
 * @throws RangeError when `version` is none this library speaks.
 */
export function upgradeRequest(options: UpgradeRequestOptions): ClientUpgrade {
  checkObject("options", options ?? {});
  const uri = parseUri(options?.uri);
  const { version = 13 } = options;
  checkKnown(version);
  const key = generateKey();
  const bytes = encodeHead(`GET ${uri.resourceName} HTTP/1.1`, [
    ["Host", uri.host],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", key],
    ...offerLines(version, options),
    ...requestLines(uri, options.headers),
  ]);
  return { bytes, key, uri, protocols: options.protocols ?? [], extensions: options.extensions ?? [] };
}

/** The caller's headers, and Authorization when the URI has credentials and the caller has none. */
export function requestLines(
  uri: WebSocketUri,
  headers: HeaderFields = {},
): (readonly [name: string, value: string])[] {
  const lines = [...outgoingLines(headers, RESERVED_IN_REQUEST)];
  if (uri.authorization !== undefined && !collectFields(lines).has("authorization")) {
    lines.push(["Authorization", uri.authorization]);
  }
  return lines;
}
