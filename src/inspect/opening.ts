import { pakoBackend } from "../extension/pako.ts";
import { permessageDeflate } from "../extension/permessage-deflate.ts";
import { type Agreement, readAgreement } from "../handshake/agreement.ts";
import { checkUpgradeResponse } from "../handshake/client-response.ts";
import { formatExtensions, parseExtensions } from "../handshake/extensions.ts";
import type { HandshakeError } from "../handshake/handshake-error.ts";
import type { RequestHead, ResponseHead } from "../handshake/head-parser.ts";
import { collectFields, includes, splitList } from "../handshake/headers.ts";
import type { Sha1 } from "../handshake/key.ts";
import { checkUpgrade, type Upgrade } from "../handshake/request.ts";
import type { ExtensionElement } from "../protocol/extension-element.ts";
import type { Role } from "../protocol/role.ts";
import type { Decompression } from "./decompression.ts";
import type { HeadRecord } from "./records.ts";

/** A head as it is listed, without where it was found. */
export type ListedHead = Omit<HeadRecord, "type" | "stream" | "length">;

export interface ReadRequest {
  readonly listed: ListedHead;
  /** What it asks for; `undefined` when it breaks a rule. */
  readonly upgrade: Upgrade | undefined;
}

export interface ReadResponse {
  readonly listed: ListedHead;
  /** What to know of what was agreed on, if anything. */
  readonly note: string | undefined;
  /** What decompresses a sender's messages; `undefined` when no extension was agreed on. */
  decompressionOf(sender: Role): Decompression | undefined;
}

/** A head that is none, by what it begins as. */
export function brokenHead(kind: "request" | "response", error: HandshakeError): ListedHead {
  return { kind, line: "", protocols: [], extensions: "", opens: false, error: error.reason };
}

const deflate = permessageDeflate({ backend: pakoBackend });

/** Whether a request asks for a WebSocket at all, rightly or not. */
export function asksForWebSocket({ headers }: RequestHead): boolean {
  return includes(splitList(collectFields(headers).get("upgrade") ?? []), "websocket");
}

export function readRequest(head: RequestHead): ReadRequest {
  const upgrade = checkUpgrade(head);
  const line = `${head.method} ${head.target} HTTP/${head.httpVersion}`;
  if (!upgrade.ok) {
    const listed = {
      kind: "request",
      line,
      protocols: [],
      extensions: "",
      opens: false,
      error: upgrade.reason,
    } as const;
    return { listed, upgrade: undefined };
  }
  const { protocols } = upgrade;
  const extensions = formatExtensions(upgrade.extensions);
  return { listed: { kind: "request", line, protocols, extensions, opens: true, error: undefined }, upgrade };
}

/** Judges an answer to `upgrade`; without one, as that of a stream whose other direction is not there, by its lists alone. */
export function readResponse(head: ResponseHead, upgrade: Upgrade | undefined, sha1: Sha1): ReadResponse {
  const line = `HTTP/${head.httpVersion} ${head.status}`;
  const refused = (error: string | undefined): ReadResponse => ({
    listed: { kind: "response", line, protocols: [], extensions: "", opens: false, error },
    note: undefined,
    decompressionOf: () => undefined,
  });
  if (head.status !== 101) return refused(undefined);
  const agreement = agreementOf(head, upgrade, sha1);
  if (typeof agreement === "string") return refused(agreement);
  const { protocol, extensions } = agreement;
  const agreed = extensions.find(({ token }) => token === deflate.token);
  const accepted = agreed && deflate.accept(agreed);
  if (accepted?.ok === false) return refused(accepted.reason);
  const unknown = extensions.filter((extension) => extension !== agreed).map(({ token }) => token);
  return {
    listed: {
      kind: "response",
      line,
      protocols: protocol === undefined ? [] : [protocol],
      extensions: formatExtensions(extensions),
      opens: true,
      error: undefined,
    },
    note: unknown.length === 0 ? undefined : `frames are judged without ${unknown.join(", ")}, which is not known here`,
    decompressionOf: (sender) => agreed && decompressionOf(sender, agreed),
  };
}

/** What decompresses messages of a stream whose handshake is not there: with the widest window, it reads what any other can. */
export function assumedDeflate(): Decompression {
  return decompressionOf("server", { token: deflate.token, parameters: [] })!;
}

/** The extension of a client that was given the answer `agreed`. What a client sends is read with the two ends exchanged. */
function decompressionOf(sender: Role, agreed: ExtensionElement): Decompression | undefined {
  const answer = sender === "server" ? agreed : exchanged(agreed);
  const accepted = deflate.accept(answer);
  if (!accepted.ok) return undefined;
  const takeover = answer.parameters.every(([name]) => name !== "server_no_context_takeover");
  return { extension: accepted.extension, takeover };
}

function exchanged({ token, parameters }: ExtensionElement): ExtensionElement {
  const other = (name: string) =>
    name.startsWith("server") ? name.replace("server", "client") : name.replace("client", "server");
  return { token, parameters: parameters.map(([name, value]) => [other(name), value] as const) };
}

/** What the two ends agree on, or the rule that the answer breaks. */
function agreementOf(head: ResponseHead, upgrade: Upgrade | undefined, sha1: Sha1): Agreement | string {
  if (upgrade !== undefined) {
    const answer = checkUpgradeResponse(head, upgrade, sha1);
    return answer.ok ? answer : answer.reason;
  }
  const fields = collectFields(head.headers);
  const extensions = parseExtensions(fields.get("sec-websocket-extensions") ?? []) ?? [];
  return readAgreement(fields, { protocols: fields.get("sec-websocket-protocol") ?? [], extensions });
}
