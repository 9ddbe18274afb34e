// What a frame decoder makes of a stream, with the pieces of each frame joined.

import { expect } from "vitest";
import {
  type ErrorCode,
  type Frame,
  FrameDecoder,
  type FrameDecoderOptions,
  type Kernel,
  ProtocolError,
} from "../../src/index.ts";
import { expectSame } from "../expect-same.ts";
import { feedings } from "../vectors.ts";
import { concat, pattern, peerKey, frame as wireFrame } from "../wire.ts";

/** A frame as the tests compare it: its payload is a copy. */
export interface SeenFrame {
  opcode: number;
  fin: boolean;
  rsv: number;
  masked: boolean;
  headerLength: number;
  /** Where its payload begins in the stream. */
  offset: number;
  payload: Uint8Array;
}

/** Feeds the chunks, checks that the pieces of each frame fit together, and returns the complete frames. */
export function decodeChunks(
  decoder: FrameDecoder,
  chunks: Iterable<Uint8Array>,
): { frames: SeenFrame[]; error: ProtocolError | undefined } {
  const frames: SeenFrame[] = [];
  let open: SeenFrame | undefined;
  // All of a frame's payload came and it is not said to end: so it is only of text that ends inside a character.
  let unended = false;
  const onFrame = (piece: Frame): void => {
    expectSame(piece.first, open === undefined);
    const { opcode, fin, rsv, masked, headerLength } = piece;
    const seen: SeenFrame = open ?? { opcode, fin, rsv, masked, headerLength, offset: piece.offset, payload: NOTHING };
    expectSame(opcode, seen.opcode);
    expectSame(fin, seen.fin);
    expectSame(rsv, seen.rsv);
    expectSame(masked, seen.masked);
    expectSame(headerLength, seen.headerLength);
    expectSame(piece.offset, seen.offset + seen.payload.length);
    expectSame(piece.length, piece.payload.length);
    if (piece.last) expectSame(piece.remaining, 0);
    unended = piece.remaining === 0 && !piece.last;
    seen.payload = concat(seen.payload, piece.payload);
    open = piece.last ? undefined : seen;
    if (piece.last) frames.push(seen);
  };
  try {
    for (const chunk of chunks) decoder.decode(chunk, { onFrame });
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { frames, error };
  }
  expectSame(unended, false);
  expectSame(decoder.midFrame, open !== undefined);
  return { frames, error: undefined };
}

const NOTHING = new Uint8Array(0);

/** The frame as a decoder should show it, when its header stands at `at` of the stream. */
export function seen(opcode: number, payload: Uint8Array | string, at: number, rest: Partial<SeenFrame>): SeenFrame {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const masked = rest.masked ?? false;
  const headerLength = rest.headerLength ?? (bytes.length < 126 ? 2 : bytes.length < 65536 ? 4 : 10) + (masked ? 4 : 0);
  return { fin: true, rsv: 0, ...rest, opcode, masked, headerLength, offset: at + headerLength, payload: bytes };
}

/** What a decoder should say of a stream: these frames, and then perhaps this error. */
export interface Expected {
  readonly frames: readonly SeenFrame[];
  readonly error?: { readonly code: ErrorCode; readonly offset: number };
}

/** Feeds the stream in every way and expects the same of each. */
export function expectEveryWay(
  kernel: Kernel,
  options: Omit<FrameDecoderOptions, "kernel">,
  stream: Uint8Array,
  expected: Expected,
  splits?: readonly number[],
): void {
  const tail = pattern(125);
  const trailing = wireFrame({ opcode: 0x9, payload: tail, key: peerKey(options.role) });
  const after = seen(0x9, tail, stream.length, { masked: options.role === "server" });
  for (const { title, trailing: trails, chunks } of feedings(kernel, stream, trailing, splits)) {
    const decoder = new FrameDecoder({ ...options, kernel });
    expectSame(decoder.kernel, kernel, title);
    const { frames, error } = decodeChunks(decoder, chunks);
    const known = error === undefined ? undefined : { code: error.code, offset: error.offset };
    const complete = trails && expected.error === undefined ? [...expected.frames, after] : expected.frames;
    expect({ frames, error: known }, title).toEqual({ frames: complete, error: expected.error });
  }
}
