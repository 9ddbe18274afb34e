// Fragments of a message that lie in one chunk are moved together there: nothing else in the chunk may be touched, and
// nothing of it may be needed once decode, or a handler, has had its turn.

import { describe, expect, test } from "vitest";
import { type Message, MessageDecoder, type MessageHandler, RetainedBudget } from "../../src/index.ts";
import { swept } from "../sweep.ts";
import { everySplit, onBothKernels } from "../vectors.ts";
import { concat, frame, pattern, peerKey } from "../wire.ts";
import { decodeChunks, recorder } from "./events.ts";

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("as a %s", (role) => {
    const key = peerKey(role);
    const fragments = (...payloads: (string | Uint8Array)[]): Uint8Array[] =>
      payloads.map((payload, n) =>
        frame({ opcode: n === 0 ? 0x2 : 0x0, fin: n === payloads.length - 1, payload, key }),
      );

    /** The views that a handler is given, as they are when the chunks have been decoded. */
    function views(decoder: MessageDecoder, ...chunks: Uint8Array[]): Uint8Array[] {
      const seen: Uint8Array[] = [];
      const take = (payload: Uint8Array): void => void seen.push(payload);
      const handler: MessageHandler = {
        onMessage: (message) => take(message.data),
        onPing: take,
        onPong: take,
        onClose: () => expect.unreachable(),
      };
      for (const chunk of chunks) decoder.decode(chunk, handler);
      return seen;
    }

    test.each([[[1, 2, 3]], [[64, 65, 0, 66]], [[70, 1, 300]], [[5000, 20_000, 30_000]]])(
      "fragments of %j bytes become a view of the chunk, and need no memory",
      (lengths) => {
        const payloads = lengths.map(pattern);
        const budget = new RetainedBudget(0);
        const decoder = new MessageDecoder({ role, kernel, budget, maxRetainedBytes: 0 });
        const before = frame({ opcode: 0x2, payload: "before", key });
        const after = frame({ opcode: 0x2, payload: "after", key });
        const chunk = concat(before, ...fragments(...payloads), after);
        const seen = views(decoder, chunk);
        expect(seen.map((view) => Buffer.from(view).toString("hex"))).toEqual(
          [Buffer.from("before"), concat(...payloads), Buffer.from("after")].map((bytes) =>
            Buffer.from(bytes).toString("hex"),
          ),
        );
        expect(seen.map((view) => view.buffer === chunk.buffer)).toEqual([true, true, true]);
        expect([budget.used, decoder.retained]).toEqual([0, 0]);
      },
    );

    test.each([0, 3, 125])(
      "a ping of %d bytes between fragments keeps its payload, and is not part of the message",
      (length) => {
        const [first, second, third, last] = fragments(pattern(40), "", pattern(200), pattern(90));
        const ping = frame({ opcode: 0x9, payload: pattern(length).fill(0xee), key });
        const budget = new RetainedBudget(10_000);
        const decoder = new MessageDecoder({ role, kernel, budget });
        const chunk = concat(first, ping, second, third, ping, last, frame({ opcode: 0xa, key }));
        const seen = views(decoder, chunk);
        const expected = [pattern(length).fill(0xee), pattern(length).fill(0xee)];
        expect(seen).toEqual([...expected, concat(pattern(40), pattern(200), pattern(90)), new Uint8Array(0)]);
        expect(seen[2].buffer).not.toBe(chunk.buffer);
        expect(budget.used).toBe(0);
      },
    );

    test("an empty first fragment before a ping leaves the ping where it is", () => {
      const [first, last] = fragments("", pattern(30));
      const chunk = concat(first, frame({ opcode: 0x9, payload: "ping", key }), last);
      expect(views(new MessageDecoder({ role, kernel }), chunk)).toEqual(
        [Buffer.from("ping"), pattern(30)].map((b) => Uint8Array.from(b)),
      );
    });

    // Where the next header is cut, no frame follows that could still take the fragments out of the chunk.
    test.each([3, 200, 70_000])(
      "every split, with chunks that are overwritten after each call: last fragment of %d bytes",
      (length) => {
        const payloads = [pattern(20), pattern(100), pattern(length)];
        const stream = concat(...fragments(...payloads), ...fragments("a", "b"));
        const whole = Buffer.from(concat(...payloads)).toString("hex");
        for (const cut of swept(everySplit(Math.min(stream.length, 400)))) {
          const decoder = new MessageDecoder({ role, kernel });
          const seen: string[] = [];
          const memory = new Uint8Array(stream.length);
          for (const piece of [stream.subarray(0, cut), stream.subarray(cut)]) {
            memory.set(piece);
            decoder.decode(memory.subarray(0, piece.length), recorder(seen));
            memory.fill(0xff);
          }
          expect(seen, `split at ${cut}`).toEqual([`binary ${whole}`, "binary 6162"]);
        }
      },
    );

    test("what a handler does to the chunk, or reads into it, does not reach the message", () => {
      const [first, second, last] = fragments(pattern(80), pattern(90), pattern(70));
      const stream = concat(first, second, frame({ opcode: 0x9, payload: "ping", key }));
      const buffer = kernel.acquireReceiveBuffer();
      try {
        const decoder = new MessageDecoder({ role, kernel });
        buffer.bytes.set(stream);
        const onPing = (): void => void buffer.received(stream.length).fill(0xff);
        decoder.decode(buffer.received(stream.length), { ...recorder([]), onPing });
        expect(views(decoder, last)).toEqual([concat(pattern(80), pattern(90), pattern(70))]);
      } finally {
        buffer.release();
      }
    });

    test("in a receive buffer the message is borrowed, as one in a single frame is", () => {
      const buffer = kernel.acquireReceiveBuffer();
      try {
        const stream = concat(...fragments(pattern(10), pattern(20)));
        buffer.bytes.set(stream);
        const messages: Message[] = [];
        const onMessage = (joined: Message): void => void messages.push(joined);
        new MessageDecoder({ role, kernel }).decode(buffer.received(stream.length), { ...recorder([]), onMessage });
        expect(messages[0].data).toEqual(concat(pattern(10), pattern(20)));
        buffer.received(1);
        expect(() => messages[0].data).toThrow("read into again");
      } finally {
        buffer.release();
      }
    });

    test("what must leave the chunk counts: for a ping, for what is not complete, and at the chunk's end", () => {
      const [first, second, last] = fragments(pattern(300), pattern(300), pattern(300));
      const ping = frame({ opcode: 0x9, key });
      const error = { code: "RETAINED_LIMIT", closeCode: 1008 };
      for (const [stream, needed] of [
        [concat(first, second, ping), 600],
        [concat(first, second), 600],
        [concat(first, second, last.subarray(0, 100)), 900],
      ] as const) {
        for (const [maxRetainedBytes, passes] of [
          [needed - 1, false],
          [needed, true],
        ] as const) {
          const budget = new RetainedBudget(needed);
          const decoder = new MessageDecoder({ role, kernel, budget, maxRetainedBytes, maxMessageLength: 900 });
          const found = decodeChunks(decoder, [stream.slice()]).error;
          if (passes) expect(found).toBeUndefined();
          else expect(found).toMatchObject(error);
          expect(budget.used).toBe(decoder.retained);
          decoder.discard();
          expect([budget.used, decoder.retained]).toEqual([0, 0]);
        }
      }
    });

    test("MESSAGE_TOO_LONG at the fragment's header, with nothing held and the chunk left alone", () => {
      const [first, second, last] = fragments(pattern(50), pattern(40), pattern(11));
      const budget = new RetainedBudget(0);
      const decoder = new MessageDecoder({ role, kernel, budget, maxMessageLength: 100 });
      const { events, error } = decodeChunks(decoder, [concat(first, second, last)]);
      expect(events).toEqual([]);
      expect(error).toMatchObject({
        code: "MESSAGE_TOO_LONG",
        offset: first.length + second.length + last.length - 11,
      });
      expect(budget.used).toBe(0);
    });
  });
});
