import { describe, expect, test } from "vitest";
import { FrameBatch, FrameDecoder, FrameEncoder, Opcode } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, pattern } from "../wire.ts";

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("a %s's batch", (role) => {
    const encoder = new FrameEncoder({ role, kernel });

    test.each([1, 2, 7, 64, 16384])(
      "with a capacity of %d holds every frame in order, whatever its size",
      (capacity) => {
        const batch = new FrameBatch(encoder, capacity);
        const payloads = [pattern(0), pattern(1), pattern(200), pattern(70_000), pattern(3), pattern(16_384)];
        for (const payload of payloads) batch.add(Opcode.Binary, payload);
        batch.add(Opcode.Text, "é".repeat(63));
        batch.add(Opcode.Text, "a".repeat(65_534).concat("é"));
        batch.add(Opcode.Text, "begun", { fin: false });
        batch.add(Opcode.Continuation, "ended");
        batch.add(Opcode.Ping, "p");
        const { length } = batch;
        const bytes = batch.take();
        expect(bytes.length).toBe(length);
        expect(batch.length).toBe(0);
        const frames = [...new FrameDecoder({ role: role === "client" ? "server" : "client", kernel }).frames(bytes)];
        expect(frames.map((one) => one.opcode)).toEqual([2, 2, 2, 2, 2, 2, 1, 1, 1, 0, 9]);
        for (const [index, payload] of payloads.entries()) {
          expect(Buffer.compare(frames[index].payload, payload)).toBe(0);
        }
        expect(frames[6].text()).toBe("é".repeat(63));
        expect(frames[7].text()).toBe("a".repeat(65_534).concat("é"));
        expect(frames[8].fin).toBe(false);
      },
    );

    test("what was taken is never written to again", () => {
      const batch = new FrameBatch(encoder, 300);
      const taken: [bytes: Uint8Array, copy: Uint8Array][] = [];
      for (let n = 0; n < 200; n++) {
        batch.add(Opcode.Binary, pattern((n * 13) % 97));
        if (n % 3 === 0) batch.add(Opcode.Text, `한 ${n}`);
        if (n % 4 === 0) {
          const bytes = batch.take();
          taken.push([bytes, bytes.slice()]);
        }
      }
      for (const [bytes, copy] of taken) expect(Buffer.compare(bytes, copy)).toBe(0);
    });

    test("writing into what was taken does not reach what is added", () => {
      const batch = new FrameBatch(encoder);
      batch.add(Opcode.Text, "first");
      const first = batch.take();
      batch.add(Opcode.Text, "second");
      first.fill(0xff);
      const [one] = new FrameDecoder({ role: role === "client" ? "server" : "client", kernel }).frames(batch.take());
      expect(one.text()).toBe("second");
    });

    test("what was reclaimed is written to again, once all of it is back and nothing waits", () => {
      const batch = new FrameBatch(encoder, 300);
      const add = (text: string): void => batch.add(Opcode.Text, text);
      add("first");
      const first = batch.take();
      add("second");
      const second = batch.take();
      const copy = second.slice();
      batch.reclaim(first);
      add("third");
      expect(Buffer.compare(second, copy)).toBe(0);
      batch.reclaim(second);
      expect(batch.take().byteOffset).toBe(first.length + second.length); // it waited, so it stayed where it was
      add("fourth");
      expect(batch.take().byteOffset).toBeGreaterThan(0); // the third is not back
    });

    test.each([[[0, 1, 2]], [[1, 2, 0]], [[2, 0, 1]]])(
      "takes that come back in the order %j make room once the last is there",
      (order) => {
        const batch = new FrameBatch(encoder, 300);
        const takes = ["a", "b", "c"].map((text) => {
          batch.add(Opcode.Text, text);
          return batch.take();
        });
        const starts = order.map((index) => {
          batch.reclaim(takes[index]);
          batch.reclaim(takes[index]);
          batch.add(Opcode.Text, "next");
          const next = batch.take();
          batch.reclaim(next);
          return next.byteOffset;
        });
        expect(starts.map((start) => start === 0)).toEqual([false, false, true]);
      },
    );

    test("a buffer that goes out and comes back serves for ever", () => {
      const batch = new FrameBatch(encoder, 300);
      const buffers = new Set<ArrayBufferLike>();
      for (let n = 0; n < 100; n++) {
        for (let m = 0; m < n % 4; m++) batch.add(Opcode.Binary, pattern(60));
        const bytes = batch.take();
        const frames = [...new FrameDecoder({ role: role === "client" ? "server" : "client" }).frames(bytes.slice())];
        expect(frames.map((one) => Buffer.from(one.payload).equals(pattern(60)))).toEqual(Array(n % 4).fill(true));
        if (bytes.length > 0) buffers.add(bytes.buffer);
        batch.reclaim(bytes);
      }
      expect(buffers.size).toBe(1);
    });

    test("what is handed back twice, or was never taken, counts for nothing", () => {
      const batch = new FrameBatch(encoder, 300);
      batch.add(Opcode.Text, "aaaa");
      const first = batch.take();
      batch.add(Opcode.Text, "bbbb");
      const second = batch.take();
      const copy = second.slice();
      for (const bytes of [first, first, second.slice(), second.subarray(0), new Uint8Array(second.buffer)]) {
        batch.reclaim(bytes);
      }
      batch.add(Opcode.Text, "cccc");
      expect(Buffer.compare(second, copy)).toBe(0);
      for (const wrong of [undefined, "x", second.buffer]) {
        expect(() => batch.reclaim(wrong as never)).toThrow("frames must be a Uint8Array");
      }
    });

    test("a buffer the batch has let go of is not taken back", () => {
      const batch = new FrameBatch(encoder, 64);
      batch.add(Opcode.Binary, pattern(60));
      const large = batch.take();
      batch.add(Opcode.Binary, pattern(50));
      const small = batch.take();
      const copy = small.slice();
      batch.reclaim(large);
      batch.add(Opcode.Binary, pattern(9));
      expect(Buffer.compare(small, copy)).toBe(0);
    });

    test("what lies in a buffer the batch has let go of is not waited for", () => {
      const batch = new FrameBatch(encoder, 64);
      batch.add(Opcode.Binary, pattern(70));
      batch.take(); // never handed back
      batch.add(Opcode.Binary, pattern(9));
      batch.reclaim(batch.take());
      batch.add(Opcode.Binary, pattern(9));
      expect(batch.take().byteOffset).toBe(0);
    });

    test("goes on in a new buffer when what was taken was transferred", () => {
      const batch = new FrameBatch(encoder);
      batch.add(Opcode.Text, "first");
      structuredClone(0, { transfer: [batch.take().buffer] });
      batch.add(Opcode.Text, "second");
      const [one] = new FrameDecoder({ role: role === "client" ? "server" : "client" }).frames(batch.take());
      expect(one.text()).toBe("second");
    });

    test("an empty batch gives nothing", () => {
      const batch = new FrameBatch(encoder);
      expect(batch.length).toBe(0);
      expect(batch.take().length).toBe(0);
      batch.add(Opcode.Pong, "");
      expect(batch.take().length).toBe(role === "client" ? 6 : 2);
      expect(batch.take().length).toBe(0);
    });

    test("a frame that fails leaves the batch as it was", () => {
      const batch = new FrameBatch(encoder, 40);
      batch.add(Opcode.Text, "kept");
      const { length } = batch;
      expect(() => batch.add(Opcode.Ping, "x".repeat(126))).toThrow(RangeError);
      expect(() => batch.add(Opcode.Ping, pattern(126))).toThrow(RangeError);
      expect(() => batch.add(0x3 as never, "x")).toThrow(/^opcode/);
      expect(batch.length).toBe(length);
      batch.add(Opcode.Text, "also");
      const frames = [
        ...new FrameDecoder({ role: role === "client" ? "server" : "client", kernel }).frames(batch.take()),
      ];
      expect(frames.map((one) => one.text())).toEqual(["kept", "also"]);
    });
  });

  test("a server's batch is its frames, byte for byte", () => {
    const batch = new FrameBatch(new FrameEncoder({ role: "server", kernel }));
    batch.add(Opcode.Text, "한글");
    batch.add(Opcode.Binary, pattern(126), { rsv: 1 });
    const expected = concat(
      frame({ opcode: 0x1, payload: "한글" }),
      frame({ opcode: 0x2, payload: pattern(126), rsv: 1 }),
    );
    expect(batch.take()).toEqual(expected);
  });
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("a capacity of %d is a RangeError", (capacity) => {
  const make = () => new FrameBatch(new FrameEncoder({ role: "server" }), capacity);
  expect(make).toThrow(RangeError);
  expect(make).toThrow(/^capacity/);
});

test("an option that adds a frame while it is read leaves both frames whole", () => {
  const batch = new FrameBatch(new FrameEncoder({ role: "server" }));
  batch.add(Opcode.Text, "outer", {
    get fin() {
      batch.add(Opcode.Text, "inner");
      return true;
    },
  });
  expect(Buffer.from(batch.take()).toString("latin1")).toBe("\x81\x05inner\x81\x05outer");
});
