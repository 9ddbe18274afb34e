import type { DecodedSink, Extension } from "wsimd";
import { type DeflateBackend, permessageDeflate } from "wsimd/deflate";
import { pakoBackend } from "wsimd/deflate/pako";
import { zlibBackend } from "wsimd/deflate/zlib";
import { comparePayloads } from "../contest.ts";
import { createPerMessageDeflate } from "../peers/ws.ts";
import { compareCompressed, type Messages } from "./messages.ts";

/** One of those that compress, or decompress, the same messages side by side, each in a context of its own. */
export interface Contestant {
  readonly name: string;
  /** All messages of the conversation, one after the other; each result goes to `take`. */
  run(take: (result: Uint8Array) => void): void | Promise<void>;
}

const BACKENDS: Readonly<Record<string, DeflateBackend>> = { zlib: zlibBackend, pako: pakoBackend };

/** "compress, zlib" and the like: what is done, and by which of wsimd's backends. */
function readVariant(variant: string): { readonly compress: boolean; readonly backend: DeflateBackend } {
  const [what, backend] = variant.split(", ");
  return { compress: what === "compress", backend: BACKENDS[backend] };
}

export function createSubject(name: string, variant: string, { plain, compressed }: Messages): Contestant {
  const { compress, backend } = readVariant(variant);
  const offer = { token: "permessage-deflate", parameters: [] };
  const { extension } = permessageDeflate({ backend, threshold: 0 }).answer([offer])!;
  return {
    name,
    run(take) {
      if (compress) for (const message of plain) take(extension.encode(message, true).payload);
      else for (const message of compressed) take(decode(extension, message));
    },
  };
}

/** The message in one piece, as ws delivers it. */
function decode(extension: Extension, message: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  const sink: DecodedSink = { room: Number.MAX_SAFE_INTEGER, take: (piece) => void pieces.push(piece.slice()) };
  if (!extension.decode(message, true, sink)) throw new Error("a message cannot be decompressed");
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
}

/** ws compresses in the thread pool: each message is waited for before the next, as on one connection they wait. */
export function createPeer(name: string, variant: string, { plain, compressed }: Messages): Contestant {
  const { compress } = readVariant(variant);
  const deflate = createPerMessageDeflate();
  const work = (message: Buffer): Promise<Uint8Array> =>
    new Promise((resolve, reject) => {
      const done = (error: Error | null, result: Buffer): void => (error === null ? resolve(result) : reject(error));
      if (compress) deflate.compress(message, true, done);
      else deflate.decompress(message, true, done);
    });
  return {
    name,
    async run(take) {
      for (const message of compress ? plain : compressed) take(await work(message));
    },
  };
}

/** Does all of it once more, and compares every byte. @throws Error when one is wrong. */
export async function verify({ name, run }: Contestant, variant: string, messages: Messages): Promise<void> {
  const results: Uint8Array[] = [];
  await run((result) => void results.push(result));
  if (readVariant(variant).compress) return compareCompressed(name, results, messages);
  if (results.length !== messages.plain.length) throw new Error(`${name}: ${results.length} messages`);
  comparePayloads(name, results, messages.plain);
}
