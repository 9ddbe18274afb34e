import { expect, it } from "vitest";
import { nextWrites } from "../../src/web/write-buffer.ts";
import { concat, pattern } from "../wire.ts";

/** Takes from `pieces`, in order. */
function taker(pieces: Uint8Array[]): () => Uint8Array | undefined {
  return () => pieces.shift();
}

it("joins short pieces into one write, in memory of its own", () => {
  const pieces = [pattern(3), pattern(40), pattern(0), pattern(500)];
  const [joined, ...others] = nextWrites(taker([...pieces]));
  expect(others).toEqual([]);
  expect(joined).toEqual(concat(...pieces));
  expect(joined.buffer.byteLength).toBe(joined.length);
});

it("copies a short piece that comes alone", () => {
  const piece = pattern(10);
  const [copy] = nextWrites(taker([piece]));
  expect(copy).toEqual(piece);
  expect(copy.buffer).not.toBe(piece.buffer);
});

it("leaves a long piece where it lies, behind those before it", () => {
  const long = pattern(65_537);
  const writes = nextWrites(taker([pattern(4), pattern(5), long]));
  expect(writes).toHaveLength(2);
  expect(writes[0]).toEqual(concat(pattern(4), pattern(5)));
  expect(writes[1]).toBe(long);
  expect(nextWrites(taker([long]))).toEqual([long]);
});

it("takes no more than a write is worth", () => {
  const pieces = Array.from({ length: 10 }, () => pattern(30_000));
  const writes = nextWrites(taker(pieces));
  expect(pieces).toHaveLength(7);
  expect(concat(...writes)).toEqual(concat(...Array.from({ length: 3 }, () => pattern(30_000))));
});

it("gives nothing where there is nothing", () => {
  expect(nextWrites(() => undefined)).toEqual([]);
});
