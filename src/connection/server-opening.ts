import { HandshakeError } from "../handshake/handshake-error.ts";
import { type HeadLimits, HeadParser, type RequestHead } from "../handshake/head-parser.ts";
import { type HeaderFields, headerLines } from "../handshake/headers.ts";
import type { Sha1 } from "../handshake/key.ts";
import { checkProtocols, type Offer, selectProtocol } from "../handshake/offer.ts";
import { type Answer, checkAnswer } from "../handshake/refusal.ts";
import { checkUpgrade, type Upgrade, type UpgradeOptions } from "../handshake/request.ts";
import { rejection, upgradeResponse } from "../handshake/response.ts";
import { checkVersions } from "../handshake/version.ts";
import type { NegotiableExtension } from "../message/extension.ts";
import { wrongType } from "../protocol/argument.ts";
import type { ExtensionElement } from "../protocol/extension-element.ts";
import type { Agreed, Opening, Outcome } from "./opening.ts";

/** What a server takes of what clients offer, over whichever version of HTTP. */
export interface AcceptOptions extends UpgradeOptions {
  /** The subprotocols this server speaks (§1.9): of those, a client gets the one it likes best. Default: none. */
  readonly protocols?: readonly string[];
  /** An extension to agree on when it is offered (§9). Default: none. */
  readonly extension?: NegotiableExtension | undefined;
  /** Further headers of the answer, such as Set-Cookie. */
  readonly headers?: HeaderFields;
}

/** What a server takes, and what it needs to answer. */
export interface ServerOpeningOptions extends AcceptOptions, HeadLimits {
  /** To answer the client's key with. */
  readonly sha1: Sha1;
  /** Looks at what §4.1 does not: path, origin, cookies, who is asking. Returns at once why it is refused, if it is. What it throws
   *  goes on to who called `receive`, and the connection is given up. */
  readonly check?: (upgrade: Upgrade, head: RequestHead) => Answer | undefined;
}

/** A server's opening handshake over HTTP/1.1, where there is no HTTP server in front (§4.2). */
export class ServerOpening implements Opening {
  readonly request: undefined;
  readonly #options: ServerOpeningOptions;
  readonly #parser: HeadParser<"request">;

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: ServerOpeningOptions) {
    if (typeof options?.sha1 !== "function") throw wrongType("sha1", "a function", options?.sha1);
    this.#options = options;
    this.#parser = new HeadParser("request", options);
  }

  receive(chunk: Uint8Array): Outcome | undefined {
    try {
      const parsed = this.#parser.push(chunk);
      if (parsed === undefined) return undefined;
      const upgrade = checkUpgrade(parsed.head, this.#options);
      const refusal = upgrade.ok ? checkAnswer(this.#options.check?.(upgrade, parsed.head)) : upgrade;
      if (refusal !== undefined) return refused(refusal);
      return { ...accept(upgrade as Upgrade, this.#options), rest: parsed.rest };
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error;
      return refused(error);
    }
  }
}

/**
 * The answer that opens the WebSocket, and what it agrees on.
 * @throws TypeError when a header cannot be sent.
 */
export function accept(
  upgrade: Upgrade,
  options: AcceptOptions & { readonly sha1: Sha1 },
): { readonly agreed: Agreed; readonly answer: Uint8Array<ArrayBuffer> } {
  const { sha1, headers = {} } = options;
  const { agreed, extensions } = agreeOn(upgrade, options);
  const answer = upgradeResponse(upgrade, { sha1, protocol: agreed.protocol, extensions, headers });
  return { agreed, answer };
}

/** @throws TypeError or RangeError naming what would fail each handshake, or would be passed over in it. */
export function checkAcceptOptions(options: AcceptOptions & { readonly check?: unknown }): void {
  const { protocols = [], extension, versions = [], check } = options;
  checkProtocols(protocols);
  if (extension !== undefined && typeof extension?.answer !== "function") {
    throw wrongType("extension", "a NegotiableExtension, such as permessageDeflate() makes", extension);
  }
  checkVersions(versions);
  if (check !== undefined && typeof check !== "function") throw wrongType("check", "a function", check);
}

/** What a server takes of `offer`, and how it says so of the extension. */
export function agreeOn(
  offer: Pick<Offer, "protocols" | "extensions">,
  { protocols = [], extension }: AcceptOptions,
): { readonly agreed: Agreed; readonly extensions: readonly ExtensionElement[] } {
  const protocol = selectProtocol(offer.protocols, protocols);
  const agreed = extension?.answer(offer.extensions);
  return {
    agreed: { protocol, extension: agreed?.extension },
    extensions: agreed === undefined ? [] : [agreed.answer],
  };
}

function refused({ status, headers = {}, reason }: Answer): Outcome {
  return {
    refused: { status, headers: [...headerLines(headers)], reason },
    answer: rejection({ status, headers, reason }),
  };
}
