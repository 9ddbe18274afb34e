// Compressed messages with faults in them, as they may come from anyone: both backends, on both kernels and cut in any way,
// say the same of each, and nothing but a ProtocolError is ever thrown. Where a frame has two faults, such as too many bytes
// before a code that there is none of, the one that is found may differ.

import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pakoBackend } from "../../src/extension/pako.ts";
import { zlibBackend } from "../../src/extension/zlib.ts";
import { createWasmKernel, MessageDecoder, typescriptKernel } from "../../src/index.ts";
import { decodeChunks } from "../message/events.ts";
import { cut } from "../vectors.ts";
import { concat, frame, KEY } from "../wire.ts";
import { extensionFor, noise, prose } from "./backends.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? 1000);
const SEED = process.env.FUZZ_SEED === undefined ? undefined : Number(process.env.FUZZ_SEED);

const message = fc.record({
  opcode: fc.constantFrom(1, 2),
  // As what it is made from, so that a counterexample can be read.
  content: fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.record({ kind: fc.constantFrom("prose", "noise"), length: fc.nat(3000), seed: fc.nat(100) }),
    fc.record({ kind: fc.constant("zeros"), length: fc.nat(60_000), seed: fc.constant(0) }),
  ),
  level: fc.nat(9),
  /** How it ends: as it should, with BFINAL, or without an end. */
  end: fc.constantFrom("flushed", "flushed", "flushed", "final", "cut"),
  fragments: fc.array(fc.nat(1000), { maxLength: 3 }),
  /** Bytes of the payload that are changed, by place and bit. */
  flips: fc.oneof(fc.constant([]), fc.array(fc.tuple(fc.nat(3000), fc.nat(7)), { maxLength: 2 })),
});

type Drawn = typeof message extends fc.Arbitrary<infer T> ? T : never;

function bytesOf(content: Drawn["content"]): Uint8Array {
  if (typeof content === "string") return new TextEncoder().encode(content);
  const { kind, length, seed } = content;
  return kind === "prose" ? prose(length, seed) : kind === "noise" ? noise(length, seed) : new Uint8Array(length);
}

function compressed({ content, level, end, flips }: Drawn): Uint8Array {
  const finishFlush = end === "final" ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
  const bytes = Uint8Array.from(deflateRawSync(bytesOf(content), { level, finishFlush }));
  const whole = end === "final" ? concat(bytes, Uint8Array.of(0)) : bytes.subarray(0, -4);
  const payload = end === "cut" ? whole.subarray(0, whole.length >> 1) : whole;
  for (const [place, bit] of flips) if (payload.length > 0) payload[place % payload.length] ^= 1 << bit;
  return payload;
}

function framed(drawn: Drawn): Uint8Array {
  const payload = compressed(drawn);
  const cuts = drawn.fragments.map((at) => at % (payload.length + 1)).sort((a, b) => a - b);
  const parts = [...cut(payload, cuts)];
  return concat(
    ...parts.map((part, n) => {
      const fin = n === parts.length - 1;
      return frame({ opcode: n === 0 ? drawn.opcode : 0, rsv: n === 0 ? 4 : 0, fin, payload: part, key: KEY });
    }),
  );
}

test("the backends agree on whatever comes", () => {
  const wasm = createWasmKernel();
  const met = new Map<string, number>();
  const property = fc.property(
    fc.array(message, { minLength: 1, maxLength: 4 }),
    fc.array(fc.nat(8000), { maxLength: 6 }),
    fc.constantFrom(10_000, 2 ** 24),
    (messages, places, maxMessageLength) => {
      const stream = concat(...messages.map(framed));
      const cuts = places.map((at) => at % (stream.length + 1)).sort((a, b) => a - b);
      const outcomes = [pakoBackend, zlibBackend].flatMap((backend) =>
        [wasm, typescriptKernel].flatMap((kernel) =>
          [[], cuts].map((some) => {
            const extension = extensionFor(backend, "server");
            const decoder = new MessageDecoder({ role: "server", kernel, extension, maxMessageLength });
            const { events, error } = decodeChunks(decoder, cut(stream, some));
            extension.release();
            const code = error?.code ?? "none";
            met.set(code, (met.get(code) ?? 0) + 1);
            return { events, offset: error?.offset };
          }),
        ),
      );
      for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
    },
  );
  fc.assert(property, { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: SEED }) });
  for (const code of ["none", "INVALID_COMPRESSED_DATA", "INVALID_UTF8", "MESSAGE_TOO_LONG"]) {
    expect(met.get(code), code).toBeGreaterThan(RUNS / 10);
  }
}, 120_000);
