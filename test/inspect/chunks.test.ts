// However an input is cut into chunks, its records are the same.

import fc from "fast-check";
import { expect, test } from "vitest";
import { buildCase, TAPE_LENGTHS } from "../differential/streams.ts";
import { inspected, inspectedIn } from "./inspected.ts";

test("a stream's records are the same whole, byte by byte, and in any chunks", () => {
  fc.assert(
    fc.property(fc.uint8Array(TAPE_LENGTHS), fc.infiniteStream(fc.integer({ min: 1, max: 30 })), (tape, lengths) => {
      const { role, stream, limits } = buildCase(tape);
      // What is retained depends on how a frame is cut, as does what an inflater gives before it fails.
      const { maxRetainedBytes: _, ...rules } = limits;
      const options = { format: "raw", role, limits: rules } as const;
      const whole = inspected(stream, options);
      expect(inspected(stream, options, 1)).toEqual(whole);
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += chunks.at(-1)!.length) {
        const { value: length } = lengths.next();
        chunks.push(stream.subarray(at, at + length));
      }
      expect(inspectedIn(chunks, options)).toEqual(whole);
    }),
    { numRuns: 200 },
  );
});
