// Frames out: their bytes against an encoder that knows only §5.2, and their way back through the decoder.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameDecoder, FrameEncoder, type Kernel, Opcode } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex, pattern } from "../wire.ts";

/** Lengths on both sides of every step of the header, and of what shares a slab. */
const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 63, 64, 65, 124, 125, 126, 127, 128, 255, 256, 2033, 2034, 2048];
const LONG_LENGTHS = [16_383, 16_384, 16_385, 65_534, 65_535, 65_536, 65_537, 100_000];

/** Texts by how their UTF-8 length stands to their length: where a guess from the length alone goes wrong. */
const TEXTS: readonly [name: string, text: string][] = [
  ["empty", ""],
  ["short ASCII", "Hello"],
  ["48 of ASCII", "a".repeat(48)],
  ["49 of ASCII", "a".repeat(49)],
  ["short with its last character beyond ASCII", `${"a".repeat(20)}é`],
  ["60 × é: 120 bytes, one form", "é".repeat(60)],
  ["63 × é: 126 bytes, past the 7-bit form", "é".repeat(63)],
  ["125 of ASCII", "a".repeat(125)],
  ["125 characters with one beyond ASCII: 126 bytes", `${"a".repeat(124)}é`],
  ["124 characters with one beyond ASCII: 125 bytes", `é${"a".repeat(123)}`],
  ["126 of ASCII", "a".repeat(126)],
  ["Korean", "키스의 고유조건은 입술끼리 만나야 하고".repeat(5)],
  ["astral pairs", "🌍🎈".repeat(32)],
  ["65 535 of ASCII", "a".repeat(65_535)],
  ["65 535 characters with one beyond ASCII: 65 536 bytes", `${"a".repeat(65_534)}é`],
  ["65 535 characters with one beyond ASCII in front", `é${"a".repeat(65_534)}`],
  ["22 000 of Korean: 66 000 bytes, past the 16-bit form", "한".repeat(22_000)],
  ["65 536 of ASCII", "a".repeat(65_536)],
  ["a byte order mark", "\ufeffmark"],
];

/** Each lone surrogate becomes U+FFFD, EF BF BD. */
const LONE: readonly [text: string, replaced: string][] = [
  ["\ud800", "\ufffd"],
  ["\udfff", "\ufffd"],
  ["a\ud83d", "a\ufffd"],
  ["\udc00\ud800", "\ufffd\ufffd"],
  [`${"a".repeat(124)}\ud800`, `${"a".repeat(124)}\ufffd`],
  [`${"a".repeat(3000)}\ud800b\ud83c\udf0d`, `${"a".repeat(3000)}\ufffdb\ud83c\udf0d`],
];

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The string that comes back: what UTF-8 cannot carry is replaced. */
const wellFormed = (text: string): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(utf8(text));

/** The four octets of the key of a client's frame. */
function keyOf(bytes: Uint8Array): number[] {
  const form = bytes[1] & 0x7f;
  const at = form < 126 ? 2 : form === 126 ? 4 : 10;
  return [...bytes.subarray(at, at + 4)];
}

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("as a %s", (role) => {
    const encoder = new FrameEncoder({ role, kernel });

    /** Expects the frame that §5.2 has for this, whatever key was drawn. */
    function expectFrame(bytes: Uint8Array, wire: Omit<Parameters<typeof frame>[0], "key">): void {
      const expected = frame({ ...wire, key: role === "client" ? keyOf(bytes) : undefined });
      expect(bytes.length).toBe(expected.length);
      expect(Buffer.compare(bytes, expected)).toBe(0);
    }

    test.each([...LENGTHS, ...LONG_LENGTHS])("%d bytes of binary", (length) => {
      const payload = pattern(length);
      expectFrame(encoder.binary(payload), { opcode: 0x2, payload });
      const target = new Uint8Array(length + 20);
      const end = encoder.encodeInto(target, 5, Opcode.Binary, payload);
      expectFrame(target.subarray(5, end), { opcode: 0x2, payload });
      expectFrame(concat(...encoder.parts(Opcode.Binary, payload)), { opcode: 0x2, payload });
      expect(Buffer.compare(payload, pattern(length))).toBe(0);
    });

    test.each(TEXTS)("text: %s", (_, text) => {
      const payload = utf8(text);
      expectFrame(encoder.text(text), { opcode: 0x1, payload });
      expectFrame(encoder.text(payload), { opcode: 0x1, payload });
      const exact = new Uint8Array(encoder.text(text).length);
      expect(encoder.encodeInto(exact, 0, Opcode.Text, text)).toBe(exact.length);
      expectFrame(exact, { opcode: 0x1, payload });
    });

    test.each(LONE)("an unpaired surrogate becomes U+FFFD (%#)", (text, replaced) => {
      expectFrame(encoder.text(text), { opcode: 0x1, payload: utf8(replaced) });
      const target = new Uint8Array(4000);
      expectFrame(target.subarray(0, encoder.encodeInto(target, 0, Opcode.Text, text)), {
        opcode: 0x1,
        payload: utf8(replaced),
      });
    });

    test("every kind of frame has its opcode and bits", () => {
      expectFrame(encoder.text("t"), { opcode: 0x1, payload: "t" });
      expectFrame(encoder.text("t", { fin: false }), { opcode: 0x1, payload: "t", fin: false });
      expectFrame(encoder.binary(hex("01"), { fin: false, rsv: 4 }), {
        opcode: 0x2,
        payload: hex("01"),
        fin: false,
        rsv: 4,
      });
      expectFrame(encoder.continuation("c"), { opcode: 0x0, payload: "c" });
      expectFrame(encoder.continuation(hex("02"), { fin: false }), { opcode: 0x0, payload: hex("02"), fin: false });
      expectFrame(encoder.ping(), { opcode: 0x9 });
      expectFrame(encoder.ping("é"), { opcode: 0x9, payload: "é" });
      expectFrame(encoder.pong(), { opcode: 0xa });
      expectFrame(encoder.pong(pattern(125)), { opcode: 0xa, payload: pattern(125) });
      expectFrame(encoder.close(), { opcode: 0x8 });
      //  code 1000 is 03 e8
      expectFrame(encoder.close(1000, "bye"), { opcode: 0x8, payload: hex("03 e8 62 79 65") });
      for (const rsv of [1, 2, 3, 7]) expectFrame(encoder.text("t", { rsv }), { opcode: 0x1, payload: "t", rsv });
    });

    test("the caller's bytes are never changed, unless asked", () => {
      for (const length of [10, 3000, 70_000]) {
        const payload = pattern(length);
        encoder.binary(payload);
        encoder.encodeInto(new Uint8Array(length + 14), 0, Opcode.Binary, payload);
        encoder.parts(Opcode.Binary, payload);
        [...encoder.fragments(Opcode.Binary, payload, 1000)];
        expect(Buffer.compare(payload, pattern(length))).toBe(0);
      }
    });

    test("parts: maskInPlace masks a client's payload where it is, and leaves a server's alone", () => {
      const payload = pattern(500);
      const [header, sent] = encoder.parts(Opcode.Binary, payload, { maskInPlace: true });
      expect(sent).toBe(payload);
      expectFrame(concat(header, sent), { opcode: 0x2, payload: pattern(500) });
      expect(Buffer.compare(payload, pattern(500)) === 0).toBe(role === "server");
    });

    test("parts: a server's payload is not copied, a client's is", () => {
      const payload = pattern(300);
      const [, sent] = encoder.parts(Opcode.Binary, payload);
      expect(sent === payload).toBe(role === "server");
      expect(sent.buffer === payload.buffer).toBe(role === "server");
    });

    describe("encodeInto", () => {
      test.each([0, 1, 2, 3, 100])("at offset %d leaves the bytes around untouched", (offset) => {
        for (const payload of [pattern(0), pattern(126), "", "é".repeat(63), "a".repeat(65_534).concat("é")]) {
          const target = new Uint8Array(66_000).fill(0xee);
          const end = encoder.encodeInto(target, offset, Opcode.Text, payload);
          expectFrame(target.subarray(offset, end), { opcode: 0x1, payload });
          expect(target.subarray(0, offset).every((byte) => byte === 0xee)).toBe(true);
          expect(target.subarray(end).every((byte) => byte === 0xee)).toBe(true);
        }
      });

      test("is a RangeError for every target that is too short, and fits one that is not", () => {
        for (const payload of [pattern(5), pattern(126), "Hello", "é".repeat(10), "é".repeat(63)]) {
          const size = encoder.text(payload).length;
          for (let room = 0; room < size; room++) {
            const target = new Uint8Array(room + 3).fill(0xee);
            expect(() => encoder.encodeInto(target, 3, Opcode.Text, payload), `${room} of ${size}`).toThrow(RangeError);
            expect(() => encoder.encodeInto(target, 3, Opcode.Text, payload)).toThrow(/target/);
            expect([...target.subarray(0, 3)]).toEqual([0xee, 0xee, 0xee]);
          }
          expect(encoder.encodeInto(new Uint8Array(size + 3), 3, Opcode.Text, payload)).toBe(size + 3);
        }
      });

      test("puts frame after frame", () => {
        const target = new Uint8Array(100);
        const ends = [0];
        for (const text of ["a", "bc", ""])
          ends.push(encoder.encodeInto(target, ends[ends.length - 1], Opcode.Text, text));
        for (const [index, text] of ["a", "bc", ""].entries()) {
          expectFrame(target.subarray(ends[index], ends[index + 1]), { opcode: 0x1, payload: text });
        }
      });

      test("takes a Buffer as target and as payload", () => {
        const target = Buffer.alloc(200);
        const end = encoder.encodeInto(target, 1, Opcode.Binary, Buffer.from("payload"));
        expectFrame(target.subarray(1, end), { opcode: 0x2, payload: "payload" });
      });
    });

    describe("fragments", () => {
      test.each([1, 2, 3, 5, 6, 7])("of %d bytes: first the opcode, then continuations, FIN on the last", (size) => {
        const payload = utf8("한글!"); // 7 bytes; cut inside characters
        const fragments = [...encoder.fragments(Opcode.Text, "한글!", size)];
        const count = Math.ceil(7 / size);
        expect(fragments.length).toBe(count);
        for (const [index, fragment] of fragments.entries()) {
          expectFrame(fragment, {
            opcode: index === 0 ? 0x1 : 0x0,
            fin: index === count - 1,
            payload: payload.slice(index * size, (index + 1) * size),
          });
        }
      });

      test("of an empty message are one frame", () => {
        const [only, ...more] = encoder.fragments(Opcode.Binary, new Uint8Array(0), 10);
        expect(more).toEqual([]);
        expectFrame(only, { opcode: 0x2 });
      });
    });

    test("frames share slabs without ever overlapping", () => {
      const frames: Uint8Array[] = [];
      const payloads = Array.from({ length: 400 }, (_, n) => pattern((n * 37) % 700));
      for (const payload of payloads) frames.push(encoder.binary(payload));
      for (const [index, bytes] of frames.entries()) expectFrame(bytes, { opcode: 0x2, payload: payloads[index] });
      const spans = frames.map((bytes) => [bytes.buffer, bytes.byteOffset, bytes.byteOffset + bytes.length] as const);
      for (let n = 1; n < spans.length; n++) {
        if (spans[n][0] === spans[n - 1][0]) expect(spans[n][1]).toBeGreaterThanOrEqual(spans[n - 1][2]);
      }
    });

    test("a frame that fails takes nothing from those around it", () => {
      const before = encoder.ping("before");
      expect(() => encoder.ping("x".repeat(126))).toThrow(RangeError);
      const after = encoder.ping("after");
      expectFrame(before, { opcode: 0x9, payload: "before" });
      expectFrame(after, { opcode: 0x9, payload: "after" });
    });

    test("property: what is encoded decodes to the same", () => {
      expectRoundTrips(kernel, role);
    });
  });

  describe("masking keys (§5.3)", () => {
    test("each of a client's frames has a fresh one", () => {
      const encoder = new FrameEncoder({ role: "client", kernel });
      const target = new Uint8Array(100);
      const keys = Array.from({ length: 500 }, () => {
        encoder.encodeInto(target, 0, Opcode.Text, "x");
        const [header] = encoder.parts(Opcode.Binary, hex("01"));
        return [encoder.text("same"), encoder.binary(pattern(3000)), encoder.ping(), target, header].map(
          (bytes) => `${keyOf(bytes)}`,
        );
      }).flat();
      // 2500 keys of 32 bits: two alike by chance in fewer than one run of a thousand, five alike in none.
      expect(new Set(keys).size).toBeGreaterThan(2495);
    });

    test("a server's frames have none", () => {
      const encoder = new FrameEncoder({ role: "server", kernel });
      for (const bytes of [encoder.text("x"), encoder.close(), encoder.binary(pattern(70_000))]) {
        expect(bytes[1] & 0x80).toBe(0);
      }
    });
  });
});

function expectRoundTrips(kernel: Kernel, role: "client" | "server"): void {
  const encoder = new FrameEncoder({ role, kernel });
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.string({ unit: "grapheme", maxLength: 3000 }),
  );
  const payload = fc.oneof(text, fc.uint8Array({ maxLength: 70_000 }));
  const bits = fc.record({ rsv: fc.integer({ min: 0, max: 3 }) });
  const property = fc.property(fc.array(fc.tuple(payload, bits), { minLength: 1, maxLength: 8 }), (sent) => {
    const frames = sent.map(([one, options]) =>
      encoder.encode(typeof one === "string" ? Opcode.Text : Opcode.Binary, one, options),
    );
    const decoder = new FrameDecoder({ role: role === "client" ? "server" : "client", kernel, rsv: 3 });
    const got = [...decoder.frames(concat(...frames))];
    expect(got.map((one) => one.rsv)).toEqual(sent.map(([, { rsv }]) => rsv));
    for (const [index, [one]] of sent.entries()) {
      if (typeof one === "string") expect(got[index].text()).toBe(wellFormed(one));
      else expect(Buffer.compare(got[index].payload, one)).toBe(0);
    }
    expect(decoder.midFrame).toBe(false);
  });
  fc.assert(property, { numRuns: 150 });
}

test("an option that encodes another frame while it is read leaves both frames whole", () => {
  const encoder = new FrameEncoder({ role: "server" });
  let inner = new Uint8Array(0);
  const outer = encoder.text("outer", {
    get fin() {
      inner = encoder.text("inner") as Uint8Array<ArrayBuffer>;
      return true;
    },
  });
  expect(Buffer.from(outer).toString("latin1")).toBe("\x81\x05outer");
  expect(Buffer.from(inner).toString("latin1")).toBe("\x81\x05inner");
});

// slice() of a Node Buffer is a view, and no copy.
test("parts leave a Buffer as it is, so that it can be sent again", () => {
  const encoder = new FrameEncoder({ role: "client" });
  const payload = Buffer.from("hello");
  const decoder = new FrameDecoder({ role: "server" });
  for (let time = 0; time < 3; time++) {
    const [frame] = decoder.frames(Buffer.concat(encoder.parts(Opcode.Text, payload)));
    expect(frame.text()).toBe("hello");
  }
  expect(payload.toString()).toBe("hello");
});

test("a payload that lies where its own frame goes is moved, and not overwritten by the header", () => {
  const encoder = new FrameEncoder({ role: "server" });
  const target = Uint8Array.from({ length: 20 }, (_, at) => at);
  const end = encoder.encodeInto(target, 0, Opcode.Binary, target.subarray(0, 8));
  expect([...target.subarray(0, end)]).toEqual([0x82, 8, 0, 1, 2, 3, 4, 5, 6, 7]);
});
