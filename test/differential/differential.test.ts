// The WASM kernel, the TypeScript kernel and a decoder that shares nothing with them get the same streams, mostly valid,
// in the same chunks, and must tell the same. FUZZ_RUNS and FUZZ_SEED set how many streams, and which.

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWasmKernel } from "../../src/kernel/select.ts";
import { typescriptKernel } from "../../src/kernel/typescript-kernel.ts";
import { ERRORS } from "../../src/protocol/errors.ts";
import { type NaiveFrame, type NaiveFrames, type NaiveMessages, naiveFrames, naiveMessages } from "./naive-decoder.ts";
import { type FrameOutcome, type MessageOutcome, observeFrames, observeMessages, type Piece } from "./observe.ts";
import { buildCase, type StreamCase, TAPE_LENGTHS } from "./streams.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? (process.env.CI ? 20_000 : 5000));
const SEED = process.env.FUZZ_SEED === undefined ? undefined : Number(process.env.FUZZ_SEED);
/** A line tells how far a run has come each time this many milliseconds have passed. */
const PROGRESS_EVERY = 10_000;

const wasmKernel = createWasmKernel();
const wasmBuffer = wasmKernel.acquireReceiveBuffer();
const wasm = { kernel: wasmKernel, own: wasmBuffer.bytes };
// A twin gets its chunks at the same alignment, in memory of its own.
const typescript = { kernel: typescriptKernel, own: new Uint8Array(wasmBuffer.bytes.length) };

const met = new Set<string>();

function expectSame(got: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(got, expected)) expect(got, what).toStrictEqual(expected);
}

/** Pieces joined to the frames they are of, as far as they came. */
function joined(pieces: readonly Piece[]): object[] {
  const frames: object[] = [];
  let begun: Piece[] = [];
  for (const piece of pieces) {
    if (piece.first !== (begun.length === 0)) expect.fail(`a piece at ${piece.offset} is out of order`);
    const before = begun.at(-1);
    if (before !== undefined) {
      expect(piece.offset).toBe(before.offset + before.payload.length);
      expect(piece.remaining).toBe(before.remaining - piece.payload.length);
    }
    begun.push(piece);
    if (!piece.last) continue;
    frames.push(frameOf(begun, true));
    begun = [];
  }
  if (begun.length > 0) frames.push(frameOf(begun, false));
  return frames;
}

function frameOf(pieces: readonly Piece[], complete: boolean): object {
  const [{ fin, rsv, opcode, masked, headerLength, offset }] = pieces;
  const payload = Buffer.concat(pieces.map((piece) => piece.payload));
  return { fin, rsv, opcode, masked, headerLength, offset, complete, payload };
}

function naiveFrameOf({ fin, rsv, opcode, masked, at, payloadAt, complete, payload }: NaiveFrame): object {
  const headerLength = payloadAt - at;
  return { fin, rsv, opcode, masked, headerLength, offset: payloadAt, complete, payload: Buffer.from(payload) };
}

function expectFrames(got: FrameOutcome, naive: NaiveFrames): void {
  const frames = joined(got.pieces);
  const expected = naive.frames.map(naiveFrameOf);
  expectSame(frames, expected, "frames");
  expectSame(got.violation, naive.violation, "violation");
  expect(got.midFrame, "midFrame").toBe(naive.midFrame);
}

function expectMessages(one: StreamCase, got: MessageOutcome, naive: NaiveMessages): void {
  if (got.violation?.code === "RETAINED_LIMIT") {
    // When buffers grow is no rule of the RFC's, so here the twins have only each other; but nothing may come in that
    // a decoder without the limit would not give.
    expect(one.limits.maxRetainedBytes, "a message within maxMessageLength passes by default").toBeDefined();
    expectSame(got.events, naive.events.slice(0, got.events.length), "events before RETAINED_LIMIT");
    return;
  }
  expectSame(got.events, naive.events, "events");
  const texts = naive.events.filter(([type]) => type === "text").map(([, payload]) => payload.toString());
  expectSame(got.texts, texts, "texts");
  expectSame(got.violation, naive.violation, "violation of messages");
}

function checkCase(one: StreamCase): void {
  const frames = observeFrames(one, wasm);
  expectSame(frames, observeFrames(one, typescript), "the twins' frames");
  const { role, rsv, limits, stream } = one;
  const { maxFrameLength = Number.MAX_SAFE_INTEGER } = limits;
  expectFrames(frames, naiveFrames(stream, { role, rsv, maxFrameLength }));

  const messages = observeMessages(one, wasm);
  expectSame(messages, observeMessages(one, typescript), "the twins' messages");
  const { maxMessageLength = 2 ** 24, maxFragments = 2 ** 16 } = limits;
  const naiveLimits = { role, rsv: 0, maxFrameLength: maxMessageLength, maxMessageLength, maxFragments, ...limits };
  expectMessages(one, messages, naiveMessages(naiveFrames(stream, naiveLimits), naiveLimits));

  if (frames.violation !== undefined) met.add(frames.violation.code);
  if (messages.violation !== undefined) met.add(messages.violation.code);
}

/** A case as a reader needs it to build a test of its own. */
function described({ stream, ...rest }: StreamCase): string {
  return `${JSON.stringify(rest)} ${stream.length} bytes: ${Buffer.from(stream.subarray(0, 2000)).toString("hex")}`;
}

describe("the WASM kernel, the TypeScript kernel and the naive decoder", () => {
  let started = 0;
  let told = 0;
  let runs = 0;

  beforeAll(() => {
    started = Date.now();
    told = started;
  });

  afterAll(() => wasmBuffer.release());

  function countRun(): void {
    runs++;
    const now = Date.now();
    if (now - told < PROGRESS_EVERY) return;
    told = now;
    process.stderr.write(`differential: ${runs} of ${RUNS} streams, ${Math.round((now - started) / 1000)} s\n`);
  }

  test("are three", () => {
    expect(wasm.kernel.name).toBe("wasm-simd");
    expect(typescript.kernel.name).toBe("typescript");
  });

  test(`tell the same of ${RUNS} streams`, { timeout: 24 * 3600 * 1000 }, () => {
    const tapes = fc.uint8Array({ ...TAPE_LENGTHS, size: "max" });
    const property = fc.property(tapes, (tape) => {
      countRun();
      const one = buildCase(tape);
      try {
        checkCase(one);
      } catch (error) {
        throw new Error(`${error instanceof Error ? error.message : error}\n${described(one)}`, { cause: error });
      }
    });
    const options = { numRuns: RUNS, includeErrorInReport: true };
    fc.assert(property, SEED === undefined ? options : { ...options, seed: SEED });
    expect(runs).toBeGreaterThanOrEqual(RUNS);
  });

  // test/extension/differential.test.ts has the one that takes an extension.
  test("have met every error code", () => {
    const codes = Object.keys(ERRORS).filter((code) => code !== "INVALID_COMPRESSED_DATA");
    expect(codes.filter((code) => !met.has(code))).toStrictEqual([]);
  });
});
