import type { Agreement } from "../handshake/agreement.ts";
import { type ClientUpgrade, type UpgradeRequestOptions, upgradeRequest } from "../handshake/client-request.ts";
import { checkUpgradeResponse } from "../handshake/client-response.ts";
import { HandshakeError } from "../handshake/handshake-error.ts";
import { type HeadLimits, HeadParser, type ResponseHead } from "../handshake/head-parser.ts";
import type { Sha1 } from "../handshake/key.ts";
import type { WebSocketUri } from "../handshake/uri.ts";
import type { NegotiableExtension } from "../message/extension.ts";
import { wrongType } from "../protocol/argument.ts";
import type { ExtensionElement } from "../protocol/extension-element.ts";
import type { Agreed, Opening, Outcome } from "./opening.ts";

/** What a client asks for, and what it needs to judge the answer. */
export interface ClientOpeningOptions extends Omit<UpgradeRequestOptions, "extensions">, HeadLimits {
  /** To check the server's answer to the key with. */
  readonly sha1: Sha1;
  /** An extension to offer (§9). Default: none. */
  readonly extension?: NegotiableExtension | undefined;
}

/** A client's opening handshake over HTTP/1.1 (§4.1). */
export class ClientOpening implements Opening {
  /** Where to connect to. */
  readonly uri: WebSocketUri;
  readonly request: Uint8Array<ArrayBuffer>;
  readonly #offer: Pick<ClientUpgrade, "key" | "protocols" | "extensions">;
  readonly #options: ClientOpeningOptions;
  #parser: HeadParser<"response">;

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: ClientOpeningOptions) {
    if (typeof options?.sha1 !== "function") throw wrongType("sha1", "a function", options?.sha1);
    const { bytes, uri, ...offer } = upgradeRequest({ ...options, extensions: offersOf(options.extension) });
    this.uri = uri;
    this.request = bytes;
    this.#offer = offer;
    this.#options = options;
    this.#parser = new HeadParser("response", options);
  }

  receive(chunk: Uint8Array): Outcome | undefined {
    let rest = chunk;
    try {
      for (;;) {
        const parsed = this.#parser.push(rest);
        if (parsed === undefined) return undefined;
        // RFC 9110 §15.2: "A client MUST be able to parse one or more 1xx responses received prior to a final response".
        const { status } = parsed.head;
        if (status < 100 || status > 199 || status === 101) return this.#judge(parsed.head, parsed.rest);
        this.#parser = new HeadParser("response", this.#options);
        rest = parsed.rest;
      }
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error;
      return { refused: { status: 0, headers: [], reason: error.reason } };
    }
  }

  #judge(head: ResponseHead, rest: Uint8Array): Outcome {
    const opened = checkUpgradeResponse(head, this.#offer, this.#options.sha1);
    if (!opened.ok) return { refused: opened };
    const agreed = agreedIn(opened, this.#options.extension);
    if (typeof agreed !== "string") return { agreed, rest };
    return { refused: { status: head.status, headers: head.headers, reason: agreed } };
  }
}

/**
 * What a client offers of its extension.
 * @throws TypeError when it is none.
 */
export function offersOf(extension: NegotiableExtension | undefined): readonly ExtensionElement[] {
  if (extension !== undefined && typeof extension?.offers !== "function") {
    throw wrongType("extension", "a NegotiableExtension, such as permessageDeflate() makes", extension);
  }
  return extension?.offers() ?? [];
}

/** What an answer that opens the WebSocket agrees on, or one sentence on why it cannot be that. */
export function agreedIn(
  { protocol, extensions }: Agreement,
  extension: NegotiableExtension | undefined,
): Agreed | string {
  const [answer, ...others] = extensions;
  if (answer === undefined) return { protocol };
  // Only one extension is offered, so that the answer to it is one.
  const accepted = others.length === 0 ? extension?.accept(answer) : undefined;
  if (accepted?.ok === true) return { protocol, extension: accepted.extension };
  return accepted?.reason ?? "The server answers to the extension more than once.";
}
