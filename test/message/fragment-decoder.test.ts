// How the pieces of a message come. That they are the message, however the stream is cut, and that its rules hold, is in the
// tests of MessageDecoder, whose vectors `expectEveryWay` feeds to both.

import { describe, expect, test } from "vitest";
import { pakoBackend } from "../../src/extension/pako.ts";
import { permessageDeflate } from "../../src/extension/permessage-deflate.ts";
import { zlibBackend } from "../../src/extension/zlib.ts";
import {
  type Extension,
  type Fragment,
  FragmentDecoder,
  type FragmentHandler,
  type MessageDecoderOptions,
  ProtocolError,
} from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex, pattern, peerKey } from "../wire.ts";

const GIB = 2 ** 30;

/** One line a piece: `text 61 first`, `binary 0102`, `text  last`; control frames as they come. */
function lines(seen: string[], onPiece: (fragment: Fragment) => void = () => {}): FragmentHandler {
  return {
    onFragment(fragment) {
      const { opcode, data, first, last } = fragment;
      const type = opcode === 0x1 ? "text" : "binary";
      seen.push(`${type} ${Buffer.from(data).toString("hex")}${first ? " first" : ""}${last ? " last" : ""}`);
      onPiece(fragment);
    },
    onPing: (payload) => seen.push(`ping ${payload.length}`),
    onPong: (payload) => seen.push(`pong ${payload.length}`),
    onClose: ({ code }) => seen.push(`close ${code}`),
  };
}

/** What the decoder says of the chunks, the error's code last. */
function decode(decoder: FragmentDecoder, ...chunks: readonly Uint8Array[]): string[] {
  const seen: string[] = [];
  try {
    for (const chunk of chunks) decoder.decode(chunk.slice(), lines(seen));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    seen.push(error.code);
  }
  return seen;
}

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("as a %s", (role) => {
    const key = peerKey(role);
    const header = role === "server" ? 6 : 2;
    const decoder = (options: Partial<MessageDecoderOptions> = {}) => new FragmentDecoder({ role, kernel, ...options });

    test("a whole message is one piece, an empty one too", () => {
      const stream = concat(frame({ opcode: 0x1, payload: "a", key }), frame({ opcode: 0x2, key }));
      expect(decode(decoder(), stream)).toStrictEqual(["text 61 first last", "binary  first last"]);
    });

    test("the pieces come with their chunks, and a header alone is none; control frames come between", () => {
      const first = frame({ opcode: 0x1, fin: false, payload: hex("61 e4 b8"), key });
      const last = frame({ opcode: 0x0, payload: hex("96 62"), key });
      const ping = frame({ opcode: 0x9, payload: "?", key });
      const begin = first.subarray(0, header);
      expect(
        decode(
          decoder(),
          ...[
            begin,
            first.subarray(header, header + 2),
            concat(first.subarray(header + 2), ping, last.subarray(0, header)),
          ],
          ...[last.subarray(header, header + 1), last.subarray(header + 1)],
        ),
      ).toStrictEqual(["text 61e4 first", "text b8", "ping 1", "text 96", "text 62 last"]);
    });

    test("fragments without bytes are none, but the last one ends the message", () => {
      const empty = frame({ opcode: 0x0, fin: false, key });
      const stream = concat(
        frame({ opcode: 0x2, fin: false, key }),
        empty,
        frame({ opcode: 0x0, fin: false, payload: hex("01"), key }),
        empty,
        frame({ opcode: 0x0, key }),
      );
      expect(decode(decoder(), stream)).toStrictEqual(["binary 01 first", "binary  last"]);
    });

    test("a frame of 1 GiB is handed out as it comes, and costs no memory", () => {
      const announced = frame({ opcode: 0x2, announced: BigInt(GIB), key });
      const one = decoder();
      let [bytes, lasts] = [0, 0];
      const handler = lines([]);
      handler.onFragment = ({ data, last }) => {
        bytes += data.length;
        if (last) lasts++;
      };
      const chunk = pattern(65_536);
      one.decode(announced, handler);
      const { arrayBuffers } = process.memoryUsage();
      for (let sent = 0; sent < 64 * 2 ** 20; sent += chunk.length) one.decode(chunk, handler);
      expect([bytes, lasts, one.retained, one.midMessage]).toStrictEqual([64 * 2 ** 20, 0, 0, true]);
      expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(2 ** 20);
    });

    test("neither a frame nor a message has a limit, unless one is set", () => {
      const half = frame({ opcode: 0x2, announced: 2n ** 52n, key });
      expect(decode(decoder(), half)).toStrictEqual([]);
      expect(decode(decoder({ maxMessageLength: GIB }), half)).toStrictEqual(["FRAME_TOO_LONG"]);
      expect(decode(decoder({ maxFrameLength: GIB }), half)).toStrictEqual(["FRAME_TOO_LONG"]);
      const first = frame({ opcode: 0x2, fin: false, payload: hex("01 02"), key });
      const announced = frame({ opcode: 0x0, announced: 9n, key });
      expect(decode(decoder({ maxMessageLength: 10 }), first, announced)).toStrictEqual([
        "binary 0102 first",
        "MESSAGE_TOO_LONG",
      ]);
    });

    test("the number of fragments has no limit unless one is set, since none is kept", () => {
      const first = frame({ opcode: 0x2, fin: false, payload: hex("01"), key });
      const next = frame({ opcode: 0x0, fin: false, payload: hex("02"), key });
      expect(decode(decoder({ maxFragments: 2 }), first, next, next)).toStrictEqual([
        "binary 01 first",
        "binary 02",
        "TOO_MANY_FRAGMENTS",
      ]);
      const all = concat(first, ...Array.from({ length: 65_536 }, () => next));
      const one = decoder();
      expect(decode(one, all).at(-1)).toBe("binary 02");
      expect(one.retained).toBe(0);
    });

    test("text that is not valid is refused in the middle of a fragment, before the rest has come", () => {
      const bad = frame({ opcode: 0x1, fin: false, payload: concat(hex("61 62 c3 28"), pattern(100)), key });
      const one = decoder();
      expect(decode(one, bad.subarray(0, header + 4))).toStrictEqual(["text 6162c3 first", "INVALID_UTF8"]);
      expect(decode(one, bad.subarray(header + 4))).toStrictEqual(["INVALID_UTF8"]);
      // A text that ends inside a character has no last piece.
      const cut = frame({ opcode: 0x1, payload: hex("61 e4 b8"), key });
      expect(decode(decoder(), cut)).toStrictEqual(["text 61e4b8 first", "INVALID_UTF8"]);
    });

    test("a control frame that comes in pieces is all that is retained", () => {
      const one = decoder();
      const ping = frame({ opcode: 0x9, payload: pattern(100), key });
      decode(one, frame({ opcode: 0x2, fin: false, payload: pattern(1000), key }), ping.subarray(0, 50));
      expect(one.retained).toBe(100);
      expect(decode(one, ping.subarray(50), frame({ opcode: 0x8, key }))).toStrictEqual(["ping 100", "close 1005"]);
      expect([one.retained, one.closed]).toStrictEqual([0, true]);
    });

    test("what follows a Close, and what comes once it is discarded, is not delivered", () => {
      const one = decoder();
      const seen: string[] = [];
      const text = frame({ opcode: 0x1, payload: "a", key });
      one.decode(
        concat(text, text, text),
        lines(seen, () => one.discard()),
      );
      expect(seen).toStrictEqual(["text 61 first last"]);
      expect(() => decode(one, text)).toThrow("after discard");
      expect(decode(decoder(), frame({ opcode: 0x8, key }), text)).toStrictEqual(["close 1005"]);
    });

    test("events are the same, in order", () => {
      const stream = concat(frame({ opcode: 0x1, payload: "a", key }), frame({ opcode: 0x9, key }));
      const [a, ping] = [...decoder().events(stream)];
      expect(a).toStrictEqual({
        type: "fragment",
        fragment: { opcode: 0x1, data: expect.anything(), first: true, last: true },
      });
      expect(ping).toMatchObject({ type: "ping" });
    });
  });

  test.each(["onFragment", "onPing", "onPong", "onClose"] as const)("a handler without %s is a TypeError", (method) => {
    const decoder = new FragmentDecoder({ role: "client", kernel });
    const handler = { ...lines([]), [method]: undefined };
    expect(() => decoder.decode(hex("81 00"), handler as never)).toThrow(`handler must have the method ${method}`);
  });

  test("a handler that throws stops the decoder", () => {
    const decoder = new FragmentDecoder({ role: "client", kernel });
    const fault = lines([], () => {
      throw new Error("a fault of ours");
    });
    expect(() => decoder.decode(hex("81 00"), fault)).toThrow("a fault of ours");
    expect(() => decode(decoder, hex("81 00"))).toThrow(/handler threw/);
  });

  describe.each([pakoBackend, zlibBackend])("a message that was compressed, with $name", (backend) => {
    const deflate = permessageDeflate({ backend, threshold: 0 });
    const ends = (): [client: Extension, server: Extension] => {
      const agreed = deflate.answer(deflate.offers())!;
      const accepted = deflate.accept(agreed.answer);
      if (!accepted.ok) throw new Error(accepted.reason);
      return [accepted.extension, agreed.extension];
    };
    const key = peerKey("server");
    const encoded = (extension: Extension, payload: Uint8Array, fin: boolean, opcode: number): Uint8Array =>
      frame({ opcode, fin, key, ...extension.encode(payload, fin) });

    test("is handed out as it is decompressed; its end is a piece without bytes", () => {
      const [client, extension] = ends();
      const decoder = new FragmentDecoder({ role: "server", kernel, extension });
      const euro = hex("e2 82 ac");
      const stream = [
        encoded(client, euro.subarray(0, 2), false, 0x1),
        frame({ opcode: 0x9, key }),
        encoded(client, concat(euro.subarray(2), euro), true, 0x0),
        encoded(client, euro, true, 0x1),
        encoded(client, hex("ff"), false, 0x1),
      ];
      expect(decode(decoder, ...stream)).toStrictEqual([
        ...["text e282 first", "ping 0", "text ace282ac", "text  last"],
        ...["text e282ac first", "text  last", "INVALID_UTF8"],
      ]);
    });

    test("and is a bomb is decompressed piece by piece, until the limit that was set, or until nobody takes more", () => {
      const bombs = ends();
      const bomb = encoded(bombs[0], new Uint8Array(32 * 2 ** 20), true, 0x2);
      expect(bomb.length).toBeLessThan(65_536);
      for (const [limit, most, all] of [
        [undefined, Number.MAX_SAFE_INTEGER, true],
        [2 ** 20, Number.MAX_SAFE_INTEGER, false],
        [undefined, 2 ** 20, false],
      ] as const) {
        const [, extension] = ends();
        const options = { role: "server", kernel, extension } as const;
        const decoder = new FragmentDecoder(limit === undefined ? options : { ...options, maxMessageLength: limit });
        let [bytes, longest, lasts] = [0, 0, 0];
        const handler = lines([]);
        handler.onFragment = ({ data, last }) => {
          bytes += data.length;
          longest = Math.max(longest, data.length);
          if (last) lasts++;
          if (bytes > most) decoder.discard();
        };
        const run = (): void => decoder.decode(bomb.slice(), handler);
        if (limit === undefined) run();
        else expect(run).toThrow("longer than maxMessageLength");
        expect(lasts).toBe(all ? 1 : 0);
        expect(decoder.retained).toBe(0);
        if (all) expect(bytes).toBe(32 * 2 ** 20);
        else expect(bytes).toBeLessThanOrEqual(2 ** 20 + longest);
        expect(longest).toBeLessThanOrEqual(528 * 1024);
      }
    });

    test("has no end where its handler has given the stream up", () => {
      const [client, extension] = ends();
      const decoder = new FragmentDecoder({ role: "server", kernel, extension });
      const seen: string[] = [];
      decoder.decode(
        encoded(client, hex("61"), true, 0x1),
        lines(seen, () => decoder.discard()),
      );
      expect(seen).toStrictEqual(["text 61 first"]);
    });

    test("is copied for events", () => {
      const [client, extension] = ends();
      const decoder = new FragmentDecoder({ role: "server", kernel, extension });
      const stream = concat(encoded(client, hex("61 62"), true, 0x1), encoded(client, hex("63 64"), true, 0x1));
      const pieces = [...decoder.events(stream)].map((event) =>
        event.type === "fragment" ? Buffer.from(event.fragment.data).toString() : "",
      );
      expect(pieces).toStrictEqual(["ab", "", "cd", ""]);
    });
  });
});
