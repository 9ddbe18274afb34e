// The caller's own mistakes: named, and without an effect on the stream.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ErrorCode, MessageDecoder, ProtocolError, type ReceiveBuffer } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex } from "../wire.ts";
import { decodeChunks, recorder } from "./events.ts";

const WRONG_CHUNKS: readonly [name: string, chunk: unknown][] = [
  ["missing", undefined],
  ["null", null],
  ["a string", "81 00"],
  ["an array", [0x81, 0]],
  ["an ArrayBuffer", new ArrayBuffer(2)],
];

onBothKernels((kernel) => {
  const begun = frame({ opcode: 0x1, fin: false, payload: "first " });
  const ended = frame({ opcode: 0x0, payload: "second" });

  describe.each(WRONG_CHUNKS)("a chunk that is %s", (_, chunk) => {
    // With a receive buffer taken, the kernel looks at where a chunk lies before the frame layer has seen it.
    const held: ReceiveBuffer[] = [];
    beforeEach(() => {
      held.push(kernel.acquireReceiveBuffer());
    });
    afterEach(() => {
      for (const buffer of held.splice(0)) buffer.release();
    });

    test("is a TypeError that names it", () => {
      const decoder = new MessageDecoder({ role: "client", kernel });
      const decode = () => decoder.decode(chunk as never, recorder([]));
      expect(decode).toThrow(TypeError);
      expect(decode).toThrow(/^chunk/);
    });

    test("leaves the decoder usable", () => {
      const decoder = new MessageDecoder({ role: "client", kernel });
      expect(() => decoder.decode(chunk as never, recorder([]))).toThrow(TypeError);
      expect(decodeChunks(decoder, [frame({ opcode: 0x1, payload: "fine" })]).events).toEqual(["text fine"]);
    });

    test("loses nothing of a message in progress", () => {
      const decoder = new MessageDecoder({ role: "client", kernel });
      decodeChunks(decoder, [begun.slice()]);
      expect(() => decoder.decode(chunk as never, recorder([]))).toThrow(TypeError);
      expect(decodeChunks(decoder, [ended.slice()]).events).toEqual(["text first second"]);
    });
  });

  test("a handler that is missing is a TypeError that names it", () => {
    const decoder = new MessageDecoder({ role: "client", kernel });
    const decode = () => decoder.decode(frame({ opcode: 0x1, payload: "x" }), undefined as never);
    expect(decode).toThrow(TypeError);
    expect(decode).toThrow(/^handler/);
  });

  test("decode from the handler of the same decoder is a TypeError, and the outer call goes on", () => {
    const decoder = new MessageDecoder({ role: "client", kernel });
    const seen: string[] = [];
    const stream = concat(...["a", "b", "c"].map((text) => frame({ opcode: 0x1, payload: text })));
    decoder.decode(stream, {
      ...recorder(seen),
      onMessage: (message) => {
        seen.push(message.text());
        expect(() => decoder.decode(hex("89 00"), recorder(seen))).toThrow(TypeError);
        expect(() => decoder.events(hex("89 00"))).toThrow(/same decoder/);
      },
    });
    expect(seen).toEqual(["a", "b", "c"]);
    expect(decodeChunks(decoder, [hex("89 00")]).events).toEqual(["ping "]);
  });

  test("a nested decode of the same decoder does not discard the message in progress", () => {
    const decoder = new MessageDecoder({ role: "client", kernel });
    const seen: string[] = [];
    decoder.decode(concat(begun, frame({ opcode: 0x9 }), ended), {
      ...recorder(seen),
      onPing: () => expect(() => decoder.decode(hex("8a 00"), recorder(seen))).toThrow(TypeError),
    });
    expect(seen).toEqual(["text first second"]);
  });

  test("another decoder may decode inside the handler", () => {
    const [outer, inner] = [1, 2].map(() => new MessageDecoder({ role: "client", kernel }));
    const seen: string[] = [];
    const count = 1100;
    const stream = concat(...Array.from({ length: count }, (_, n) => frame({ opcode: 0x1, payload: `${n}` })));
    outer.decode(stream, {
      ...recorder([]),
      onMessage: (message) => {
        inner.decode(frame({ opcode: 0x1, fin: false, payload: message.data.slice() }), recorder(seen));
        inner.decode(frame({ opcode: 0x0, payload: "!" }), recorder(seen));
      },
    });
    expect(seen).toEqual(Array.from({ length: count }, (_, n) => `text ${n}!`));
  });

  describe("a handler that throws", () => {
    test("stops the decoder: what follows is lost", () => {
      const decoder = new MessageDecoder({ role: "client", kernel });
      const stream = concat(frame({ opcode: 0x1, payload: "x" }), frame({ opcode: 0x1, payload: "y" }));
      const onMessage = (): never => {
        throw new Error("from the handler");
      };
      expect(() => decoder.decode(stream, { ...recorder([]), onMessage })).toThrow("from the handler");
      expect(() => decoder.decode(hex("89 00"), recorder([]))).toThrow(/handler threw/);
    });

    test.each(["INVALID_UTF8", "TOO_MANY_FRAGMENTS"] as ErrorCode[])(
      "with a violation of its own, %s, that is what every later call throws",
      (code) => {
        const own = new ProtocolError(code, 7);
        const decoder = new MessageDecoder({ role: "client", kernel });
        const onPing = (): never => {
          throw own;
        };
        for (const chunk of [frame({ opcode: 0x9 }), frame({ opcode: 0x1, payload: "later" })]) {
          expect(decodeChunksWith(decoder, chunk, onPing)).toBe(own);
        }
      },
    );

    test("out of onClose is heard, whatever it throws", () => {
      for (const fault of [new Error("from onClose"), new ProtocolError("INVALID_UTF8", 3)]) {
        const decoder = new MessageDecoder({ role: "client", kernel });
        const onClose = (): never => {
          throw fault;
        };
        expect(() => decoder.decode(frame({ opcode: 0x8 }), { ...recorder([]), onClose })).toThrow(fault);
      }
    });
  });

  test("the same error again at every later call", () => {
    const decoder = new MessageDecoder({ role: "client", kernel, maxMessageLength: 5 });
    const first = decodeChunks(decoder, [begun.slice()]).error;
    expect(first?.code).toBe("FRAME_TOO_LONG");
    expect(decodeChunks(decoder, [hex("89 00")]).error).toBe(first);
    const limited = new MessageDecoder({ role: "client", kernel, maxFragments: 1 });
    const second = decodeChunks(limited, [begun.slice(), ended.slice()]).error;
    expect(second?.code).toBe("TOO_MANY_FRAGMENTS");
    expect(decodeChunks(limited, [hex("89 00")]).error).toBe(second);
  });
});

function decodeChunksWith(decoder: MessageDecoder, chunk: Uint8Array, onPing: () => never): unknown {
  try {
    decoder.decode(chunk, { ...recorder([]), onPing });
  } catch (error) {
    return error;
  }
  return undefined;
}
