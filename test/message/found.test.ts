// Faults that were found by attack, each with the input that showed it.

import { expect, test } from "vitest";
import { FrameDecoder, type Message, MessageDecoder } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { frame } from "../wire.ts";
import { decodeChunks, recorder } from "./events.ts";

onBothKernels((kernel) => {
  const half = frame({ opcode: 0x1, payload: "HELLOWORLD" }).slice(0, 7);
  const rest = (): Uint8Array => Uint8Array.from(Buffer.from("WORLD"));
  const stale = (): Uint8Array => {
    const buffer = kernel.acquireReceiveBuffer();
    const chunk = buffer.received(5);
    buffer.release();
    return chunk;
  };

  test("a chunk that is refused leaves the message in progress as it was", () => {
    const decoder = new MessageDecoder({ role: "client", kernel });
    const texts: string[] = [];
    const handler = { ...recorder([]), onMessage: (message: Message) => texts.push(message.text()) };
    decoder.decode(half.slice(), handler);
    expect(() => decoder.decode(stale(), handler)).toThrow(TypeError);
    expect(decoder.midMessage).toBe(true);
    decoder.decode(rest(), handler);
    expect(texts).toEqual(["HELLOWORLD"]);
  });

  test("a decoder that a violation ended holds nothing, one that refused a chunk all it had", () => {
    const decoder = new MessageDecoder({ role: "client", kernel });
    decodeChunks(decoder, [half.slice()]);
    const { retained } = decoder;
    expect(retained).toBeGreaterThan(0);
    expect(() => decoder.decode(stale(), recorder([]))).toThrow(TypeError);
    expect(decoder.retained).toBe(retained);
    expect(decodeChunks(decoder, [Uint8Array.of(0xff)]).error).toMatchObject({ code: "INVALID_UTF8" });
    expect(decoder.retained).toBe(0);
  });

  test("a destination past 2^31 is refused before a byte is decoded", () => {
    const decoder = new FrameDecoder({ role: "client", kernel });
    const payloads: number[][] = [];
    const handler = { onFrame: (one: { payload: Uint8Array }) => payloads.push([...one.payload]) };
    decoder.decode(Uint8Array.of(0x82, 4, 1, 2), handler);
    const bytes = new Uint8Array(2 ** 31 + 10); // pages that nobody touches cost nothing
    for (const at of [2 ** 31 - 2, 2 ** 31 + 1]) {
      expect(() => decoder.decode(Uint8Array.of(3, 4), handler, { bytes, at })).toThrow(RangeError);
    }
    decoder.decode(Uint8Array.of(3, 4), handler, { bytes, at: 5 });
    expect(payloads).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect([...bytes.subarray(4, 8)]).toEqual([0, 3, 4, 0]);
  });

  test("a message whose bytes were transferred says so instead of giving others", () => {
    const messages: Message[] = [];
    const handler = { ...recorder([]), onMessage: (message: Message) => messages.push(message) };
    new MessageDecoder({ role: "client", kernel }).decode(frame({ opcode: 0x1, payload: "Hi" }), handler);
    const [message] = messages;
    structuredClone(0, { transfer: [message.data.buffer as ArrayBuffer] });
    expect(() => message.text()).toThrow("detached");
    expect(() => message.data).toThrow("detached");
  });
});
