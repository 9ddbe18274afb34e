// What a decoder of messages, or of their fragments, makes of a stream, as plain values that do not change with the chunk.

import { expect } from "vitest";
import {
  type ErrorCode,
  FragmentDecoder,
  type FragmentHandler,
  type Kernel,
  MessageDecoder,
  type MessageDecoderOptions,
  type MessageHandler,
  Opcode,
  ProtocolError,
} from "../../src/index.ts";
import { expectSame } from "../expect-same.ts";
import { feedings } from "../vectors.ts";
import { frame, pattern, peerKey } from "../wire.ts";

/** One line an event: `text Hello`, `binary 01,02`, `ping 3f`, `close 1000 bye`. */
export type Seen = string;

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A handler that writes down what comes, as it stands then. */
export function recorder(seen: Seen[]): MessageHandler {
  return {
    onMessage: (message) => {
      seen.push(message.type === "text" ? `text ${message.text()}` : `binary ${hexOf(message.data)}`);
    },
    onPing: (payload) => seen.push(`ping ${hexOf(payload)}`),
    onPong: (payload) => seen.push(`pong ${hexOf(payload)}`),
    onClose: ({ code, reason }) => seen.push(`close ${code} ${reason}`),
  };
}

/** A handler that writes down the same once a message's last piece has come, having checked each piece. */
export function fragmentRecorder(seen: Seen[]): FragmentHandler {
  let begun: { readonly opcode: Opcode; readonly pieces: Uint8Array[] } | undefined;
  return {
    ...recorder(seen),
    onFragment: ({ opcode, data, first, last }) => {
      expectSame(first, begun === undefined);
      begun ??= { opcode, pieces: [] };
      expectSame(opcode, begun.opcode);
      if (!last) expectSame(data.length > 0, true);
      begun.pieces.push(data.slice());
      if (!last) return;
      const whole = Buffer.concat(begun.pieces);
      seen.push(opcode === Opcode.Text ? `text ${whole.toString()}` : `binary ${hexOf(whole)}`);
      begun = undefined;
    },
  };
}

export function decodeChunks(
  decoder: MessageDecoder | FragmentDecoder,
  chunks: Iterable<Uint8Array>,
): { events: Seen[]; error: ProtocolError | undefined } {
  const events: Seen[] = [];
  const handler = { ...recorder(events), ...fragmentRecorder(events) };
  try {
    for (const chunk of chunks) decoder.decode(chunk, handler);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { events, error };
  }
  return { events, error: undefined };
}

/** What a decoder should say of a stream: these events, and then perhaps this error. */
export interface Expected {
  readonly events: readonly Seen[];
  readonly error?: { readonly code: ErrorCode; readonly offset: number };
}

/** Feeds the stream in every way, to both decoders; expects the same of each, and that nothing is held in the end. */
export function expectEveryWay(
  kernel: Kernel,
  options: Omit<MessageDecoderOptions, "kernel">,
  stream: Uint8Array,
  expected: Expected,
  splits?: readonly number[],
): void {
  const tail = pattern(125);
  const trailing = frame({ opcode: 0xa, payload: tail, key: peerKey(options.role) });
  const ended = expected.error !== undefined || expected.events.some((event) => event.startsWith("close"));
  for (const Decoder of [MessageDecoder, FragmentDecoder]) {
    for (const { title: how, trailing: trails, chunks } of feedings(kernel, stream, trailing, splits)) {
      const title = `${Decoder.name}, ${how}`;
      const decoder = new Decoder({ ...options, kernel });
      expectSame(decoder.kernel, kernel, title);
      const { events, error } = decodeChunks(decoder, chunks);
      const known = error === undefined ? undefined : { code: error.code, offset: error.offset };
      const complete = trails && !ended ? [...expected.events, `pong ${hexOf(tail)}`] : expected.events;
      expect({ events, error: known }, title).toEqual({ events: complete, error: expected.error });
      expectSame(decoder.retained, 0, title);
      if (expected.error === undefined) expectSame(decoder.midMessage, false, title);
    }
  }
}
