/** The status codes of RFC 6455 §7.4.1 and of the IANA registry that followed it. */
export const CloseCode = {
  /** The purpose of the connection is fulfilled. */
  Normal: 1000,
  /** A server goes down, or a browser left the page. */
  GoingAway: 1001,
  /** The peer broke the protocol. */
  ProtocolError: 1002,
  /** A kind of data this endpoint cannot accept. */
  UnsupportedData: 1003,
  /** Never on the wire: a Close frame came without a code. */
  NoStatusReceived: 1005,
  /** Never on the wire: the connection ended without a Close frame. */
  Abnormal: 1006,
  /** A message whose bytes do not fit its type, such as text that is not UTF-8. */
  InvalidPayload: 1007,
  /** A policy of this endpoint was broken, where no other code fits. */
  PolicyViolation: 1008,
  /** A message too big to process. */
  MessageTooBig: 1009,
  /** A client misses an extension in the server's handshake. */
  MandatoryExtension: 1010,
  /** A server met a condition it did not expect. */
  InternalError: 1011,
  /** The service restarts. */
  ServiceRestart: 1012,
  /** The service is overloaded: try again later. */
  TryAgainLater: 1013,
  /** A gateway received an invalid answer from upstream. */
  BadGateway: 1014,
  /** Never on the wire: the TLS handshake failed. */
  TlsHandshake: 1015,
} as const;

/** One of the status codes that have a name. A peer may send others: see `isWireCloseCode`. */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/**
 * Whether a Close frame may carry `code`. §7.4.1: 1004 is reserved, 1005, 1006 and 1015 "MUST NOT be set as a status
 * code in a Close control frame by an endpoint". §7.4.2: 0–999 "are not used", 1000–2999 are for the protocol and its
 * registry, 3000–4999 for libraries and applications. 1012–1014 were registered later.
 */
export function isWireCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}
