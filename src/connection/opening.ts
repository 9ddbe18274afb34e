import type { Extension } from "../message/extension.ts";
import { checkString } from "../protocol/argument.ts";

/** What both ends agreed on in the opening handshake. */
export interface Agreed {
  /** The subprotocol to speak (§1.9). Default: none. */
  readonly protocol?: string | undefined;
  /** The extension to use, made for this connection alone (§9). Default: none. */
  readonly extension?: Extension | undefined;
}

/** @throws TypeError when it is something else: what is passed over in silence would be missed much later. */
export function checkAgreed(start: Agreed): void {
  if (start.protocol !== undefined) checkString("protocol", start.protocol);
  const [name] = Object.keys(start);
  if (name === undefined || "protocol" in start || "extension" in start) return;
  throw new TypeError(`start must be a ClientOpening, a ServerOpening or { protocol?, extension? }, and has ${name}`);
}

/** Why there is no WebSocket. */
export interface Refused {
  /** The status of the answer; 0 when there was none. 401, 302 and the like are the caller's to act on. */
  readonly status: number;
  /** The headers of the answer, line for line. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** One sentence for people. It repeats nothing of what the peer said. */
  readonly reason: string;
}

/**
 * How an opening handshake ended, the `rest` of the chunk, which is frames already, and the `answer` that there is to send to
 * the peer: a server's.
 */
export type Outcome =
  | { readonly agreed: Agreed; readonly rest: Uint8Array; readonly answer?: Uint8Array }
  | { readonly refused: Refused; readonly answer?: Uint8Array };

/** The opening handshake of one end, which a connection goes through before its first frame: bytes in, bytes out. */
export interface Opening {
  /** What goes out first: a client's request. A server has none. */
  readonly request: Uint8Array | undefined;
  /**
   * Takes bytes of the peer's; `undefined` while they are not all there. Not called again after. What the peer gets
   * wrong is in the outcome.
   * @throws TypeError when the chunk is no `Uint8Array`, or after an outcome; what a server's `check` or extension throws.
   */
  receive(chunk: Uint8Array): Outcome | undefined;
}
