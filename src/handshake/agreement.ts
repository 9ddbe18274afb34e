import { checkList, checkObject, checkString, shown } from "../protocol/argument.ts";
import type { ExtensionElement } from "../protocol/extension-element.ts";
import { checkExtensions, formatExtensions, parseExtensions } from "./extensions.ts";
import type { HeaderFields } from "./headers.ts";
import type { Offer } from "./offer.ts";

/** What a server takes of an offer. */
export interface Agreement {
  /** The subprotocol to speak; `undefined` when there is none. */
  readonly protocol: string | undefined;
  /** The extensions to use, in the order of §9.1. */
  readonly extensions: readonly ExtensionElement[];
}

/** What a server says to a client that it accepts. */
export interface AgreementOptions {
  /** The subprotocol to speak, one of those on offer. Default: none. */
  readonly protocol?: string | undefined;
  /** The extensions to use, each one of those on offer. Default: none. */
  readonly extensions?: readonly ExtensionElement[];
  /** Further headers, such as Set-Cookie. */
  readonly headers?: HeaderFields;
}

type Lists = Pick<Offer, "protocols" | "extensions">;

/**
 * The headers that say what the server takes of `offer` (§4.2.2), which are the same over every version of HTTP.
 * @throws TypeError when it was not offered.
 */
export function agreementLines(offer: Lists, options: AgreementOptions): [name: string, value: string][] {
  checkObject("options", options);
  const { protocol, extensions = [] } = options;
  const lines: [string, string][] = [];
  if (protocol !== undefined) {
    // §4.2.2: "The value chosen MUST be derived from the client's handshake, specifically by selecting one of the values".
    // Since what was offered was checked to be tokens, nothing else can get into the header either.
    if (!offer.protocols.includes(protocol)) {
      throw new TypeError(`protocol must be one that the client offered, not ${shown(protocol)}`);
    }
    lines.push(["Sec-WebSocket-Protocol", protocol]);
  }
  checkExtensions("extensions", extensions);
  if (extensions.length > 0) {
    // §9.1: "the server selects one or more of the extensions" the client has offered.
    if (!areOffered(extensions, offer)) throw new TypeError("extensions must be ones that the client offered");
    lines.push(["Sec-WebSocket-Extensions", formatExtensions(extensions)]);
  }
  return lines;
}

/** @throws TypeError when it lacks the lists of an offer. */
export function checkLists(name: string, offer: Lists): void {
  checkObject(name, offer);
  checkList(`${name}.protocols`, "strings", offer.protocols, checkString);
  checkExtensions(`${name}.extensions`, offer.extensions);
}

/** What the server takes of `offer`, or one sentence on why it cannot be that (§4.1, its last two checks). */
export function readAgreement(fields: ReadonlyMap<string, readonly string[]>, offer: Lists): Agreement | string {
  // "If the response includes a |Sec-WebSocket-Extensions| header field and this header field indicates the use of an
  // extension that was not present in the client's handshake ..., the client MUST _Fail the WebSocket Connection_."
  const extensions = parseExtensions(fields.get("sec-websocket-extensions") ?? []);
  if (extensions === undefined) return "Sec-WebSocket-Extensions is no list of extensions with their parameters.";
  if (!areOffered(extensions, offer)) return "The server uses an extension that was not offered.";
  // "If the response includes a |Sec-WebSocket-Protocol| header field and this header field indicates the use of a
  // subprotocol that was not present in the client's handshake ..., the client MUST _Fail the WebSocket Connection_."
  // §11.3.4: it "MUST NOT appear more than once in an HTTP response".
  const [protocol, ...repeated] = fields.get("sec-websocket-protocol") ?? [];
  if (repeated.length > 0) return "Sec-WebSocket-Protocol must not be repeated.";
  if (protocol !== undefined && !offer.protocols.includes(protocol)) {
    return "The server speaks a subprotocol that was not offered.";
  }
  return { protocol, extensions };
}

function areOffered(extensions: readonly ExtensionElement[], offer: Lists): boolean {
  const offered = new Set(offer.extensions.map(({ token }) => token));
  return extensions.every(({ token }) => offered.has(token));
}
