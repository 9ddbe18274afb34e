import { describe, expect, test } from "vitest";
import { SLOT_COUNT, SLOT_SIZE } from "../../src/kernel/layout.ts";
import { receiveBufferOf } from "../../src/kernel/receive-buffer.ts";
import { createWasmKernel } from "../../src/kernel/select.ts";
import { typescriptKernel } from "../../src/kernel/typescript-kernel.ts";

describe.each([
  { name: "wasm-simd", kernel: createWasmKernel() },
  { name: "typescript", kernel: typescriptKernel },
])("receive buffers of the $name kernel", ({ name, kernel }) => {
  test("are of 64 KiB each", () => {
    expect(kernel.name).toBe(name);
    const buffer = kernel.acquireReceiveBuffer();
    expect(buffer.bytes.length).toBe(SLOT_SIZE);
    expect(SLOT_SIZE).toBe(65536);
    buffer.release();
  });

  test("received gives the first bytes, and refuses lengths that are none", () => {
    const buffer = kernel.acquireReceiveBuffer();
    for (const length of [0, 1, 1000, SLOT_SIZE]) {
      const chunk = buffer.received(length);
      expect(chunk.length).toBe(length);
      expect(chunk.buffer).toBe(buffer.bytes.buffer);
      expect(chunk.byteOffset).toBe(buffer.bytes.byteOffset);
    }
    for (const length of [-1, SLOT_SIZE + 1, 1.5, Number.NaN, "1" as unknown as number]) {
      expect(() => buffer.received(length)).toThrow(RangeError);
      expect(() => buffer.received(length)).toThrow(/^length /);
    }
    buffer.release();
  });

  test("know the chunks that lie in them, and no others", () => {
    const buffers = Array.from({ length: SLOT_COUNT + 2 }, () => kernel.acquireReceiveBuffer());
    for (const buffer of buffers) {
      for (const chunk of [buffer.bytes, buffer.received(5), buffer.bytes.subarray(65530)]) {
        expect(receiveBufferOf(chunk)).toBe(buffer);
      }
    }
    expect(receiveBufferOf(new Uint8Array(10))).toBeUndefined();
    for (const buffer of buffers) buffer.release();
  });

  test("every read, and the release, is a generation of its own", () => {
    const buffer = kernel.acquireReceiveBuffer();
    const generations = new Set([buffer.generation]);
    for (let read = 0; read < 3; read++) {
      buffer.received(10);
      generations.add(buffer.generation);
    }
    expect(() => buffer.received(-1)).toThrow();
    generations.add(buffer.generation); // a refused read is none
    buffer.release();
    generations.add(buffer.generation);
    expect(generations.size).toBe(5);
  });

  test("acquired at once, none shares a byte with another", () => {
    const buffers = Array.from({ length: SLOT_COUNT + 3 }, () => kernel.acquireReceiveBuffer());
    for (const [at, { bytes }] of buffers.entries()) bytes.fill(at + 1);
    for (const [at, { bytes }] of buffers.entries()) expect(bytes.every((byte) => byte === at + 1)).toBe(true);
    for (const buffer of buffers) buffer.release();
  });
});

describe("slots of the WASM kernel", () => {
  test("serve while they last, and ordinary memory after them", () => {
    const kernel = createWasmKernel();
    const slots = Array.from({ length: SLOT_COUNT }, () => kernel.acquireReceiveBuffer());
    for (const slot of slots) {
      expect(slot.bytes.buffer).toBe(slots[0].bytes.buffer);
      expect(receiveBufferOf(slot.bytes)).toBe(slot);
      expect(receiveBufferOf(slot.received(5))).toBe(slot);
      expect(receiveBufferOf(slot.bytes.subarray(65530))).toBe(slot);
    }
    const beyond = kernel.acquireReceiveBuffer();
    expect(beyond.bytes.buffer).not.toBe(slots[0].bytes.buffer);
    expect(receiveBufferOf(beyond.bytes)).toBe(beyond);
    beyond.release();
    expect(kernel.acquireReceiveBuffer().bytes.buffer).not.toBe(slots[0].bytes.buffer);
  });

  test("a released slot is given out again, and is no chunk's place in between", () => {
    const kernel = createWasmKernel();
    const slots = Array.from({ length: SLOT_COUNT }, () => kernel.acquireReceiveBuffer());
    const { bytes } = slots[2];
    slots[2].release();
    expect(() => receiveBufferOf(bytes)).toThrow(TypeError);
    expect(() => receiveBufferOf(bytes)).toThrow(/^chunk .* released/);
    const again = kernel.acquireReceiveBuffer();
    expect(again).not.toBe(slots[2]);
    expect(again.bytes.byteOffset).toBe(bytes.byteOffset);
    expect(receiveBufferOf(bytes)).toBe(again);
  });

  test("a second release takes nothing from the slot's next owner", () => {
    const kernel = createWasmKernel();
    const first = kernel.acquireReceiveBuffer();
    first.release();
    const next = kernel.acquireReceiveBuffer();
    expect(next.bytes.byteOffset).toBe(first.bytes.byteOffset);
    first.release();
    expect(receiveBufferOf(next.bytes)).toBe(next);
    expect(kernel.acquireReceiveBuffer().bytes.byteOffset).not.toBe(next.bytes.byteOffset);
  });

  // Views of its `buffer` that forget the `byteOffset` would lie over the kernel's tables.
  test("the memory around a slot is no chunk's place", () => {
    const { bytes } = createWasmKernel().acquireReceiveBuffer();
    for (const chunk of [
      new Uint8Array(bytes.buffer, 0, 100),
      new Uint8Array(bytes.buffer, bytes.byteOffset - 1, 10),
      new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length + 1),
    ]) {
      expect(() => receiveBufferOf(chunk)).toThrow(/^chunk/);
    }
  });

  test("ordinary memory is in no slot", () => {
    const kernel = createWasmKernel();
    kernel.acquireReceiveBuffer();
    expect(receiveBufferOf(new Uint8Array(10))).toBeUndefined();
  });
});
