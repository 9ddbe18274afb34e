// What a caller reads who passed the wrong thing: what it was, and how to make the right one of it.

import { expect, test } from "vitest";
import { FrameDecoder, FrameEncoder, isValidUtf8, MessageDecoder, Opcode } from "../../src/index.ts";
import { shown, wrongType } from "../../src/protocol/argument.ts";
import { wrong } from "../wrong.ts";

const decoder = new FrameDecoder({ role: "server" });
const encoder = new FrameEncoder({ role: "server" });
const handler = { onFrame() {} };

test.each([
  [new ArrayBuffer(2), "not an ArrayBuffer: pass new Uint8Array(buffer)"],
  [
    new DataView(new ArrayBuffer(2)),
    "not a DataView: pass new Uint8Array(view.buffer, view.byteOffset, view.byteLength)",
  ],
  [new Uint16Array(1), "not a Uint16Array: pass new Uint8Array(view.buffer, view.byteOffset, view.byteLength)"],
  ["text", "not a string: new TextEncoder().encode(text) makes bytes of it"],
  [[1, 2], "not an Array"],
  [undefined, "not undefined"],
  [null, "not null"],
  [5, "not 5"],
])("bytes: %s is %s", (value, words) => {
  expect(() => decoder.decode(wrong(value), handler)).toThrow(new TypeError(`chunk must be a Uint8Array, ${words}`));
  expect(() => isValidUtf8(wrong(value))).toThrow(new TypeError(`bytes must be a Uint8Array, ${words}`));
});

test("a payload may be a string as well, and is told so", () => {
  const words = "payload must be a string or a Uint8Array, not an ArrayBuffer: pass new Uint8Array(buffer)";
  expect(() => encoder.encode(Opcode.Binary, wrong(new ArrayBuffer(1)))).toThrow(new TypeError(words));
});

test.each([
  [Object.create(null), "an object"],
  [Promise.resolve(), "a Promise"],
  [new URL("ws://a.example"), "a URL"],
  [new Int8Array(1), "an Int8Array"],
  [() => 5, "a function"],
  [true, "true"],
])("anything else: %s is %s", (value, words) => {
  expect(wrongType("thing", "a list", value)).toEqual(new TypeError(`thing must be a list, not ${words}`));
});

test.each([
  ["5", '"5"'],
  [5, "5"],
  [{ status: 401 }, "an Object"],
  [Object.create(null), "an object"],
  [Promise.resolve(), "a Promise"],
])("a value is shown where it is short: %j is %s", (value, words) => {
  expect(shown(value)).toBe(words);
});

test("a message decoder says the same", () => {
  const messages = new MessageDecoder({ role: "server" });
  expect(() => messages.decode(wrong("text"), wrong({}))).toThrow(
    "chunk must be a Uint8Array, not a string: new TextEncoder().encode(text) makes bytes of it",
  );
});
