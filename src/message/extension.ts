import type { ExtensionElement } from "../protocol/extension-element.ts";

/** RSV1 as the frame layer counts reserved bits. */
export const RSV1 = 4;

/** Takes what an extension decodes of a message, in pieces: a limit is checked at each, before the next is made. */
export interface DecodedSink {
  /** How many more bytes the message may have: past these and one piece, an extension makes none in vain. */
  readonly room: number;
  /** Takes the next bytes, which are the extension's own again once this returns. What it throws ends the decoding. */
  take(decoded: Uint8Array): void;
}

/** What goes into a frame for what was to be sent. */
export interface EncodedPayload {
  /** The frame's payload, not masked. */
  readonly payload: Uint8Array;
  /** The frame's reserved bits, as the encoder's option `rsv`: RSV1, or 0. */
  readonly rsv: number;
}

/**
 * An extension that both ends have agreed on, for one connection: it encodes whole messages, and marks the first frame of
 * each with RSV1 (RFC 7692 §6). Control frames, and messages without the mark, pass it by.
 */
export interface Extension {
  /** The reserved bits that it uses. The frame layer knows of RSV1 that such a message's text must be decoded first. */
  readonly rsv: typeof RSV1;
  /** A message that is sent whole and has fewer bytes is left as it is. */
  readonly threshold: number;

  /** The most bytes that a message of `length` should take encoded. */
  longestEncoding(length: number): number;

  /**
   * Decodes the next piece of a message, `last` with its end. Returns false when the bytes cannot be decoded. After that,
   * and after the sink has thrown, nothing more may be decoded.
   */
  decode(piece: Uint8Array, last: boolean, sink: DecodedSink): boolean;

  /**
   * Encodes the next fragment of a message, `fin` with its end, or at once all of one; the bytes may be those that were
   * passed. What it returns must be sent, and in that order, since later messages may be encoded by reference to it.
   * @throws TypeError when the payload is no `Uint8Array`, as `prepare` does.
   */
  encode(payload: Uint8Array, fin: boolean): EncodedPayload;

  /** Extensions that say the same here can send what any of them has prepared. */
  readonly preparation: string;
  /**
   * Encodes a whole message without reference to others: for many connections. `dropEncoder` once it is sent.
   * @throws TypeError when the payload is no `Uint8Array`.
   */
  prepare(payload: Uint8Array): EncodedPayload;

  /** Lets go of what the next message would be encoded by reference to. */
  dropEncoder(): void;
  /** Lets go of a message that came in part and will not go on: nothing more is decoded. It may be called by a sink. */
  dropDecoder(): void;
  /** Lets go of all that can be made again: for a connection that is idle, or has ended. Not between two fragments. */
  release(): void;
}

/** An extension before the handshake: it makes an `Extension` for each connection that agrees on it. */
export interface NegotiableExtension {
  /** The extension's registered name. */
  readonly token: string;
  /** As a client: what to offer, the best first. */
  offers(): ExtensionElement[];
  /** As a client: takes the server's answer to the offers. Where it breaks the rules, `reason` says in one
   *  sentence which, and the client fails the connection. */
  accept(
    answer: ExtensionElement,
  ): { readonly ok: true; readonly extension: Extension } | { readonly ok: false; readonly reason: string };
  /**
   * As a server: takes the first of the offers that it can; the others, and other extensions', are passed over. `answer` is
   * what to tell the client, and `extension` what to use for this connection; `undefined` when it takes none.
   */
  answer(
    offers: readonly ExtensionElement[],
  ): { readonly answer: ExtensionElement; readonly extension: Extension } | undefined;
}
