// The examples of RFC 6455 §5.7, the forms of the length, and what may be passed to a decoder.

import { describe, expect, test } from "vitest";
import { FrameDecoder, type FrameHandler, ProtocolError } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex, KEY, pattern, peerKey } from "../wire.ts";
import { expectEveryWay, seen } from "./frames.ts";

const IGNORE: FrameHandler = { onFrame: () => undefined };

onBothKernels((kernel) => {
  describe("the examples of §5.7", () => {
    test("a single-frame unmasked text message", () => {
      //  FIN RSV  opcode  MASK length    payload
      //   1  000   0001    0  0000101    "Hello"
      const stream = hex("81 05 48 65 6c 6c 6f");
      expectEveryWay(kernel, { role: "client" }, stream, { frames: [seen(0x1, "Hello", 0, {})] });
    });

    test("a single-frame masked text message", () => {
      //  FIN RSV  opcode  MASK length    key            payload: 48^37 65^fa 6c^21 6c^3d 6f^37
      //   1  000   0001    1  0000101    37 fa 21 3d    7f 9f 4d 51 58
      const stream = hex("81 85 37 fa 21 3d 7f 9f 4d 51 58");
      expectEveryWay(kernel, { role: "server" }, stream, { frames: [seen(0x1, "Hello", 0, { masked: true })] });
    });

    test("a fragmented unmasked text message", () => {
      //  FIN RSV  opcode  MASK length    payload
      //   0  000   0001    0  0000011    "Hel"
      //   1  000   0000    0  0000010    "lo"
      const stream = hex("01 03 48 65 6c 80 02 6c 6f");
      expectEveryWay(kernel, { role: "client" }, stream, {
        frames: [seen(0x1, "Hel", 0, { fin: false }), seen(0x0, "lo", 5, {})],
      });
    });

    test("an unmasked Ping and its masked Pong", () => {
      //  FIN RSV  opcode  MASK length    key            payload
      //   1  000   1001    0  0000101                   "Hello"
      //   1  000   1010    1  0000101    37 fa 21 3d    7f 9f 4d 51 58
      const ping = hex("89 05 48 65 6c 6c 6f");
      const pong = hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58");
      expectEveryWay(kernel, { role: "client" }, ping, { frames: [seen(0x9, "Hello", 0, {})] });
      expectEveryWay(kernel, { role: "server" }, pong, { frames: [seen(0xa, "Hello", 0, { masked: true })] });
    });

    test("256 bytes of binary in an unmasked frame", () => {
      //  FIN RSV  opcode  MASK length    extended length (16 bits)
      //   1  000   0010    0  1111110    00000001 00000000
      const stream = concat(hex("82 7e 01 00"), pattern(256));
      expectEveryWay(kernel, { role: "client" }, stream, { frames: [seen(0x2, pattern(256), 0, { headerLength: 4 })] });
    });

    test("64 KiB of binary in an unmasked frame", () => {
      //  FIN RSV  opcode  MASK length    extended length (64 bits)
      //   1  000   0010    0  1111111    00000000 00000000 00000000 00000000 00000000 00000001 00000000 00000000
      const stream = concat(hex("82 7f 00 00 00 00 00 01 00 00"), pattern(65536));
      const decoder = new FrameDecoder({ role: "client", kernel });
      const [whole] = decoder.frames(stream);
      expect(whole).toMatchObject({ opcode: 0x2, headerLength: 10, length: 65536, offset: 10, last: true });
      expect(whole.payload).toEqual(pattern(65536));
    });
  });

  describe.each(["client", "server"] as const)("as a %s", (role) => {
    const key = peerKey(role);
    const masked = role === "server";

    test("frames of every opcode, empty ones too, one after the other", () => {
      const sent = [
        { opcode: 0x9, payload: "" },
        { opcode: 0x1, payload: "", fin: false },
        { opcode: 0x8, payload: "\x03\u{68}bye" },
        { opcode: 0x0, payload: "é", fin: false },
        { opcode: 0xa, payload: "pong" },
        { opcode: 0x0, payload: "" },
        { opcode: 0x2, payload: "" },
        { opcode: 0x2, payload: pattern(130) },
      ];
      const parts = sent.map((one) => frame({ ...one, key }));
      let at = 0;
      const frames = sent.map(({ opcode, payload, fin = true }, index) => {
        const one = seen(opcode, payload, at, { fin, masked });
        at += parts[index].length;
        return one;
      });
      expectEveryWay(kernel, { role }, concat(...parts), { frames });
    });

    // A header has 2, 4 or 10 bytes, and 4 more with a key. Splits inside it are where a parser loses its place.
    test.each([0, 1, 124, 125, 126, 127, 128, 255, 256])("a payload of %d bytes at every split", (length) => {
      const stream = frame({ opcode: 0x2, payload: pattern(length), key });
      expectEveryWay(kernel, { role }, stream, { frames: [seen(0x2, pattern(length), 0, { masked })] });
    });

    test("no desync when an extended length is split between chunks", () => {
      // §5.2: the extended lengths are 2 and 8 bytes in network order; 0x0102 and 0x010203 tell every byte apart.
      const second = frame({ opcode: 0x2, payload: "next", key });
      for (const length of [0x0102, 0x010203]) {
        const first = frame({ opcode: 0x2, payload: pattern(length), key });
        const stream = concat(first, second);
        for (let cut = 1; cut <= 15; cut++) {
          const decoder = new FrameDecoder({ role, kernel });
          const payloads: Uint8Array[] = [];
          const lengths: number[] = [];
          const onFrame: FrameHandler["onFrame"] = (piece) => {
            payloads.push(piece.payload);
            if (piece.last) lengths.push(payloads.reduce((sum, part) => sum + part.length, 0));
          };
          decoder.decode(stream.slice(0, cut), { onFrame });
          decoder.decode(stream.slice(cut), { onFrame });
          expect(lengths, `split at ${cut}`).toEqual([length, length + 4]);
          const sent = concat(pattern(length), new TextEncoder().encode("next"));
          expect(Buffer.compare(concat(...payloads), sent), `split at ${cut}`).toBe(0);
        }
      }
    });
  });

  test("the reserved bits that an extension has negotiated pass, and are shown", () => {
    const parts = [
      frame({ opcode: 0x1, rsv: 4, fin: false, payload: hex("ff fe"), key: KEY }),
      frame({ opcode: 0x9, rsv: 3, payload: "p", key: KEY }),
      frame({ opcode: 0x0, rsv: 2, payload: hex("c0 80"), key: KEY }),
      frame({ opcode: 0x2, rsv: 7, payload: "b", key: KEY }),
    ];
    const frames = [
      seen(0x1, hex("ff fe"), 0, { masked: true, rsv: 4, fin: false }),
      seen(0x9, "p", 8, { masked: true, rsv: 3 }),
      // A compressed message is not text until it is decoded: its bytes are not validated.
      seen(0x0, hex("c0 80"), 15, { masked: true, rsv: 2 }),
      seen(0x2, "b", 23, { masked: true, rsv: 7 }),
    ];
    expectEveryWay(kernel, { role: "server", rsv: 7 }, concat(...parts), { frames });
  });

  test("text after a message with RSV1 is validated again", () => {
    const stream = concat(
      frame({ opcode: 0x1, rsv: 4, payload: hex("ff"), key: KEY }),
      frame({ opcode: 0x1, payload: hex("61 ff"), key: KEY }),
    );
    expectEveryWay(kernel, { role: "server", rsv: 4 }, stream, {
      frames: [seen(0x1, hex("ff"), 0, { masked: true, rsv: 4 })],
      error: { code: "INVALID_UTF8", offset: 14 },
    });
  });

  describe("frames()", () => {
    test("yields the frames before a violation, then throws it", () => {
      const stream = concat(
        frame({ opcode: 0x1, payload: "one" }),
        frame({ opcode: 0x2, payload: "two" }),
        hex("83 00"),
      );
      const texts: string[] = [];
      let thrown: unknown;
      try {
        for (const one of new FrameDecoder({ role: "client", kernel }).frames(stream)) {
          texts.push(new TextDecoder().decode(one.payload));
        }
      } catch (error) {
        thrown = error;
      }
      expect(texts).toEqual(["one", "two"]);
      expect(thrown).toBeInstanceOf(ProtocolError);
      expect(thrown).toMatchObject({ code: "RESERVED_OPCODE", offset: 10 });
    });

    test("yields frames that stay", () => {
      const decoder = new FrameDecoder({ role: "client", kernel });
      const first = [...decoder.frames(frame({ opcode: 0x1, payload: "first" }))];
      const second = [...decoder.frames(frame({ opcode: 0x1, payload: "second" }))];
      expect([...first, ...second].map((one) => one.text())).toEqual(["first", "second"]);
    });
  });

  describe("misuse", () => {
    test.each([undefined, null, "81 00", [[0x81, 0]], new ArrayBuffer(2), new Uint16Array(2)])(
      "a chunk that is %s is a TypeError, and the decoder goes on",
      (chunk) => {
        const decoder = new FrameDecoder({ role: "client", kernel });
        decoder.decode(hex("81"), IGNORE);
        expect(() => decoder.decode(chunk as never, IGNORE)).toThrow(TypeError);
        expect(() => decoder.decode(chunk as never, IGNORE)).toThrow(/chunk/);
        expect(() => decoder.frames(chunk as never)).toThrow(/chunk/);
        expect([...decoder.frames(hex("01 61"))].map((one) => one.text())).toEqual(["a"]);
      },
    );

    test("a handler that is missing is a TypeError that names it, before the chunk is taken", () => {
      const decoder = new FrameDecoder({ role: "client", kernel });
      const decode = () => decoder.decode(hex("81 01 61"), undefined as unknown as FrameHandler);
      expect(decode).toThrow(TypeError);
      expect(decode).toThrow(/^handler/);
    });

    test.each([
      [{ role: "peer" }, TypeError, /^role/],
      [{}, TypeError, /^role/],
      [{ role: "server", maxFrameLength: -1 }, RangeError, /^maxFrameLength/],
      [{ role: "server", maxFrameLength: 1.5 }, RangeError, /^maxFrameLength/],
      [{ role: "server", maxFrameLength: Number.NaN }, RangeError, /^maxFrameLength/],
      [{ role: "server", maxFrameLength: 2 ** 53 }, RangeError, /^maxFrameLength/],
      [{ role: "server", rsv: 8 }, RangeError, /^rsv/],
      [{ role: "server", rsv: -1 }, RangeError, /^rsv/],
      [{ role: "server", rsv: 0.5 }, RangeError, /^rsv/],
    ])("options %o are refused by name", (options, kind, message) => {
      const make = () => new FrameDecoder({ ...options, kernel } as never);
      expect(make).toThrow(kind);
      expect(make).toThrow(message);
    });

    test("an empty chunk does nothing", () => {
      const decoder = new FrameDecoder({ role: "client", kernel });
      expect([...decoder.frames(new Uint8Array(0))]).toEqual([]);
      expect(decoder.midFrame).toBe(false);
    });
  });
});
