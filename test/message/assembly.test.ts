// What an unfinished message costs: never what a header announces, but what has arrived.

import { describe, expect, test } from "vitest";
import { MessageDecoder, Opcode, RetainedBudget } from "../../src/index.ts";
import { Assembly } from "../../src/message/assembly.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, pattern, peerKey } from "../wire.ts";
import { decodeChunks, recorder } from "./events.ts";

const MIB = 2 ** 20;

function assemblyOf(maxRetainedBytes: number, budget?: RetainedBudget, maxMessageLength = 64 * MIB): Assembly {
  return new Assembly(Opcode.Text, { maxMessageLength, maxRetainedBytes, budget });
}

/** A piece of a frame that begins at the second byte of its chunk. */
function piece(payload: Uint8Array, ascii: boolean): Parameters<Assembly["append"]>[0] {
  const chunk = concat(Uint8Array.of(0xff), payload);
  return { chunk, start: 1, length: payload.length, payload: chunk.subarray(1), ascii };
}

/** What was assembled, which is let go of. */
function finish(assembly: Assembly): Uint8Array {
  const { bytes, length } = assembly;
  assembly.discard();
  return bytes.subarray(0, length);
}

describe("Assembly", () => {
  test("is ASCII as long as every piece is", () => {
    const assembly = assemblyOf(100);
    const after = [true, true, false, true].map((ascii) => {
      assembly.reserve(1, 0);
      assembly.append(piece(pattern(1), ascii));
      return assembly.ascii;
    });
    expect(after).toEqual([true, true, false, false]);
  });

  test("allocates a known length of up to 1 MiB once", () => {
    const assembly = assemblyOf(4 * MIB);
    assembly.ending = true;
    expect(assembly.reserve(10, MIB - 10)).toBe(true);
    expect(assembly.retained).toBe(MIB);
    assembly.append(piece(pattern(10), true));
    for (let at = 10; at < MIB; at += MIB / 4) {
      const arrived = Math.min(MIB / 4, MIB - at);
      expect(assembly.reserve(arrived, MIB - at - arrived)).toBe(true);
      expect(assembly.retained).toBe(MIB);
      assembly.append(piece(new Uint8Array(arrived), true));
    }
    const bytes = finish(assembly);
    expect([bytes.length, bytes.buffer.byteLength, assembly.retained]).toEqual([MIB, MIB, 0]);
    expect(bytes.subarray(0, 10)).toEqual(pattern(10));
  });

  test("grows with what arrives beyond 1 MiB, by doubling, and never past the whole", () => {
    const whole = 11 * MIB;
    const assembly = assemblyOf(4 * whole);
    assembly.ending = true;
    const sizes = new Set<number>();
    for (let at = 0; at < whole; at += 65_536) {
      expect(assembly.reserve(65_536, whole - at - 65_536)).toBe(true);
      assembly.append(piece(new Uint8Array(65_536).fill(at >> 16), true));
      sizes.add(assembly.retained);
      // At most twice what has arrived, or the first MiB.
      expect(assembly.retained).toBeLessThanOrEqual(Math.max(MIB, 2 * assembly.length));
      expect(assembly.retained).toBeLessThanOrEqual(whole);
    }
    expect([...sizes]).toEqual([MIB, 2 * MIB, 4 * MIB, 8 * MIB, whole]);
    const bytes = finish(assembly);
    expect(bytes.length).toBe(whole);
    for (let at = 0; at < whole; at += 65_536) expect(bytes[at]).toBe((at >> 16) & 0xff);
  });

  test("takes 256 bytes at first when the length is not known, or less where no more may be had", () => {
    const tight = new RetainedBudget(100);
    const assemblies = [assemblyOf(1000), assemblyOf(100), assemblyOf(1000, tight), assemblyOf(1000, undefined, 50)];
    expect(assemblies.map((assembly) => assembly.reserve(8, 0))).toEqual([true, true, true, true]);
    expect(assemblies.map((assembly) => assembly.retained)).toEqual([256, 8, 8, 50]);
    expect(tight.used).toBe(8);
  });

  test("takes twice what is announced when more fragments follow, up to 1 MiB, and just that when none do", () => {
    const first = (arrived: number, coming: number, ending = false): number => {
      const assembly = assemblyOf(4 * MIB);
      assembly.ending = ending;
      expect(assembly.reserve(arrived, coming)).toBe(true);
      return assembly.retained;
    };
    expect([first(1000, 4000), first(1000, 4000, true)]).toEqual([10_000, 5000]);
    expect([first(10, MIB - 100), first(10, 3 * MIB), first(MIB + 1, 10)]).toEqual([MIB, MIB, MIB + 1]);
  });

  test("grows out of the chunk it begins in, and keeps what was moved together there", () => {
    const assembly = assemblyOf(1000);
    assembly.ending = true;
    const chunk = concat(Uint8Array.of(0xff), pattern(3), Uint8Array.of(0xff), pattern(300)).subarray(1);
    assembly.begin({ ...piece(pattern(3), true), chunk, start: 0 });
    assembly.append({ chunk, start: 0, length: 3, payload: chunk.subarray(0, 3), ascii: true });
    assembly.append({ chunk, start: 4, length: 300, payload: chunk.subarray(4), ascii: true });
    expect([assembly.bytes, assembly.length, assembly.retained]).toEqual([chunk, 303, 0]);
    expect(assembly.reserve(2, 0)).toBe(true);
    expect([assembly.retained, assembly.at]).toEqual([305, 303]);
    chunk.fill(0xff);
    assembly.append(piece(pattern(2), true));
    expect(finish(assembly)).toEqual(concat(pattern(3), pattern(300), pattern(2)));
  });

  test.each([0, 1, 64, 65, 300])("appends %i bytes after others", (length) => {
    const assembly = assemblyOf(1000);
    assembly.reserve(3, 0);
    assembly.append(piece(pattern(3), true));
    assembly.reserve(length, 0);
    assembly.append(piece(pattern(length), true));
    expect(finish(assembly)).toEqual(concat(pattern(3), pattern(length)));
  });

  test("does not double past the longest message there may be", () => {
    const assembly = assemblyOf(2000, undefined, 1000);
    const sizes = [700, 100, 200].map((arrived) => {
      expect(assembly.reserve(arrived, 0)).toBe(true);
      assembly.append(piece(pattern(arrived), false));
      return assembly.retained;
    });
    expect(sizes).toEqual([1000, 1000, 1000]);
    expect(finish(assembly)).toEqual(concat(pattern(700), pattern(100), pattern(200)));
  });

  test("a limit that forbids growth leaves it as it was", () => {
    const budget = new RetainedBudget(1000);
    const assembly = assemblyOf(300, budget);
    assembly.ending = true;
    expect(assembly.reserve(100, 0)).toBe(true);
    assembly.append(piece(pattern(100), true));
    expect(assembly.reserve(101, 0)).toBe(false);
    expect([assembly.length, assembly.retained, budget.used]).toEqual([100, 100, 100]);
    expect(finish(assembly)).toEqual(pattern(100));
    expect(budget.used).toBe(0);
  });

  test("discard gives everything back, and a second one nothing more", () => {
    const budget = new RetainedBudget(1000);
    const assembly = assemblyOf(1000, budget);
    assembly.ending = true;
    assembly.reserve(10, 190);
    expect(budget.used).toBe(200);
    assembly.discard();
    assembly.discard();
    expect([budget.used, assembly.retained, assembly.length]).toEqual([0, 0, 0]);
  });
});

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("as a %s", (role) => {
    const key = peerKey(role);

    test("a header that announces 16 MiB retains at most 1 MiB", () => {
      const decoder = new MessageDecoder({ role, kernel });
      decodeChunks(decoder, [frame({ opcode: 0x2, announced: BigInt(16 * MIB), key })]);
      expect(decoder.retained).toBeLessThanOrEqual(MIB);
      decodeChunks(decoder, [new Uint8Array(65_536)]);
      expect(decoder.retained).toBe(MIB);
      expect(decoder.midMessage).toBe(true);
      decoder.discard();
      expect(decoder.retained).toBe(0);
    });

    test("a header that announces 1 MiB allocates it once", () => {
      const stream = frame({ opcode: 0x2, payload: pattern(MIB), key });
      const decoder = new MessageDecoder({ role, kernel });
      const sizes = new Set<number>();
      const seen: Uint8Array[] = [];
      const handler = { ...recorder([]), onMessage: (message: { data: Uint8Array }) => seen.push(message.data) };
      for (let at = 0; at < stream.length; at += 50_000) {
        decoder.decode(stream.slice(at, at + 50_000), handler);
        sizes.add(decoder.retained);
      }
      expect([...sizes]).toEqual([MIB, 0]);
      expect(seen.length).toBe(1);
      expect(seen[0].buffer.byteLength).toBe(MIB);
      expect(Buffer.compare(seen[0], pattern(MIB))).toBe(0);
    });

    test("a 5 MiB message in fragments grows with what arrives", () => {
      const payload = pattern(5 * MIB);
      const decoder = new MessageDecoder({ role, kernel });
      let whole: Uint8Array | undefined;
      let arrived = 0;
      for (let at = 0; at < payload.length; at += 300_000) {
        const piece = payload.slice(at, at + 300_000);
        arrived += piece.length;
        const fin = arrived === payload.length;
        const part = frame({ opcode: at === 0 ? 0x2 : 0x0, fin, payload: piece, key });
        for (const event of decoder.events(part)) if (event.type === "message") whole = event.message.data;
        expect(decoder.retained).toBeLessThanOrEqual(Math.max(2 * arrived, MIB));
      }
      expect(Buffer.compare(whole ?? new Uint8Array(0), payload)).toBe(0);
    });

    test("a split ping costs its own length beside the message's", () => {
      const decoder = new MessageDecoder({ role, kernel });
      const begun = frame({ opcode: 0x2, fin: false, payload: pattern(40), key });
      const ping = frame({ opcode: 0x9, payload: pattern(125), key });
      decodeChunks(decoder, [concat(begun, ping.slice(0, 20))]);
      expect(decoder.retained).toBe(256 + 125);
      const { events } = decodeChunks(decoder, [ping.slice(20)]);
      expect(events).toEqual([`ping ${Buffer.from(pattern(125)).toString("hex")}`]);
      expect(decoder.retained).toBe(256);
    });
  });
});
