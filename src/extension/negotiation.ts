import type { ExtensionElement } from "../protocol/extension-element.ts";
import { LEAST_DEFLATE_BITS } from "./backend.ts";
import { type DeflateParameters, MOST_WINDOW_BITS, readParameters, TOKEN, writeParameters } from "./parameters.ts";

/** What an end asks for; of windows, the largest it allows. */
export interface Wanted {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  readonly serverMaxWindowBits: number;
  readonly clientMaxWindowBits: number;
}

/** What both ends have agreed on. */
export interface Agreed extends Wanted {}

/** As a client: what to offer. That it can be told `client_max_window_bits` it always says (RFC 7692 §7.1.2.2). */
export function offerOf(wanted: Wanted): ExtensionElement {
  const { serverMaxWindowBits, clientMaxWindowBits } = wanted;
  return writeParameters({
    ...wanted,
    serverMaxWindowBits: limitOf(serverMaxWindowBits),
    clientMaxWindowBits: limitOf(clientMaxWindowBits) ?? true,
  });
}

/** As a server: the answer to one offer, and what is agreed on with it; `undefined` to decline the offer. */
export function answerOffer(
  wanted: Wanted,
  offer: ExtensionElement,
): { readonly answer: ExtensionElement; readonly agreed: Agreed } | undefined {
  if (offer.token !== TOKEN) return undefined;
  // §7.1: "A server MUST decline an extension negotiation offer for this extension if any of the following conditions
  // are met".
  const offered = readParameters(offer, "offer");
  if (typeof offered === "string") return undefined;
  const serverBits = Math.min(wanted.serverMaxWindowBits, offered.serverMaxWindowBits ?? MOST_WINDOW_BITS);
  if (serverBits < LEAST_DEFLATE_BITS) return undefined;
  // §7.1.2.2: without the parameter in the offer, the answer "MUST NOT include" it.
  const hint = offered.clientMaxWindowBits;
  if (hint === undefined && wanted.clientMaxWindowBits < MOST_WINDOW_BITS) return undefined;
  const clientBits = Math.min(wanted.clientMaxWindowBits, typeof hint === "number" ? hint : MOST_WINDOW_BITS);
  const answer: DeflateParameters = {
    // §7.1.1: what the client asks of the server must be in the answer; what it says of itself may be.
    serverNoContextTakeover: wanted.serverNoContextTakeover || offered.serverNoContextTakeover,
    clientNoContextTakeover: wanted.clientNoContextTakeover || offered.clientNoContextTakeover,
    serverMaxWindowBits: offered.serverMaxWindowBits === undefined ? limitOf(serverBits) : serverBits,
    clientMaxWindowBits: typeof hint === "number" ? clientBits : limitOf(clientBits),
  };
  const agreed = { ...answer, serverMaxWindowBits: serverBits, clientMaxWindowBits: clientBits };
  return { answer: writeParameters(answer), agreed };
}

/** As a client: what is agreed on by the server's answer to `offerOf(wanted)`, or the rule that it breaks. */
export function acceptAnswer(wanted: Wanted, answer: ExtensionElement): Agreed | string {
  if (answer.token !== TOKEN) return "the extension was not offered";
  // §7.1: "A client MUST _Fail the WebSocket Connection_ if the peer server accepted an extension negotiation offer for
  // this extension with an extension negotiation response meeting any of the following conditions".
  const answered = readParameters(answer, "answer");
  if (typeof answered === "string") return answered;
  if (wanted.serverNoContextTakeover && !answered.serverNoContextTakeover) {
    return "server_no_context_takeover is missing";
  }
  const serverBits = answered.serverMaxWindowBits ?? MOST_WINDOW_BITS;
  if (serverBits > wanted.serverMaxWindowBits) return "server_max_window_bits is more than was offered, or missing";
  const clientBits = Number(answered.clientMaxWindowBits ?? wanted.clientMaxWindowBits);
  if (clientBits > wanted.clientMaxWindowBits) return "client_max_window_bits is more than was offered";
  return {
    serverNoContextTakeover: answered.serverNoContextTakeover,
    // §7.1.1.2: a client may do without takeover, whatever it is told.
    clientNoContextTakeover: wanted.clientNoContextTakeover || answered.clientNoContextTakeover,
    serverMaxWindowBits: serverBits,
    clientMaxWindowBits: clientBits,
  };
}

/** How a limit is said: not at all where it is none. */
function limitOf(windowBits: number): number | undefined {
  return windowBits === MOST_WINDOW_BITS ? undefined : windowBits;
}
