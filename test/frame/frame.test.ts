// The cursor that a handler sees, and the frames that are kept.

import { describe, expect, test } from "vitest";
import { type Frame, FrameDecoder } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex, KEY, peerKey } from "../wire.ts";

const TEXTS: readonly [name: string, text: string][] = [
  ["empty", ""],
  ["short ASCII", "Hello"],
  ["23 of ASCII", "x".repeat(23)],
  ["24 of ASCII", "abcdefghijklmnopqrstuvwx"],
  ["25 of ASCII", "abcdefghijklmnopqrstuvwxy"],
  ["long ASCII", "The quick brown fox. ".repeat(40)],
  ["NUL and DEL", "a\0b\x7fc"],
  ["a byte order mark in front, which is the message's own", "\ufefftext"],
  ["a byte order mark alone", "\ufeff"],
  ["Korean", "다람쥐 헌 쳇바퀴에 타고파"],
  ["Hebrew, Greek and emoji", "שלום κόσμε 👩‍👩‍👧‍👦".repeat(9)],
  ["one character beyond ASCII at the end", `${"a".repeat(200)}é`],
];

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("as a %s", (role) => {
    const key = peerKey(role);

    test.each(TEXTS)("text() of %s, from a Uint8Array and from a Buffer", (_, text) => {
      const stream = frame({ opcode: 0x1, payload: text, key });
      for (const chunk of [Uint8Array.from(stream), Buffer.from(stream)]) {
        const [one] = new FrameDecoder({ role, kernel }).frames(chunk);
        expect(one.text()).toBe(text);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are ASCII's bounds
        expect(one.ascii).toBe(/^[\x00-\x7f]*$/.test(text));
      }
    });
  });

  describe("text() is a TypeError", () => {
    test.each([
      ["of a binary frame", frame({ opcode: 0x2, payload: "abc" })],
      ["of a Ping", frame({ opcode: 0x9, payload: "abc" })],
      ["of the first fragment", frame({ opcode: 0x1, fin: false, payload: "abc" })],
      ["of a piece that begins a frame", frame({ opcode: 0x1, payload: "abc" }).slice(0, 4)],
      ["of compressed text", frame({ opcode: 0x1, rsv: 4, payload: "abc" })],
    ])("%s", (_, stream) => {
      const [one] = new FrameDecoder({ role: "client", kernel, rsv: 4 }).frames(stream);
      expect(() => one.text()).toThrow(TypeError);
      expect(() => one.text()).toThrow(/^text\(\)/);
      expect(one.payload.length).toBeGreaterThan(0);
    });

    test("of a continuation and of a piece that ends a frame", () => {
      const decoder = new FrameDecoder({ role: "client", kernel });
      const stream = concat(frame({ opcode: 0x1, fin: false, payload: "ab" }), frame({ opcode: 0x0, payload: "cd" }));
      const [, continuation] = decoder.frames(stream);
      expect(() => continuation.text()).toThrow(TypeError);
      const cut = frame({ opcode: 0x1, payload: "abcd" });
      const [[begun], [ended]] = [[...decoder.frames(cut.slice(0, 3))], [...decoder.frames(cut.slice(3))]];
      expect([begun.last, ended.last]).toEqual([false, true]);
      expect(() => ended.text()).toThrow(TypeError);
    });
  });

  describe("ascii", () => {
    function asciiOf(chunks: readonly Uint8Array[], rsv = 0): boolean[] {
      const decoder = new FrameDecoder({ role: "server", kernel, rsv });
      return chunks.flatMap((chunk) => [...decoder.frames(chunk.slice())].map((one) => one.ascii));
    }

    test("is false where nothing was checked: binary, control and compressed payloads", () => {
      expect(asciiOf([frame({ opcode: 0x2, payload: "abc", key: KEY })])).toEqual([false]);
      expect(asciiOf([frame({ opcode: 0x9, payload: "abc", key: KEY })])).toEqual([false]);
      expect(asciiOf([frame({ opcode: 0x1, rsv: 4, payload: "abc", key: KEY })], 4)).toEqual([false]);
    });

    test("is a piece's own: one with any part of a longer character is not ASCII", () => {
      //  payload: 61 | e4 | b8 96 | 62
      const stream = frame({ opcode: 0x1, payload: "a世b", key: KEY });
      const chunks = [stream.slice(0, 7), stream.slice(7, 8), stream.slice(8, 10), stream.slice(10)];
      expect(asciiOf(chunks)).toEqual([true, false, false, true]);
    });

    test("is false when a single byte late in a long text is beyond ASCII", () => {
      for (const at of [0, 63, 64, 16384, 39_998]) {
        const text = `${"a".repeat(at)}é${"b".repeat(39_998 - at)}`;
        expect(asciiOf([frame({ opcode: 0x1, payload: text, key: KEY })])).toEqual([false]);
      }
      expect(asciiOf([frame({ opcode: 0x1, payload: "a".repeat(40_000), key: KEY })])).toEqual([true]);
    });
  });

  describe("the cursor", () => {
    test("is one object, moved from frame to frame", () => {
      const stream = concat(frame({ opcode: 0x1, payload: "a" }), frame({ opcode: 0x1, payload: "b" }));
      const cursors: Frame[] = [];
      new FrameDecoder({ role: "client", kernel }).decode(stream, { onFrame: (one) => cursors.push(one) });
      expect(cursors.length).toBe(2);
      expect(cursors[0]).toBe(cursors[1]);
    });

    test("is no frame once its handler has returned for good", () => {
      let kept: Frame | undefined;
      const decoder = new FrameDecoder({ role: "client", kernel });
      decoder.decode(frame({ opcode: 0x1, payload: "gone" }), {
        onFrame: (one) => {
          kept = one;
        },
      });
      expect(() => kept?.payload).toThrow(TypeError);
      expect(() => kept?.text()).toThrow(/retain\(\)/);
      expect(() => kept?.retain()).toThrow(TypeError);
    });

    test("is no frame either after a violation or a handler that threw", () => {
      for (const stream of ["81 01 61 83", "81 01 61"]) {
        let kept: Frame | undefined;
        const decode = () =>
          new FrameDecoder({ role: "client", kernel }).decode(hex(stream), {
            onFrame: (one) => {
              kept = one;
              if (stream.length < 10) throw new Error("stop");
            },
          });
        expect(decode).toThrow();
        expect(() => kept?.payload).toThrow(TypeError);
      }
    });
  });

  test("chunk, start and length say where the payload lies, without a view", () => {
    const stream = concat(
      frame({ opcode: 0x1, payload: "ab", key: KEY }),
      frame({ opcode: 0x1, payload: "cde", key: KEY }),
    );
    const places: [number, number][] = [];
    let kept: Frame | undefined;
    new FrameDecoder({ role: "server", kernel }).decode(stream, {
      onFrame: (one) => {
        expect(one.chunk).toBe(stream);
        places.push([one.start, one.length]);
        kept = one;
      },
    });
    expect(places).toEqual([
      [6, 2],
      [14, 3],
    ]);
    expect(new TextDecoder().decode(stream.subarray(14, 17))).toBe("cde");
    expect(() => kept?.chunk).toThrow(TypeError);
  });

  describe("retain()", () => {
    test("keeps every field and the view", () => {
      const stream = concat(
        frame({ opcode: 0x1, fin: false, rsv: 1, payload: "ab", key: KEY }),
        frame({ opcode: 0x0, payload: "cd", key: [1, 2, 3, 4] }),
        frame({ opcode: 0x9, payload: "ping", key: [5, 6, 7, 8] }).slice(0, 8),
      );
      const facts = (one: Frame) => ({
        opcode: one.opcode,
        fin: one.fin,
        rsv: one.rsv,
        masked: one.masked,
        maskingKey: one.maskingKey,
        headerLength: one.headerLength,
        first: one.first,
        last: one.last,
        offset: one.offset,
        length: one.length,
        remaining: one.remaining,
        ascii: one.ascii,
        payload: [...one.payload],
      });
      const live: unknown[] = [];
      const kept: Frame[] = [];
      new FrameDecoder({ role: "server", kernel, rsv: 1 }).decode(stream, {
        onFrame: (one) => {
          live.push(facts(one));
          kept.push(one.retain());
        },
      });
      expect(kept.map(facts)).toEqual(live);
      expect(kept.map((one) => one.payload.buffer === stream.buffer)).toEqual([true, true, true]);
      expect(kept.map(({ opcode, fin, rsv, remaining }) => [opcode, fin, rsv, remaining])).toEqual([
        [0x1, false, 1, 0],
        [0x0, true, 0, 0],
        [0x9, true, 0, 2],
      ]);
    });

    test("of a kept frame is a kept frame", () => {
      const [one] = new FrameDecoder({ role: "client", kernel }).frames(frame({ opcode: 0x1, payload: "x" }));
      expect(one.retain().text()).toBe("x");
    });
  });
});
