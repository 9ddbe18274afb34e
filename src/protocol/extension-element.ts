/** One element of a Sec-WebSocket-Extensions list (§9.1): an offer of the client's, or what the server accepts of it. */
export interface ExtensionElement {
  /** The extension's registered name, such as "permessage-deflate". */
  readonly token: string;
  /** In their order; a parameter without a value has `undefined`. */
  readonly parameters: readonly (readonly [name: string, value: string | undefined])[];
}
