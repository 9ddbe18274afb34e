import { createMaskedFrames } from "../payloads.ts";
import type { Payload } from "../plan.ts";

/** What a connection sends in one write, and what must come back for it. */
export interface Burst {
  readonly request: Uint8Array;
  readonly reply: Uint8Array;
}

/** Connections next to each other send different bytes, so that an answer on the wrong one shows. */
const DISTINCT = 8;

/** Bursts of `messages` masked frames each, made without wsimd. `bare`: the server sends back the very bytes. */
export function createBursts(kind: Payload, bytes: number, messages: number, bare = false): Burst[] {
  const maskedLength = headerLength(bytes) + 4 + bytes;
  const frames = createMaskedFrames(kind, bytes, DISTINCT * messages * maskedLength);
  return Array.from({ length: DISTINCT }, (_, index) => {
    const first = index * messages;
    const request = frames.bytes.slice(first * maskedLength, (first + messages) * maskedLength);
    if (bare) return { request, reply: request };
    const payloads = frames.payloads.slice(first, first + messages);
    return { request, reply: Buffer.concat(payloads.flatMap((payload) => [unmaskedHeader(kind, bytes), payload])) };
  });
}

/** A whole message's, in its shortest form, which is the one that servers send. */
function unmaskedHeader(kind: Payload, length: number): Uint8Array {
  const header = Buffer.alloc(headerLength(length));
  header[0] = kind === "binary" ? 0x82 : 0x81;
  header[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

function headerLength(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}
