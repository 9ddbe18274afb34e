import { checkList, checkString, shown, wrongType } from "../protocol/argument.ts";
import type { ExtensionElement } from "../protocol/extension-element.ts";
import { checkExtensions, formatExtensions, parseExtensions } from "./extensions.ts";
import { isSendable, isToken, single, splitList } from "./headers.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { Version } from "./version.ts";

/** What a client asks for in its opening handshake, over whichever version of HTTP. */
export interface Offer {
  /** Tells it from a `Refusal`. */
  readonly ok: true;
  /** The version of the WebSocket protocol that is spoken. */
  readonly version: Version;
  /** The subprotocols the client offers, its favourite first; empty when it offers none (§1.9). */
  readonly protocols: readonly string[];
  /** The extensions the client offers, its favourite first, each as often as it offers it (§9.1). */
  readonly extensions: readonly ExtensionElement[];
  /** The server's authority, as Host or `:authority` has it: a host, and a port unless it is the default. */
  readonly host: string;
  /** Where the page comes from that opened the connection, when the client is a browser (§10.2). Checked by the caller. */
  readonly origin: string | undefined;
}

/** The lists of an offer, or what is wrong with them. */
export function readLists(
  fields: ReadonlyMap<string, readonly string[]>,
): Refusal | (Pick<Offer, "protocols" | "extensions"> & { readonly ok: true }) {
  const protocols = readProtocols(fields.get("sec-websocket-protocol"));
  if (protocols === undefined) {
    return refuse(400, {}, "Sec-WebSocket-Protocol must be a list of tokens, each named once.");
  }
  const extensions = parseExtensions(fields.get("sec-websocket-extensions") ?? []);
  if (extensions === undefined) {
    return refuse(400, {}, "Sec-WebSocket-Extensions must be a list of extensions with their parameters.");
  }
  return { ok: true, protocols, extensions };
}

/**
 * The subprotocols on offer, or `undefined` when they break the rules. §4.1: "The elements that comprise this value MUST be
 * non-empty strings", tokens, "and MUST all be unique strings". §11.3.4 allows the header several times.
 */
function readProtocols(lines: readonly string[] | undefined): string[] | undefined {
  if (lines === undefined) return [];
  const protocols = splitList(lines);
  // §4.3: "Sec-WebSocket-Protocol-Client = 1#token", one element at least.
  return protocols.length > 0 && faultIn(protocols) === undefined ? protocols : undefined;
}

/** @throws TypeError when it is no list that can be offered, or taken from. */
export function checkProtocols(protocols: readonly string[]): void {
  const wanted = "a list of tokens, each named once";
  if (!Array.isArray(protocols)) throw wrongType("protocols", wanted, protocols);
  const fault = faultIn(protocols);
  if (fault !== undefined) throw new TypeError(`protocols must be ${wanted}: ${fault}`);
}

/** Which of the subprotocols breaks the rules, and how, if one does. */
function faultIn(protocols: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (const protocol of protocols) {
    if (!isToken(protocol)) return `${shown(protocol)} is not a token`;
    if (seen.has(protocol)) return `${shown(protocol)} is named twice`;
    seen.add(protocol);
  }
  return undefined;
}

/** The name of the origin's header: the drafts of versions 7 and 8 gave it one of its own until hybi-11. */
function originHeader(version: Version): string {
  return version === 13 ? "Origin" : "Sec-WebSocket-Origin";
}

/** The origin, by whichever name a client of the version may give it: hybi-11 and hybi-12 said `Origin` and still 8. */
export function readOrigin(fields: ReadonlyMap<string, readonly string[]>, version: Version): string | undefined {
  return single(fields, originHeader(version).toLowerCase()) ?? single(fields, "origin");
}

/** What a client may offer, besides the address. */
export interface OfferOptions {
  /** The subprotocols to offer, the favourite first. Default: none. */
  readonly protocols?: readonly string[];
  /** The extensions to offer, the favourite first. Default: none. */
  readonly extensions?: readonly ExtensionElement[];
  /** Where the page comes from, for a client that is a browser (§4.1). Default: not said. */
  readonly origin?: string | undefined;
}

/**
 * The headers that say an offer (§4.1), which are the same over every version of HTTP.
 * @throws TypeError when the options are none that can be said.
 */
export function offerLines(version: Version, options: OfferOptions): [name: string, value: string][] {
  const { protocols = [], extensions = [], origin } = options;
  const lines: [string, string][] = [["Sec-WebSocket-Version", String(version)]];
  if (origin !== undefined) {
    checkString("origin", origin);
    if (!isSendable(origin)) throw new TypeError("origin has forbidden characters");
    lines.push([originHeader(version), origin]);
  }
  checkProtocols(protocols);
  if (protocols.length > 0) lines.push(["Sec-WebSocket-Protocol", protocols.join(", ")]);
  checkExtensions("extensions", extensions);
  if (extensions.length > 0) lines.push(["Sec-WebSocket-Extensions", formatExtensions(extensions)]);
  return lines;
}

/** Names that only the handshake itself may give to headers of a request. */
export const RESERVED_IN_REQUEST: ReadonlySet<string> = new Set([
  "host",
  "upgrade",
  "connection",
  "origin",
  "sec-websocket-origin",
  "sec-websocket-key",
  "sec-websocket-accept",
  "sec-websocket-version",
  "sec-websocket-protocol",
  "sec-websocket-extensions",
  "content-length",
  "transfer-encoding",
]);

/**
 * The first of the client's subprotocols, which come in the order it prefers (§4.1), that the server supports; `undefined`
 * when there is none, and then none is spoken. They are compared letter by letter, case included.
 * @throws TypeError when either is no list of strings.
 */
export function selectProtocol(offered: readonly string[], supported: readonly string[]): string | undefined {
  checkList("offered", "strings", offered, checkString);
  checkList("supported", "strings", supported, checkString);
  const known = new Set(supported);
  return offered.find((protocol) => known.has(protocol));
}
