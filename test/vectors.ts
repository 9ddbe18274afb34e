// Every vector is fed whole, byte by byte, at every split point into two, and with trailing bytes after it; from ordinary
// memory and from a receive buffer, where even the shortest chunk takes the WASM kernel's own path.

import { describe, expect, test } from "vitest";
import { createWasmKernel, type Kernel, typescriptKernel } from "../src/index.ts";
import { swept } from "./sweep.ts";
import { concat } from "./wire.ts";

/** Runs `tests` on both twins; each asserts its name, so that a silent fallback fails. */
export function onBothKernels(tests: (kernel: Kernel) => void): void {
  const kernels = [
    { name: "wasm-simd", kernel: createWasmKernel() },
    { name: "typescript", kernel: typescriptKernel },
  ];
  describe.each(kernels)("on the $name kernel", ({ name, kernel }) => {
    test("is the kernel it names", () => expect(kernel.name).toBe(name));
    tests(kernel);
  });
}

/** One way to feed a stream. */
export interface Feeding {
  readonly title: string;
  /** Whether the trailing bytes follow the stream. */
  readonly trailing: boolean;
  /** The chunks, each made when it is asked for and good until the next. */
  readonly chunks: Iterable<Uint8Array>;
}

/** All ways to feed `stream`, and `trailing` after it. `splits` are the split points, by default every one. */
export function* feedings(
  kernel: Kernel,
  stream: Uint8Array,
  trailing: Uint8Array,
  splits: readonly number[] = everySplit(stream.length),
): Generator<Feeding, void, undefined> {
  const longer = concat(stream, trailing);
  const ways: [title: string, bytes: Uint8Array, cuts: readonly number[]][] = [
    ["whole", stream, []],
    ["whole, with trailing bytes", longer, []],
    ["byte by byte", stream, everySplit(stream.length)],
    ["byte by byte, with trailing bytes", longer, everySplit(longer.length)],
  ];
  for (const cut of swept(splits)) {
    ways.push([`split at ${cut}`, stream, [cut]]);
    ways.push([`split at ${cut}, with trailing bytes`, longer, [cut]]);
  }
  for (const [title, bytes, cuts] of ways) {
    yield { title, trailing: bytes === longer, chunks: cut(bytes, cuts) };
    const inPlace = `${title}, in a receive buffer`;
    if (bytes.length <= 65536) {
      yield { title: inPlace, trailing: bytes === longer, chunks: cutInReceiveBuffer(kernel, bytes, cuts) };
    }
  }
}

/** The points between the bytes of a stream. */
export function everySplit(length: number): number[] {
  return Array.from({ length: Math.max(0, length - 1) }, (_, index) => index + 1);
}

/** Copies of the pieces of `stream` between `cuts`: a decoder unmasks its chunk in place. */
export function* cut(stream: Uint8Array, cuts: readonly number[]): Generator<Uint8Array, void, undefined> {
  let from = 0;
  for (const to of [...cuts, stream.length]) {
    yield stream.slice(from, to);
    from = to;
  }
}

function* cutInReceiveBuffer(kernel: Kernel, stream: Uint8Array, cuts: readonly number[]): Generator<Uint8Array> {
  const buffer = kernel.acquireReceiveBuffer();
  try {
    for (const piece of cut(stream, cuts)) {
      buffer.bytes.set(piece);
      yield buffer.received(piece.length);
    }
  } finally {
    buffer.release();
  }
}
