// A frame that is not complete is delivered in pieces as it arrives, as views of the caller's own chunks.

import { describe, expect, test } from "vitest";
import { type Frame, FrameDecoder, type Kernel } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex, KEY, pattern, peerKey } from "../wire.ts";

/** What one piece says, and its payload as it stood in the handler. */
function pieces(decoder: FrameDecoder, chunk: Uint8Array): { meta: Partial<Frame>; payload: Uint8Array }[] {
  const seen: { meta: Partial<Frame>; payload: Uint8Array }[] = [];
  decoder.decode(chunk, {
    onFrame: ({ first, last, offset, length, remaining, headerLength, payload }) =>
      seen.push({ meta: { first, last, offset, length, remaining, headerLength }, payload }),
  });
  return seen;
}

function server(kernel: Kernel): FrameDecoder {
  return new FrameDecoder({ role: "server", kernel });
}

onBothKernels((kernel) => {
  describe("a frame in pieces", () => {
    //  FIN RSV  opcode  MASK length    key            payload
    //   1  000   0010    1  0001010    37 fa 21 3d    ten bytes, split 0 + 3 + 0 + 6 + 1
    const stream = frame({ opcode: 0x2, payload: "0123456789", key: KEY });

    test("says where it begins, what it has and what is to come", () => {
      const decoder = server(kernel);
      const text = (chunk: Uint8Array) =>
        pieces(decoder, chunk).map(({ meta, payload }) => ({ ...meta, text: new TextDecoder().decode(payload) }));
      const headerLength = 6;
      expect(text(stream.slice(0, 4))).toEqual([]);
      expect(decoder.midFrame).toBe(true);
      expect(text(stream.slice(4, 6))).toEqual([
        { first: true, last: false, offset: 6, length: 0, remaining: 10, headerLength, text: "" },
      ]);
      expect(text(stream.slice(6, 9))).toEqual([
        { first: false, last: false, offset: 6, length: 3, remaining: 7, headerLength, text: "012" },
      ]);
      expect(text(new Uint8Array(0))).toEqual([]);
      expect(text(stream.slice(9, 15))).toEqual([
        { first: false, last: false, offset: 9, length: 6, remaining: 1, headerLength, text: "345678" },
      ]);
      expect(decoder.midFrame).toBe(true);
      expect(text(concat(stream.slice(15), frame({ opcode: 0xa, key: KEY })))).toEqual([
        { first: false, last: true, offset: 15, length: 1, remaining: 0, headerLength, text: "9" },
        { first: true, last: true, offset: 22, length: 0, remaining: 0, headerLength, text: "" },
      ]);
      expect(decoder.midFrame).toBe(false);
    });

    test("shows the masking key as it stands at the piece's first byte", () => {
      const decoder = server(kernel);
      const keys: number[] = [];
      for (const chunk of [stream.slice(0, 7), stream.slice(7, 9), stream.slice(9)]) {
        decoder.decode(chunk, { onFrame: (piece) => keys.push(piece.maskingKey >>> 0) });
      }
      expect(keys).toEqual([0x3d21fa37, 0x373d21fa, 0x21fa373d]);
    });

    test("is a text's piece even where it ends inside a character", () => {
      const decoder = server(kernel);
      const text = frame({ opcode: 0x1, payload: "a한b", key: KEY });
      const got = [text.slice(0, 9), text.slice(9)].flatMap((chunk) => pieces(decoder, chunk));
      expect(concat(...got.map(({ payload }) => payload))).toEqual(new TextEncoder().encode("a한b"));
    });
  });

  describe.each(["client", "server"] as const)("as a %s", (role) => {
    test("a frame of 1 MiB and 3 bytes in chunks of 64 KiB", () => {
      const payload = pattern(2 ** 20 + 3);
      const stream = concat(
        frame({ opcode: 0x2, payload, key: peerKey(role) }),
        frame({ opcode: 0x9, payload: "after", key: peerKey(role) }),
      );
      const decoder = new FrameDecoder({ role, kernel });
      const got: { meta: Partial<Frame>; payload: Uint8Array }[] = [];
      for (let at = 0; at < stream.length; at += 65536) got.push(...pieces(decoder, stream.slice(at, at + 65536)));
      const ping = got.pop();
      expect(new TextDecoder().decode(ping?.payload)).toBe("after");
      expect(got.length).toBe(17);
      expect(got.map(({ meta }) => meta.first)).toEqual([true, ...Array(16).fill(false)]);
      expect(got.map(({ meta }) => meta.last)).toEqual([...Array(16).fill(false), true]);
      const left = got.map(
        ({ meta }) => (meta.remaining as number) + ((meta.offset as number) + (meta.length as number)),
      );
      expect(new Set(left)).toEqual(
        new Set([got[0].meta.headerLength as number].map((header) => header + payload.length)),
      );
      expect(Buffer.compare(concat(...got.map((one) => one.payload)), payload)).toBe(0);
    });

    test("text of 100 000 bytes in one chunk, past every window of staging", () => {
      const text = "κόσμε, 世界 und 🌍; ".repeat(3000);
      const payload = new TextEncoder().encode(text);
      const chunk = frame({ opcode: 0x1, payload, key: peerKey(role) });
      const [whole] = new FrameDecoder({ role, kernel }).frames(chunk);
      expect(whole.text()).toBe(text);
      expect(whole.ascii).toBe(false);
      expect(whole.length).toBe(payload.length);
    });

    test("a frame of 2^40 bytes costs its header and what has come of it", () => {
      // §5.2: the 64-bit form, 00 00 01 00 00 00 00 00.
      const header = frame({ opcode: 0x2, announced: 2n ** 40n, key: peerKey(role) });
      const decoder = new FrameDecoder({ role, kernel });
      expect(pieces(decoder, header)[0].meta).toMatchObject({
        first: true,
        last: false,
        length: 0,
        remaining: 2 ** 40,
      });
      const [next] = pieces(decoder, new Uint8Array(1000));
      expect(next.meta).toMatchObject({ first: false, last: false, length: 1000, remaining: 2 ** 40 - 1000 });
      expect(next.payload.buffer.byteLength).toBe(1000);
      expect(decoder.midFrame).toBe(true);
    });

    test("lengths beyond 32 bits count down exactly", () => {
      const announced = 2 ** 53 - 1;
      const header = frame({ opcode: 0x2, announced: BigInt(announced), key: peerKey(role) });
      const decoder = new FrameDecoder({ role, kernel });
      expect(pieces(decoder, header)[0].meta.remaining).toBe(announced);
      expect(pieces(decoder, new Uint8Array(3))[0].meta.remaining).toBe(announced - 3);
      expect(pieces(decoder, new Uint8Array(200))[0].meta.remaining).toBe(announced - 203);
    });
  });

  describe("a payload", () => {
    test.each([
      ["a Uint8Array", (bytes: Uint8Array) => Uint8Array.from(bytes)],
      ["a Buffer of a pool", (bytes: Uint8Array) => Buffer.from(bytes)],
      [
        "a chunk at an odd offset of its buffer",
        (bytes: Uint8Array) => {
          const room = new Uint8Array(bytes.length + 10).fill(0xee);
          room.set(bytes, 3);
          return room.subarray(3, 3 + bytes.length);
        },
      ],
    ])("is a view of %s, unmasked where it lies", (_, make) => {
      for (const length of [1, 7, 125, 300, 20_000]) {
        const payload = pattern(length);
        const first = frame({ opcode: 0x2, payload: "before", key: KEY });
        const second = frame({ opcode: 0x2, payload, key: [0xff, 0x01, 0x80, 0x7e] });
        const chunk = make(concat(first, second));
        const views: Uint8Array[] = [];
        server(kernel).decode(chunk, { onFrame: (one) => views.push(one.payload) });
        const at = chunk.length - length;
        expect(views.map((view) => view.buffer === chunk.buffer)).toEqual([true, true]);
        expect(views.map((view) => view.byteOffset - chunk.byteOffset)).toEqual([6, at]);
        expect(Buffer.compare(views[1], payload)).toBe(0);
        expect(Buffer.compare(chunk.subarray(at), payload)).toBe(0);
        // The headers stand as they came.
        expect(chunk.subarray(0, 6)).toEqual(make(first.subarray(0, 6)));
        expect(chunk.subarray(first.length, at)).toEqual(make(second.subarray(0, second.length - length)));
      }
    });

    test("decoding leaves the bytes around the chunk alone", () => {
      const bytes = frame({ opcode: 0x2, payload: pattern(1001), key: KEY });
      const room = new Uint8Array(bytes.length + 200).fill(0xee);
      room.set(bytes, 99);
      server(kernel).decode(room.subarray(99, 99 + bytes.length), { onFrame: () => undefined });
      expect(room.subarray(0, 99).every((byte) => byte === 0xee)).toBe(true);
      expect(room.subarray(99 + bytes.length).every((byte) => byte === 0xee)).toBe(true);
    });

    test("of a client is the chunk's own bytes, unchanged", () => {
      const bytes = frame({ opcode: 0x2, payload: pattern(5000) });
      const chunk = Uint8Array.from(bytes);
      const [{ payload }] = pieces(new FrameDecoder({ role: "client", kernel }), chunk);
      expect(payload.buffer).toBe(chunk.buffer);
      expect(Buffer.compare(chunk, bytes)).toBe(0);
    });
  });

  test("more frames in a chunk than the kernel's table holds, each with its own payload", () => {
    const count = 2 * 1024 + 5;
    const chunk = concat(...Array.from({ length: count }, (_, n) => frame({ opcode: 0x2, payload: `${n}`, key: KEY })));
    const got: string[] = [];
    server(kernel).decode(chunk, { onFrame: (one) => got.push(new TextDecoder().decode(one.payload)) });
    expect(got).toEqual(Array.from({ length: count }, (_, n) => `${n}`));
  });

  test.each([1023, 1024, 1025])("an unfinished frame after %d whole ones shows what is to come", (count) => {
    const empty = frame({ opcode: 0xa, key: KEY });
    const begun = frame({ opcode: 0x2, payload: pattern(100), key: KEY }).slice(0, 30);
    const chunk = concat(...Array.from({ length: count }, () => empty), begun);
    const remaining: number[] = [];
    server(kernel).decode(chunk, { onFrame: (one) => remaining.push(one.remaining) });
    expect(remaining).toEqual([...Array(count).fill(0), 76]);
  });

  test("violations in a chunk of many frames come after all of them", () => {
    const chunk = concat(...Array.from({ length: 3000 }, () => frame({ opcode: 0xa, key: KEY })), hex("83 80"));
    let count = 0;
    const decode = () => server(kernel).decode(chunk, { onFrame: () => count++ });
    expect(decode).toThrow(expect.objectContaining({ code: "RESERVED_OPCODE", offset: 3000 * 6 }));
    expect(count).toBe(3000);
  });
});
