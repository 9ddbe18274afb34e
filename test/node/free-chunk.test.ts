import { expect, it } from "vitest";
import { freeChunk } from "../../src/node/free-chunk.ts";

/** Node 20 cannot free. */
const frees = "transfer" in ArrayBuffer.prototype;

it("frees a chunk that fills its buffer", () => {
  const chunk = new Uint8Array(2000);
  freeChunk(chunk);
  expect(chunk.length).toBe(frees ? 0 : 2000);
});

it.each([
  ["its beginning", 0, 2000],
  ["its end", 48, 2000],
])("leaves a buffer alone of which the chunk is %s", (_, start, length) => {
  const chunk = new Uint8Array(new ArrayBuffer(2048), start, length);
  freeChunk(chunk);
  expect(chunk.length).toBe(length);
});

it("leaves a short chunk to the garbage collector", () => {
  const chunk = new Uint8Array(125);
  freeChunk(chunk);
  expect(chunk.length).toBe(125);
});
