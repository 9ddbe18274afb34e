import type { Role } from "../protocol/role.ts";

/** What the options of other libraries, ws above all, are here: dropped in silence, a limit would not hold. */
const EITHER: Readonly<Record<string, string>> = {
  maxPayload: "maxMessageLength is",
  perMessageDeflate: "extension is, with permessageDeflate of wsimd/deflate",
  handshakeTimeout: "openingTimeout is",
  skipUTF8Validation: "text is always validated (§8.1)",
  autoPong: "a Ping is always answered (§5.5.2)",
};

const FOREIGN: Readonly<Record<Role, Readonly<Record<string, string>>>> = {
  server: {
    ...EITHER,
    port: "call server.listen",
    host: "call server.listen",
    noServer: 'call upgrade at the "upgrade" event of a server',
    path: "check is, which sees request.url",
    verifyClient: "check is",
    handleProtocols: "protocols is, those that are spoken",
    clientTracking: "a WebSocketServer always has its connections",
  },
  client: {
    ...EITHER,
    protocolVersion: "version is",
    followRedirects: "the ConnectError has the status and the headers to act on",
    agent: "proxy is",
    auth: "write it into the URI, or set Authorization in headers",
    ca: "tls is, with ca",
    cert: "tls is, with cert",
    key: "tls is, with key",
    rejectUnauthorized: "tls is, with rejectUnauthorized",
    servername: "tls is, with servername",
  },
};

/** @throws TypeError naming an option that another library has, and what is to be used instead. */
export function checkForeign(role: Role, options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || !Object.hasOwn(FOREIGN[role], name)) continue;
    throw new TypeError(`${name} is not an option: ${FOREIGN[role][name]}`);
  }
}
