import { once } from "node:events";
import { constants, createDeflateRaw, inflateRawSync } from "node:zlib";
import { createPayload, createRandom } from "../payloads.ts";
import type { Payload } from "../plan.ts";
import { POOL_BYTES } from "../pool.ts";

/** A conversation of messages of one length, made without wsimd, which goes round and round. */
export interface Messages {
  readonly plain: readonly Buffer[];
  /** Each with the ones before it as its context (RFC 7692 §7.2.1). The first has none, so that it may follow the last. */
  readonly compressed: readonly Buffer[];
}

/** RFC 7692 §7.2.1: "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end". */
const TAIL = Buffer.of(0x00, 0x00, 0xff, 0xff);
const WINDOW = 32_768;

export async function createMessages(kind: Payload, bytes: number): Promise<Messages> {
  const random = createRandom();
  const count = Math.max(2, Math.floor(POOL_BYTES / bytes));
  const plain = Array.from({ length: count }, () => Buffer.from(createPayload(kind, bytes, random)));
  return { plain, compressed: await compress(plain) };
}

async function compress(plain: readonly Buffer[]): Promise<Buffer[]> {
  const stream = createDeflateRaw({ level: 6 });
  const compressed: Buffer[] = [];
  for (const message of plain) {
    stream.write(message);
    await new Promise<void>((resolve) => stream.flush(constants.Z_SYNC_FLUSH, resolve));
    const pieces: Buffer[] = [];
    for (let piece = stream.read(); piece !== null; piece = stream.read()) pieces.push(piece as Buffer);
    compressed.push(Buffer.concat(pieces).subarray(0, -TAIL.length));
  }
  const closed = once(stream, "close");
  stream.destroy();
  await closed;
  return compressed;
}

/** Fails unless these, behind the end of the conversation or at its beginning, are the plain messages compressed. */
export function compareCompressed(who: string, compressed: readonly Uint8Array[], { plain }: Messages): void {
  const all = Buffer.concat(plain);
  const options = { dictionary: all.subarray(-WINDOW), finishFlush: constants.Z_SYNC_FLUSH };
  let inflated: Buffer;
  try {
    inflated = inflateRawSync(Buffer.concat(compressed.flatMap((message) => [message, TAIL])), options);
  } catch (cause) {
    throw new Error(`${who}: what it compressed cannot be decompressed`, { cause });
  }
  if (compressed.length !== plain.length || !inflated.equals(all)) throw new Error(`${who}: it compressed wrongly`);
}
