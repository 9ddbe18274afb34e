/**
 * The opening handshake, both sides (§4), without I/O: over HTTP/1.1, and as extended CONNECT over HTTP/2 (RFC 8441) and HTTP/3
 * (RFC 9220). A `Connection` with a `ClientOpening` or a `ServerOpening` goes through it by itself.
 *
 * What the peer gets wrong is in what a check returns, as `ok: false`; only a `HeadParser` throws, a `HandshakeError`.
 * @module
 */

export type { ExtensionElement } from "../protocol/extension-element.ts";
export type { Agreement, AgreementOptions } from "./agreement.ts";
export {
  type ClientUpgrade,
  type Opening,
  type OpeningOptions,
  type UpgradeRequestOptions,
  upgradeRequest,
} from "./client-request.ts";
export { checkUpgradeResponse, type NotOpened, type Opened, type UpgradeResponse } from "./client-response.ts";
export {
  type ClientExtendedConnect,
  checkExtendedConnect,
  checkExtendedConnectResponse,
  type ExtendedConnect,
  extendedConnectRejection,
  extendedConnectRequest,
  extendedConnectResponse,
  type HeaderRecord,
} from "./extended-connect.ts";
export { formatExtensions, parseExtensions } from "./extensions.ts";
export { HandshakeError, type HandshakeErrorCode } from "./handshake-error.ts";
export {
  type HeaderLine,
  type HeadLimits,
  HeadParser,
  type Heads,
  type RequestHead,
  type ResponseHead,
} from "./head-parser.ts";
export type { HeaderFields } from "./headers.ts";
export { acceptKey, generateKey, isKey, type Sha1 } from "./key.ts";
export { type Offer, type OfferOptions, selectProtocol } from "./offer.ts";
export type { Answer, Refusal } from "./refusal.ts";
export { checkUpgrade, type Upgrade, type UpgradeOptions, type UpgradeRequest } from "./request.ts";
export { rejection, type UpgradeResponseOptions, upgradeResponse } from "./response.ts";
export { parseUri, type WebSocketUri } from "./uri.ts";
export { VERSION, type Version } from "./version.ts";
