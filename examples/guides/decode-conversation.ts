import { createHash } from "node:crypto";
import {
  type Extension,
  type ExtensionElement,
  MessageDecoder,
  type MessageEvent,
  ProtocolError,
  type Role,
} from "wsimd";
import { permessageDeflate } from "wsimd/deflate";
import { zlibBackend } from "wsimd/deflate/zlib";
import { checkUpgrade, checkUpgradeResponse, HeadParser } from "wsimd/handshake";

/** Bytes of one end of a TCP connection, in the order in which they were captured. */
export type Piece = readonly [from: Role, bytes: Buffer];

/** What an end said: a message or a control frame, or what it did wrong and at which byte of all that it sent. */
export type Found = { readonly from: Role } & (
  | { readonly event: MessageEvent }
  | { readonly violation: ProtocolError; readonly offset: number }
  | { readonly cutOff: true }
);

const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest();
const deflate = permessageDeflate({ backend: zlibBackend });

/** Each end's frames are decoded as the other end would decode them. @throws Error when this opens no WebSocket. */
export function* decodeConversation(pieces: readonly Piece[]): Generator<Found> {
  const { headLengths, extensions } = readHandshake(bytesFrom("client", pieces), bytesFrom("server", pieces));
  const decoders = {
    client: new MessageDecoder({ role: "server", extension: extensions.client }),
    server: new MessageDecoder({ role: "client", extension: extensions.server }),
  };
  const toSkip = { ...headLengths };
  for (const [from, bytes] of pieces) {
    const frames = bytes.subarray(toSkip[from]);
    toSkip[from] -= bytes.length - frames.length;
    if (decoders[from].stopped) continue; // where the next frame begins is not known after a violation
    try {
      for (const event of decoders[from].events(frames)) yield { from, event };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      yield { from, violation: error, offset: headLengths[from] + error.offset };
    }
  }
  for (const from of ["client", "server"] as const) if (decoders[from].midMessage) yield { from, cutOff: true };
}

/** How long each head is, and what decompresses what each end sent. */
function readHandshake(client: Uint8Array, server: Uint8Array) {
  const request = new HeadParser("request").push(client);
  const response = new HeadParser("response").push(server);
  if (request === undefined || response === undefined) throw new Error("the opening handshake is not complete");
  const upgrade = checkUpgrade(request.head);
  if (!upgrade.ok) throw new Error(`the client's request: ${upgrade.reason}`);
  const opened = checkUpgradeResponse(response.head, upgrade, sha1);
  if (!opened.ok) throw new Error(`the server's answer, ${opened.status}: ${opened.reason}`);
  return {
    headLengths: { client: client.length - request.rest.length, server: server.length - response.rest.length },
    extensions: readExtensions(opened.extensions),
  };
}

function readExtensions(agreed: readonly ExtensionElement[]): Partial<Record<Role, Extension>> {
  const [answer, ...others] = agreed;
  if (answer === undefined) return {};
  const accepted = deflate.accept(answer); // as the client understood it, to read what the server sent
  const offered = deflate.answer([answer]); // an offer of the very same gives the server's side of it
  if (!accepted.ok || offered === undefined || others.length > 0) {
    throw new Error(`no way to decode ${agreed.map(({ token }) => token).join(", ")} as it was agreed on`);
  }
  return { client: offered.extension, server: accepted.extension };
}

function bytesFrom(role: Role, pieces: readonly Piece[]): Uint8Array {
  return Buffer.concat(pieces.filter(([from]) => from === role).map(([, bytes]) => bytes));
}
