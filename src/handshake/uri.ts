import { shown, wrongType } from "../protocol/argument.ts";
import { basicCredentials } from "./basic.ts";

/** A `ws:` or `wss:` URI in its parts (§3). */
export interface WebSocketUri {
  /** Whether TLS is spoken: `wss:`. */
  readonly secure: boolean;
  /** The host to connect to: a name in ASCII, or an address, without the brackets that an IPv6 address has in a URI. */
  readonly hostname: string;
  /** The port to connect to: 80, or 443 for `wss:`, unless the URI says another. */
  readonly port: number;
  /** What Host says: the port is left out when it is the default. */
  readonly host: string;
  /** "/resource name/": the path, "/" when it is empty, and the query behind a question mark when there is one. */
  readonly resourceName: string;
  /** Basic credentials for Authorization, when the URI has user information. */
  readonly authorization: string | undefined;
}

/** What `URL` would quietly repair is refused: spaces, tabs and backslashes, slashes left out and slashes too many. */
const WEBSOCKET_URI = /^wss?:\/\/(?!\/)[!-[\]-~\u00a0-\uffff]+$/i;

/**
 * Parses the URI of a WebSocket as §3 has it. Letters beyond ASCII are encoded, in the host by Punycode.
 *
 * §3 knows no user information. It is accepted all the same, since that is how people write credentials down and every
 * client takes it; it is no part of the host or the resource name, but handed over as what Authorization says.
 * @throws TypeError for anything else. The message repeats nothing of the URI that may be a password.
 */
export function parseUri(uri: string): WebSocketUri {
  if (typeof uri !== "string") {
    const error = wrongType("uri", "a string", uri);
    if ((uri as unknown) instanceof URL) error.message += ": pass url.href";
    throw error;
  }
  if (!WEBSOCKET_URI.test(uri)) {
    const received = uri.includes(":") ? otherScheme(uri, /^wss?$/i) : ": it has no scheme";
    throw new TypeError(`uri must begin with ws:// or wss:// and a host, without white space${received}`);
  }
  // §3: "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be used on these URIs."
  if (uri.includes("#")) throw new TypeError("uri must have no fragment; a # in the path is written %23");
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  // What `URL` takes for a host may hold quotes and braces.
  // Chromium escapes a * in a host, which others leave as it is: a name with an escape would be another one.
  if (url === undefined || !isHost(url.host) || url.host.includes("%")) {
    // A password may hold slashes, so that only a URI without user information shows where its host ends.
    const received = uri.includes("@") ? "" : `, not ${shown(uri.split(/[/?]/)[2])}`;
    throw new TypeError(`uri must have a valid host and port${received}`);
  }
  const secure = url.protocol === "wss:";
  return {
    secure,
    hostname: unbracketed(url.hostname),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    host: url.host,
    resourceName: url.pathname + url.search,
    authorization: basicCredentials(url),
  };
}

/**
 * What an error says of a scheme that is none of those `wanted`. Where there is an "@" and no "//" behind the colon, a user's
 * name may stand before it, or a token that is one's only credential.
 */
export function otherScheme(uri: string, wanted: RegExp): string {
  const [, scheme, slashes] = /^([a-z][a-z\d+\-.]*):(\/\/)?/i.exec(uri) ?? [];
  if (scheme === undefined || wanted.test(scheme) || (slashes === undefined && uri.includes("@"))) return "";
  return `, not "${scheme}:"`;
}

/** The characters of an authority (RFC 3986 §3.2) without user information, which Host never has. */
export function isHost(host: string): boolean {
  return /^[\w\-.~!$&'()*+,;=%:[\]]+$/.test(host);
}

/** A host without the brackets that an IPv6 address has in a URI. */
export function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
