// One bound on what many decoders retain together: taken before it is allocated, given back however a message ends.

import { describe, expect, test } from "vitest";
import { MessageDecoder, RetainedBudget } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { frame, hex, pattern } from "../wire.ts";
import { decodeChunks, recorder } from "./events.ts";

describe("RetainedBudget", () => {
  test("takes up to its bound, and nothing where that would be too much", () => {
    const budget = new RetainedBudget(10);
    expect([budget.maxBytes, budget.used]).toEqual([10, 0]);
    expect(budget.take(4)).toBe(true);
    expect(budget.take(7)).toBe(false);
    expect(budget.used).toBe(4);
    expect(budget.take(6)).toBe(true);
    expect(budget.take(1)).toBe(false);
    expect(budget.take(0)).toBe(true);
    budget.give(10);
    expect(budget.used).toBe(0);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])("of %d bytes is a RangeError", (maxBytes) => {
    expect(() => new RetainedBudget(maxBytes)).toThrow(RangeError);
    expect(() => new RetainedBudget(maxBytes)).toThrow(/^maxBytes/);
  });
});

onBothKernels((kernel) => {
  const begun = (length: number) => frame({ opcode: 0x2, fin: false, payload: pattern(length) });

  test("is shared: one decoder's message leaves less for the others", () => {
    const budget = new RetainedBudget(1000);
    const decoders = [1, 2, 3].map(() => new MessageDecoder({ role: "client", kernel, budget }));
    expect(decodeChunks(decoders[0], [begun(600)]).error).toBeUndefined();
    expect(decodeChunks(decoders[1], [begun(400)]).error).toBeUndefined();
    expect(budget.used).toBe(1000);
    const { error } = decodeChunks(decoders[2], [begun(1)]);
    expect(error).toMatchObject({ code: "RETAINED_LIMIT", closeCode: 1008, offset: 2 });
    // The others go on, and finish.
    expect(decodeChunks(decoders[1], [frame({ opcode: 0x0 })]).events.length).toBe(1);
    expect(budget.used).toBe(600);
    decoders[0].discard();
    expect(budget.used).toBe(0);
  });

  test("messages that come whole need none of it", () => {
    const budget = new RetainedBudget(0);
    const decoder = new MessageDecoder({ role: "client", kernel, budget });
    expect(decodeChunks(decoder, [frame({ opcode: 0x1, payload: "whole" })]).events).toEqual(["text whole"]);
    expect(decodeChunks(decoder, [frame({ opcode: 0x9, payload: "p" })]).events).toEqual(["ping 70"]);
  });

  test.each([
    ["the message is finished", (d: MessageDecoder) => decodeChunks(d, [frame({ opcode: 0x0, payload: "end" })])],
    ["it is discarded", (d: MessageDecoder) => d.discard()],
    ["a frame breaks a rule", (d: MessageDecoder) => decodeChunks(d, [hex("83 00")])],
    ["a frame breaks a limit", (d: MessageDecoder) => decodeChunks(d, [frame({ opcode: 0x0, payload: pattern(950) })])],
    ["the peer closes", (d: MessageDecoder) => decodeChunks(d, [frame({ opcode: 0x8 })])],
    ["a Close breaks a rule", (d: MessageDecoder) => decodeChunks(d, [frame({ opcode: 0x8, payload: "x" })])],
    [
      "a handler throws",
      (d: MessageDecoder) => {
        const onPing = (): never => {
          throw new Error("from the handler");
        };
        expect(() => d.decode(frame({ opcode: 0x9 }), { ...recorder([]), onPing })).toThrow("from the handler");
      },
    ],
  ])("is given back when %s", (_, end) => {
    const budget = new RetainedBudget(1500);
    const decoder = new MessageDecoder({ role: "client", kernel, budget, maxMessageLength: 1000 });
    // A message begun, grown, and a ping that is not complete beside it.
    decodeChunks(decoder, [begun(100), frame({ opcode: 0x0, fin: false, payload: pattern(150) })]);
    expect(budget.used).toBeGreaterThanOrEqual(250);
    expect(budget.used).toBe(decoder.retained);
    end(decoder);
    expect([budget.used, decoder.retained]).toEqual([0, 0]);
  });

  test("a split ping takes from it and gives back, amid a message", () => {
    const budget = new RetainedBudget(1000);
    const decoder = new MessageDecoder({ role: "client", kernel, budget });
    const ping = frame({ opcode: 0x9, payload: pattern(50) });
    decodeChunks(decoder, [begun(100), ping.slice(0, 10)]);
    expect(budget.used).toBe(256 + 50);
    decodeChunks(decoder, [ping.slice(10)]);
    expect(budget.used).toBe(256);
    decodeChunks(decoder, [ping.slice(0, 10)]);
    decoder.discard();
    expect(budget.used).toBe(0);
  });

  test("discard is harmless when nothing is held, and twice", () => {
    const budget = new RetainedBudget(1000);
    const decoder = new MessageDecoder({ role: "client", kernel, budget });
    decodeChunks(decoder, [begun(10)]);
    expect(budget.used).toBeGreaterThan(0);
    decoder.discard();
    decoder.discard();
    expect(budget.used).toBe(0);
    new MessageDecoder({ role: "client", kernel, budget }).discard();
    expect(budget.used).toBe(0);
  });

  // Else the rest of the message would come out as a message of its own.
  test("after discard no chunk is taken", () => {
    const decoder = new MessageDecoder({ role: "client", kernel });
    decodeChunks(decoder, [frame({ opcode: 0x1, fin: false, payload: "a" })]);
    decoder.discard();
    const rest = () => decoder.decode(frame({ opcode: 0x0, payload: "b" }), recorder([]));
    expect(rest).toThrow(TypeError);
    expect(rest).toThrow(/after discard/);
    expect(decoder.closed).toBe(false);
  });

  test("after many messages in random pieces it stands at 0", () => {
    const budget = new RetainedBudget(100_000);
    const decoder = new MessageDecoder({ role: "client", kernel, budget });
    let count = 0;
    const handler = { ...recorder([]), onMessage: () => count++ };
    for (let n = 0; n < 300; n++) {
      const parts = [
        begun(n),
        frame({ opcode: 0x9, payload: pattern(n % 120) }),
        frame({ opcode: 0x0, payload: pattern(3 * n) }),
      ];
      for (const part of parts) {
        const cut = (n * 7) % part.length;
        decoder.decode(part.slice(0, cut), handler);
        decoder.decode(part.slice(cut), handler);
      }
    }
    expect([count, budget.used, decoder.retained]).toEqual([300, 0, 0]);
  });
});
