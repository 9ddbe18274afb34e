import { describe, expect, test } from "vitest";
import { isUnfinished, Unfinished } from "../../src/frame/unfinished.ts";
import { createWasmKernel, FrameDecoder, typescriptKernel } from "../../src/index.ts";
import * as layout from "../../src/kernel/layout.ts";

import { frame, KEY } from "../wire.ts";

const { FRAME, HEADER, HELD, KEY: KEY_WORD, MESSAGE, REMAINING_HIGH, REMAINING_LOW, STATE_WORDS, UTF8 } = layout;

test("what is taken from a state is what is restored, and the state is left with nothing unfinished", () => {
  const words = Int32Array.from({ length: STATE_WORDS }, (_, word) => -1 - word);
  const unfinished = new Unfinished();
  unfinished.take(words);
  expect(isUnfinished(words)).toBe(false);
  const restored = new Int32Array(STATE_WORDS);
  unfinished.restore(restored);
  for (let word = HELD; word < STATE_WORDS; word++) expect(restored[word]).toBe(-1 - word);
  expect(restored.subarray(0, HELD).every((value) => value === 0)).toBe(true);
});

test.each([HELD, REMAINING_LOW, REMAINING_HIGH, MESSAGE, UTF8])("word %d alone makes a state unfinished", (word) => {
  const words = new Int32Array(STATE_WORDS);
  words[FRAME] = words[KEY_WORD] = words[HEADER] = 1; // what these say counts only beside the others
  expect(isUnfinished(words)).toBe(false);
  words[word] = 1;
  expect(isUnfinished(words)).toBe(true);
});

describe.each([createWasmKernel(), typescriptKernel])("on the $name kernel", (kernel) => {
  const whole = frame({ opcode: 0x1, payload: "next", key: KEY });

  const decodeElsewhere = (): string => {
    const texts: string[] = [];
    new FrameDecoder({ role: "server", kernel }).decode(whole.slice(), { onFrame: (f) => texts.push(f.text()) });
    return texts.join();
  };

  // A first byte alone; half a payload; a first fragment; half a character of one; a fault inside a text.
  test.each([
    ["inside a header", frame({ opcode: 0x1, payload: "ab", key: KEY }).slice(0, 1)],
    ["inside a payload", frame({ opcode: 0x1, payload: "x".repeat(300), key: KEY }).slice(0, 200)],
    ["between fragments", frame({ opcode: 0x1, fin: false, payload: "ab", key: KEY })],
    ["inside a character", frame({ opcode: 0x1, fin: false, payload: Uint8Array.of(0xea), key: KEY })],
    ["after a fault", frame({ opcode: 0x1, fin: false, payload: Uint8Array.of(0xea, 0x41), key: KEY })],
  ])("a decoder that stands %s leaves nothing of it to another", (_, chunk) => {
    expect(kernel.name).toMatch(/^(wasm-simd|typescript)$/);
    const decoder = new FrameDecoder({ role: "server", kernel });
    try {
      decoder.decode(chunk, { onFrame: () => undefined });
    } catch (error) {
      expect(error).toMatchObject({ code: "INVALID_UTF8" });
    }
    expect(decodeElsewhere()).toBe("next");
    const state = kernel.takeState();
    expect(isUnfinished(state.words)).toBe(false);
    kernel.returnState(state);
  });
});
