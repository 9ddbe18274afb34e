// What a decoder makes of a case, in plain values that compare.

import { expect } from "vitest";
import { FrameDecoder } from "../../src/frame/decoder.ts";
import type { Kernel } from "../../src/kernel/kernel.ts";
import { RetainedBudget } from "../../src/message/budget.ts";
import { MessageDecoder } from "../../src/message/decoder.ts";
import { type ErrorCode, ProtocolError } from "../../src/protocol/errors.ts";
import type { NaiveEvent } from "./naive-decoder.ts";
import type { StreamCase } from "./streams.ts";

export interface Violation {
  readonly code: ErrorCode;
  readonly offset: number;
}

/** A frame or a piece of one: everything that `Frame` tells, and its payload. */
export interface Piece {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  readonly maskingKey: number;
  readonly headerLength: number;
  readonly first: boolean;
  readonly last: boolean;
  readonly offset: number;
  readonly remaining: number;
  readonly ascii: boolean;
  readonly payload: Buffer;
}

export interface FrameOutcome {
  readonly pieces: readonly Piece[];
  readonly violation: Violation | undefined;
  readonly midFrame: boolean;
}

export interface MessageOutcome {
  readonly events: readonly NaiveEvent[];
  /** What `Message.ascii` would tell is seen in how `text()` decodes: each text, decoded. */
  readonly texts: readonly string[];
  readonly violation: Violation | undefined;
}

/** A kernel, and memory of its own to place chunks in. */
export interface Place {
  readonly kernel: Kernel;
  readonly own: Uint8Array;
}

const GUARD = 48;
const GUARD_BYTE = 0xd7;
const ordinary = new Uint8Array(1 << 20);

/** Gives the chunks of a case to `decode` one by one, and makes sure that not a byte around them changes. */
function feed(one: StreamCase, place: Place, decode: (chunk: Uint8Array) => void): Violation | undefined {
  let at = 0;
  for (const length of one.chunks) {
    const start = GUARD + one.misalignment;
    const fits = one.inKernelMemory && start + length + GUARD <= place.own.length;
    const memory = fits ? place.own : ordinary;
    const chunk = memory.subarray(start, start + length);
    memory.fill(GUARD_BYTE, start - GUARD, start);
    memory.fill(GUARD_BYTE, start + length, start + length + GUARD);
    chunk.set(one.stream.subarray(at, at + length));
    let violation: Violation | undefined;
    try {
      decode(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      expectRefusal(decode, error);
      violation = { code: error.code, offset: error.offset };
    }
    for (let i = 1; i <= GUARD; i++) {
      if (memory[start - i] !== GUARD_BYTE) expect.fail(`the byte ${i} before the chunk at ${at} has changed`);
      if (memory[start + length + i - 1] !== GUARD_BYTE) expect.fail(`byte ${i} after the chunk at ${at} has changed`);
    }
    if (violation !== undefined) return violation;
    at += length;
  }
  return undefined;
}

/** After a violation a decoder takes nothing more. */
function expectRefusal(decode: (chunk: Uint8Array) => void, violation: ProtocolError): void {
  try {
    decode(Uint8Array.of(0x8a, 0x00));
  } catch (error) {
    if (error === violation) return;
  }
  expect.fail("a chunk after the violation was not refused with the same error");
}

export function observeFrames(one: StreamCase, place: Place): FrameOutcome {
  const { role, rsv, limits } = one;
  const pieces: Piece[] = [];
  const options = { role, rsv, kernel: place.kernel };
  const decoder = new FrameDecoder(
    limits.maxFrameLength === undefined ? options : { ...options, maxFrameLength: limits.maxFrameLength },
  );
  const handler = {
    onFrame(frame: Omit<Piece, "payload"> & { readonly payload: Uint8Array; readonly length: number }): void {
      const payload = Buffer.from(frame.payload);
      if (payload.length !== frame.length) expect.fail(`length is ${frame.length}, the payload's ${payload.length}`);
      const { fin, rsv, opcode, masked, maskingKey, headerLength, first, last, offset, remaining, ascii } = frame;
      pieces.push({
        fin,
        rsv,
        opcode,
        masked,
        maskingKey,
        headerLength,
        first,
        last,
        offset,
        remaining,
        ascii,
        payload,
      });
    },
  };
  const violation = feed(one, place, (chunk) => decoder.decode(chunk, handler));
  return { pieces, violation, midFrame: violation === undefined && decoder.midFrame };
}

export function observeMessages(one: StreamCase, place: Place): MessageOutcome {
  const events: NaiveEvent[] = [];
  const texts: string[] = [];
  const budget = new RetainedBudget(2 ** 40);
  const decoder = new MessageDecoder({ role: one.role, kernel: place.kernel, budget, ...one.limits });
  const handler = {
    onMessage(message: { type: "text" | "binary"; data: Uint8Array; text(): string }): void {
      events.push([message.type, Buffer.from(message.data)]);
      if (message.type === "text") texts.push(message.text());
    },
    onPing: (payload: Uint8Array) => void events.push(["ping", Buffer.from(payload)]),
    onPong: (payload: Uint8Array) => void events.push(["pong", Buffer.from(payload)]),
    onClose: ({ code, reason }: { code: number; reason: string }) =>
      void events.push(["close", Buffer.from(reason), code]),
  };
  const violation = feed(one, place, (chunk) => decoder.decode(chunk, handler));
  if (budget.used !== decoder.retained) expect.fail(`budget ${budget.used}, retained ${decoder.retained}`);
  if (violation !== undefined || decoder.closed || !decoder.midMessage) expect(decoder.retained).toBe(0);
  decoder.discard();
  expect(budget.used).toBe(0);
  return { events, texts, violation };
}
