import type { ExtensionElement } from "../protocol/extension-element.ts";

export const TOKEN = "permessage-deflate";

export const MOST_WINDOW_BITS = 15;

/** What an offer or an answer says (RFC 7692 §7.1). */
export interface DeflateParameters {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  readonly serverMaxWindowBits: number | undefined;
  /** `true` when it came without a value, as it may in an offer. */
  readonly clientMaxWindowBits: number | true | undefined;
}

/** Reads an offer or an answer; returns instead the rule that it breaks. */
export function readParameters({ parameters }: ExtensionElement, kind: "offer" | "answer"): DeflateParameters | string {
  const values = new Map(parameters);
  // §7.1: "multiple extension parameters with the same name".
  if (values.size < parameters.length) return "a parameter comes twice";
  for (const [name, value] of parameters) {
    if (name === "server_no_context_takeover" || name === "client_no_context_takeover") {
      // §7.1.1: "This extension parameter has no value."
      if (value !== undefined) return `${name} has a value`;
    } else if (name === "server_max_window_bits" || name === "client_max_window_bits") {
      // §7.1.2.2: only a client's hint may do without.
      if (value === undefined && name === "client_max_window_bits" && kind === "offer") continue;
      // §7.1.2: "a decimal integer value without leading zeroes between 8 to 15, inclusive".
      if (value === undefined || !/^([89]|1[0-5])$/.test(value)) return `${name} is not a number from 8 to 15`;
    } else {
      // §7.1: a parameter that is "not defined for use in an offer", or in a response.
      return "a parameter is unknown";
    }
  }
  const clientBits = values.get("client_max_window_bits");
  const serverBits = values.get("server_max_window_bits");
  return {
    serverNoContextTakeover: values.has("server_no_context_takeover"),
    clientNoContextTakeover: values.has("client_no_context_takeover"),
    serverMaxWindowBits: serverBits === undefined ? undefined : Number(serverBits),
    clientMaxWindowBits:
      clientBits === undefined ? values.has("client_max_window_bits") || undefined : Number(clientBits),
  };
}

export function writeParameters(parameters: DeflateParameters): ExtensionElement {
  const { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits } = parameters;
  const written: [name: string, value: string | undefined][] = [];
  if (serverNoContextTakeover) written.push(["server_no_context_takeover", undefined]);
  if (clientNoContextTakeover) written.push(["client_no_context_takeover", undefined]);
  if (serverMaxWindowBits !== undefined) written.push(["server_max_window_bits", `${serverMaxWindowBits}`]);
  if (clientMaxWindowBits !== undefined) {
    written.push(["client_max_window_bits", clientMaxWindowBits === true ? undefined : `${clientMaxWindowBits}`]);
  }
  return { token: TOKEN, parameters: written };
}
