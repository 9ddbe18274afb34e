// What the differential fuzzer found, each as the shortest stream that shows it.

import { describe, expect, test } from "vitest";
import { FrameDecoder } from "../../src/frame/decoder.ts";
import { createWasmKernel } from "../../src/kernel/select.ts";
import { typescriptKernel } from "../../src/kernel/typescript-kernel.ts";
import { MessageDecoder, type MessageHandler } from "../../src/message/decoder.ts";
import type { MessageDecoderOptions } from "../../src/message/stream-decoder.ts";
import { ProtocolError } from "../../src/protocol/errors.ts";
import { concat, frame, KEY, pattern } from "../wire.ts";

describe.each([
  { name: "wasm-simd", kernel: createWasmKernel() },
  { name: "typescript", kernel: typescriptKernel },
])("on the $name kernel", ({ name, kernel }) => {
  // Chunks of this and more are worth staging in the WASM kernel's memory.
  const long = frame({ opcode: 2, payload: pattern(200), key: KEY });

  /** The code and offset of the violation that chunks meet in a message decoder, and how much came before it. */
  function outcomeOf(chunks: readonly Uint8Array[], options: Partial<MessageDecoderOptions> = {}): unknown {
    const events: string[] = [];
    const handler: MessageHandler = {
      onMessage: (message) => events.push(`${message.type} ${message.data.length}`),
      onPing: (payload) => events.push(`ping ${payload.length}`),
      onPong: (payload) => events.push(`pong ${payload.length}`),
      onClose: ({ code }) => events.push(`close ${code}`),
    };
    const decoder = new MessageDecoder({ role: "server", kernel, ...options });
    try {
      for (const chunk of chunks) decoder.decode(chunk.slice(), handler);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return [...events, error.code, error.offset];
    }
    return events;
  }

  function byteByByte(bytes: Uint8Array): Uint8Array[] {
    return Array.from(bytes, (byte) => Uint8Array.of(byte));
  }

  test("runs on the kernel it is named for", () => {
    expect(kernel.name).toBe(name);
  });

  test("a continuation without a message fails in a staged chunk", () => {
    const stray = frame({ opcode: 0, payload: "stray", key: KEY });
    expect(outcomeOf([concat(stray, long)])).toStrictEqual(["UNEXPECTED_CONTINUATION", 0]);
    expect(outcomeOf([concat(long, stray)])).toStrictEqual(["binary 200", "UNEXPECTED_CONTINUATION", long.length]);
  });

  test("an empty fragment inside a character is ASCII in a staged chunk", () => {
    const message = concat(
      frame({ opcode: 1, fin: false, payload: Uint8Array.of(0xc3), key: KEY }),
      frame({ opcode: 0, fin: false, key: KEY }),
      frame({ opcode: 0, payload: Uint8Array.of(0xa9), key: KEY }),
    );
    const decoder = new FrameDecoder({ role: "server", kernel });
    const ascii = Array.from(decoder.frames(concat(message, long)), (piece) => piece.ascii);
    expect(ascii).toStrictEqual([false, true, false, false]);
  });

  test("fragments of two thirds of maxMessageLength and a little more do not break the default maxRetainedBytes", () => {
    const message = [
      frame({ opcode: 2, fin: false, payload: pattern(70), key: KEY }),
      frame({ opcode: 0, fin: false, payload: pattern(10), key: KEY }),
      frame({ opcode: 0, payload: pattern(20), key: KEY }),
    ];
    expect(outcomeOf(message, { maxMessageLength: 100 })).toStrictEqual(["binary 100"]);
  });

  test("a ping cut in two passes the default maxRetainedBytes, however short messages must be", () => {
    const ping = frame({ opcode: 9, payload: pattern(125), key: KEY });
    const options = { maxMessageLength: 10, maxFrameLength: 125 };
    expect(outcomeOf([ping.subarray(0, 60), ping.subarray(60)], options)).toStrictEqual(["ping 125"]);
  });

  test("a text too long and invalid fails in the same way at every split", () => {
    const text = frame({ opcode: 1, payload: Uint8Array.of(0x61, 0x62, 0x63, 0x64, 0xff), key: KEY });
    const options = { maxMessageLength: 4, maxFrameLength: 100 };
    // The header tells the length, so the limit is broken before the first byte of the text comes.
    expect(outcomeOf(byteByByte(text), options)).toStrictEqual(["MESSAGE_TOO_LONG", 6]);
    expect(outcomeOf([text], options)).toStrictEqual(["MESSAGE_TOO_LONG", 6]);
  });

  test("a fragment too many and invalid fails in the same way at every split", () => {
    const first = frame({ opcode: 1, fin: false, payload: "a", key: KEY });
    const second = frame({ opcode: 0, payload: Uint8Array.of(0xff), key: KEY });
    const options = { maxFragments: 1 };
    const expected = ["TOO_MANY_FRAGMENTS", first.length + 6];
    expect(outcomeOf(byteByByte(concat(first, second)), options)).toStrictEqual(expected);
    expect(outcomeOf([concat(first, second)], options)).toStrictEqual(expected);
  });
});
