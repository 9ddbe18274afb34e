import {
  type FrameHeader,
  MessageDecoder,
  type MessageEvent,
  mask,
  Opcode,
  ProtocolError,
  parseHeader,
  type Role,
} from "wsimd";
import { plural } from "./hex.ts";

/** A frame of the stream, or as much of it as is there. */
export interface StreamFrame {
  readonly header: FrameHeader;
  /** Where it begins in the stream. */
  readonly start: number;
  /** Its bytes on the wire. */
  readonly wire: Uint8Array;
  /** Its payload, unmasked. */
  readonly payload: Uint8Array;
  /** How many payload bytes are not there. */
  readonly missing: number;
  /** Whether it is the one that broke a rule. */
  readonly atFault: boolean;
}

/** What a stream of bytes turned out to be. */
export interface DecodedStream {
  /** The frames up to and with the one at fault, or a Close. */
  readonly frames: readonly StreamFrame[];
  readonly events: readonly MessageEvent[];
  readonly error: ProtocolError | undefined;
  /** What is still to come, when the stream ends too early. */
  readonly missing: string | undefined;
  /** How many bytes follow the Close frame. §1.4: "that peer discards any further data received." */
  readonly discarded: number;
}

/** Decodes `bytes`, which are left as they are: the rules are the decoder's, the fields are drawn from the headers. */
export function decodeStream(bytes: Uint8Array, role: Role): DecodedStream {
  const decoder = new MessageDecoder({ role });
  const events: MessageEvent[] = [];
  let error: ProtocolError | undefined;
  try {
    for (const event of decoder.events(bytes.slice())) events.push(event);
  } catch (thrown) {
    if (!(thrown instanceof ProtocolError)) throw thrown;
    error = thrown;
  }
  const frames = splitFrames(bytes, error);
  const last = frames.at(-1);
  const end = last === undefined ? 0 : last.start + last.wire.length;
  if (decoder.closed) return { frames, events, error, missing: undefined, discarded: bytes.length - end };
  const missing = error === undefined ? whatIsMissing(last, bytes.subarray(end), decoder.midMessage) : undefined;
  return { frames, events, error, missing, discarded: 0 };
}

/** The frames as their headers have it, up to the one that `error` lies in or a Close. */
function splitFrames(bytes: Uint8Array, error: ProtocolError | undefined): StreamFrame[] {
  const frames: StreamFrame[] = [];
  for (let start = 0; start < bytes.length; ) {
    const header = parseHeader(bytes, start);
    if (header === undefined) break;
    const begin = start + header.headerLength;
    const end = Math.min(bytes.length, begin + header.payloadLength);
    const payload = bytes.slice(begin, end);
    if (header.masked) mask(payload, header.maskingKey);
    const missing = header.payloadLength - payload.length;
    // A limit is broken where the payload begins, even one of no bytes.
    const atFault = error !== undefined && (error.offset < end || error.offset === begin);
    frames.push({ header, start, wire: bytes.subarray(start, end), payload, missing, atFault });
    if (atFault || (header.opcode === Opcode.Close && missing === 0)) break;
    start = end;
  }
  return frames;
}

function whatIsMissing(last: StreamFrame | undefined, held: Uint8Array, midMessage: boolean): string | undefined {
  if (last !== undefined && last.missing > 0) {
    return `The last frame is not complete: ${plural(last.missing, "more payload byte")} must come.`;
  }
  if (held.length === 1) return "The last header is not complete: its second byte must come.";
  if (held.length > 1) {
    const more = plural(headerLength(held[1]) - held.length, "more byte");
    return `The last header is not complete: ${more} of it must come.`;
  }
  return midMessage ? "The message is not complete: a continuation frame with FIN must come." : undefined;
}

/** §5.2: the second byte tells how long the header is. */
function headerLength(second: number): number {
  const form = second & 0x7f;
  return (form < 126 ? 2 : form === 126 ? 4 : 10) + (second >= 0x80 ? 4 : 0);
}
