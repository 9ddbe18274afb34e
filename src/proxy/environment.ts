import { basicCredentials } from "../handshake/basic.ts";
import { otherScheme, unbracketed, type WebSocketUri } from "../handshake/uri.ts";
import { checkObject, checkString, wrongType } from "../protocol/argument.ts";

/** A proxy to ask for a tunnel with `connectRequest`. */
export interface HttpProxy {
  /** Whether the proxy itself is spoken to over TLS: `https:`. */
  readonly secure: boolean;
  /** The host to connect to: a name, or an address without brackets. */
  readonly hostname: string;
  /** The port to connect to: 80, or 443 for `https:`, unless the URL says another. */
  readonly port: number;
  /** Basic credentials for Proxy-Authorization, when the URL has user information. */
  readonly authorization: string | undefined;
}

/** Variables by name, such as Node's `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that `environment` names for `uri`: HTTP_PROXY for `ws:`, HTTPS_PROXY for `wss:`, unless NO_PROXY names the host;
 * `undefined` when there is none. The lower-case name of a variable comes before the other, as in curl.
 * @throws TypeError when an argument is wrong, or the variable no URL of an HTTP proxy, as `parseProxy` does.
 */
export function proxyFor(
  uri: Pick<WebSocketUri, "secure" | "hostname" | "port">,
  environment: Environment,
): HttpProxy | undefined {
  // Nor is a `URL` one, whose port may be left out.
  if (typeof uri?.secure !== "boolean") throw wrongType("uri", "what parseUri gives", uri);
  checkString("uri.hostname", uri.hostname);
  checkObject("environment", environment);
  const name = uri.secure ? "HTTPS_PROXY" : "HTTP_PROXY";
  const value = variable(environment, name);
  if (value === "" || isExcepted(uri, variable(environment, "NO_PROXY"))) return undefined;
  return parseProxy(name, value);
}

function variable(environment: Environment, name: string): string {
  for (const spelled of [name.toLowerCase(), name]) {
    const value = environment[spelled] ?? "";
    checkString(spelled, value);
    // CVE-2016-5385: in a CGI script HTTP_PROXY is what the client says in a header named Proxy.
    if (spelled === "HTTP_PROXY" && environment.REQUEST_METHOD !== undefined) return "";
    if (value !== "") return value;
  }
  return "";
}

/**
 * The proxy of a URL, which may be written without its scheme: that is `http:` then. `name` is what the error calls it, such as
 * a variable's or an option's.
 * @throws TypeError when it is no URL of an HTTP proxy, or stands in the place of `name`. Of a URL the message repeats the scheme
 * alone: it may hold a password.
 */
export function parseProxy(name: string, value: string): HttpProxy {
  checkString("name", name);
  // It is not repeated: where `name` was left out, or the two were swapped, it is the URL, with or without a scheme.
  if (/:\/\/|.@/.test(name))
    throw new TypeError("name must be what errors call the URL, and the URL the second argument");
  checkString(name, value);
  const text = value.includes("://") ? value : `http://${value}`;
  const url = /^https?:\/\/[!-[\]-~]+$/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) {
    throw new TypeError(`${name} must be the http: or https: URL of a proxy${otherScheme(text, /^https?$/i)}`);
  }
  const secure = url.protocol === "https:";
  return {
    secure,
    hostname: unbracketed(url.hostname),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    authorization: basicCredentials(url),
  };
}

/**
 * Whether NO_PROXY names the host: `*` is every host, a domain is itself and all below it, with a dot or `*.` in front or
 * without, as curl reads it; a port behind it makes it that port's alone. Addresses are compared whole. Ranges are not known.
 */
function isExcepted({ hostname, port }: Pick<WebSocketUri, "hostname" | "port">, list: string): boolean {
  const host = canonical(hostname);
  return list.split(/[\s,]/).some((entry) => {
    if (entry === "*") return true;
    // Colons without brackets are an IPv6 address, unless there is one alone: then a port follows.
    const [, name, only] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [entry, entry];
    const domain = canonical(name.replace(/^\*?\./, ""));
    if (domain === "" || (only !== undefined && Number(only) !== port)) return false;
    return host === domain || host.endsWith(`.${domain}`);
  });
}

/** A host as it is compared: in the form `URL` gives it, without brackets and without the dot that ends a full name. */
function canonical(host: string): string {
  const name = unbracketed(host);
  const address = `ws://${name.includes(":") ? `[${name}]` : name}`;
  return unbracketed(URL.canParse(address) ? new URL(address).hostname : name).replace(/\.$/, "");
}
