// Receive buffers: read where the kernel decodes, borrowed until the next read.

import { describe, expect, test } from "vitest";
import {
  createWasmKernel,
  type Frame,
  FrameDecoder,
  type Kernel,
  MessageDecoder,
  type ReceiveBuffer,
} from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, KEY, pattern } from "../wire.ts";

function read(buffer: ReceiveBuffer, bytes: Uint8Array): Uint8Array {
  buffer.bytes.set(bytes);
  return buffer.received(bytes.length);
}

function withBuffer(kernel: Kernel, use: (buffer: ReceiveBuffer) => void): void {
  const buffer = kernel.acquireReceiveBuffer();
  try {
    use(buffer);
  } finally {
    buffer.release();
  }
}

onBothKernels((kernel) => {
  test("a chunk is decoded where it was read", () => {
    withBuffer(kernel, (buffer) => {
      expect(buffer.bytes.length).toBe(65536);
      const decoder = new FrameDecoder({ role: "server", kernel });
      const payload = pattern(50_000);
      const views: Uint8Array[] = [];
      const stream = concat(
        frame({ opcode: 0x2, payload, key: KEY }),
        frame({ opcode: 0x2, payload: "end", key: KEY }),
      );
      decoder.decode(read(buffer, stream), { onFrame: (one) => views.push(one.payload) });
      expect(views.map((view) => view.buffer === buffer.bytes.buffer)).toEqual([true, true]);
      expect(views[0].byteOffset).toBe(buffer.bytes.byteOffset + 8);
      expect(Buffer.compare(views[0], payload)).toBe(0);
      expect(new TextDecoder().decode(views[1])).toBe("end");
    });
  });

  test("one buffer serves two decoders that take turns", () => {
    withBuffer(kernel, (buffer) => {
      const streams = [0x5a, 0xa5].map((fill) =>
        frame({ opcode: 0x2, payload: new Uint8Array(700).fill(fill), key: KEY }),
      );
      const decoders = streams.map(() => new FrameDecoder({ role: "server", kernel }));
      const sums = [0, 0];
      for (let at = 0; at < streams[0].length; at += 150) {
        for (const [index, stream] of streams.entries()) {
          decoders[index].decode(read(buffer, stream.subarray(at, at + 150)), {
            onFrame: (one) => {
              sums[index] += one.payload.reduce((sum, byte) => sum + byte, 0);
            },
          });
        }
      }
      expect(sums).toEqual([0x5a * 700, 0xa5 * 700]);
    });
  });

  test("a nested decoder reads another buffer inside the handler", () => {
    withBuffer(kernel, (outer) => {
      withBuffer(kernel, (inner) => {
        const chunk = concat(
          ...Array.from({ length: 1100 }, (_, n) => frame({ opcode: 0x1, payload: `${n}`, key: KEY })),
        );
        const got: string[] = [];
        const nested: string[] = [];
        new FrameDecoder({ role: "server", kernel }).decode(read(outer, chunk), {
          onFrame: (one) => {
            const other = new FrameDecoder({ role: "server", kernel });
            const part = frame({ opcode: 0x1, payload: one.payload, key: [9, 8, 7, 6] });
            other.decode(read(inner, part), { onFrame: (two) => nested.push(two.text()) });
            got.push(one.text());
          },
        });
        expect(got).toEqual(Array.from({ length: 1100 }, (_, n) => `${n}`));
        expect(nested).toEqual(got);
      });
    });
  });

  test("with every slot taken the buffers are right all the same, and apart", () => {
    const buffers = Array.from({ length: 7 }, () => kernel.acquireReceiveBuffer());
    try {
      for (const [index, buffer] of buffers.entries()) buffer.bytes.fill(index);
      expect(buffers.map((buffer) => new Set(buffer.bytes))).toEqual(buffers.map((_, index) => new Set([index])));
      for (const buffer of buffers) {
        const [one] = new FrameDecoder({ role: "server", kernel }).frames(
          read(buffer, frame({ opcode: 0x1, payload: "a".repeat(300), key: KEY })),
        );
        expect(one.text()).toBe("a".repeat(300));
      }
    } finally {
      for (const buffer of buffers) buffer.release();
    }
  });

  test("the part of the buffer behind the chunk is left alone", () => {
    withBuffer(kernel, (buffer) => {
      buffer.bytes.fill(0xee);
      const chunk = frame({ opcode: 0x2, payload: pattern(333), key: KEY });
      new FrameDecoder({ role: "server", kernel }).decode(read(buffer, chunk), { onFrame: () => undefined });
      expect(buffer.bytes.subarray(chunk.length).every((byte) => byte === 0xee)).toBe(true);
    });
  });

  test.each([-1, 65537, 1.5, Number.NaN])("a read of %d bytes is a RangeError that names the length", (length) => {
    withBuffer(kernel, (buffer) => {
      expect(() => buffer.received(length)).toThrow(RangeError);
      expect(() => buffer.received(length)).toThrow(/^length/);
    });
  });
});

// A kept frame of an expired read throws instead of showing other bytes, whichever memory the buffer has.
onBothKernels((kernel) => {
  const chunk = frame({ opcode: 0x1, payload: "kept for too long", key: KEY });

  function keptFrame(buffer: ReceiveBuffer): Frame {
    const [kept] = new FrameDecoder({ role: "server", kernel }).frames(read(buffer, chunk));
    expect(kept.text()).toBe("kept for too long");
    return kept;
  }

  describe("what was decoded from a receive buffer", () => {
    test("expires with the next read", () => {
      withBuffer(kernel, (buffer) => {
        const kept = keptFrame(buffer);
        buffer.received(1);
        expect(() => kept.payload).toThrow(TypeError);
        expect(() => kept.text()).toThrow(/read into again/);
        expect(() => kept.retain()).toThrow(TypeError);
      });
    });

    test("expires with the release", () => {
      const buffer = kernel.acquireReceiveBuffer();
      const kept = keptFrame(buffer);
      buffer.release();
      expect(() => kept.payload).toThrow(TypeError);
    });

    test("expires as a message too", () => {
      withBuffer(kernel, (buffer) => {
        const [event] = new MessageDecoder({ role: "server", kernel }).events(read(buffer, chunk));
        if (event.type !== "message") return expect.unreachable("a message was sent");
        expect(event.message.text()).toBe("kept for too long");
        buffer.received(1);
        expect(() => event.message.data).toThrow(TypeError);
        expect(() => event.message.text()).toThrow(TypeError);
      });
    });
  });

  test("expires in ordinary memory too, where every slot was taken", () => {
    const buffers = Array.from({ length: 5 }, () => kernel.acquireReceiveBuffer());
    try {
      const kept = keptFrame(buffers[4]);
      buffers[4].received(1);
      expect(() => kept.payload).toThrow(TypeError);
    } finally {
      for (const buffer of buffers) buffer.release();
    }
  });

  test("a message assembled from several reads does not expire", () => {
    withBuffer(kernel, (buffer) => {
      const decoder = new MessageDecoder({ role: "server", kernel });
      expect([...decoder.events(read(buffer, chunk.subarray(0, 9)))]).toEqual([]);
      const [event] = decoder.events(read(buffer, chunk.subarray(9)));
      buffer.received(1);
      if (event.type !== "message") return expect.unreachable("a message was sent");
      expect(event.message.text()).toBe("kept for too long");
    });
  });
});

test("what was decoded on another kernel than the buffer's expires all the same", () => {
  const buffer = createWasmKernel().acquireReceiveBuffer();
  const decoder = new FrameDecoder({ role: "client", kernel: createWasmKernel() });
  buffer.bytes.set(frame({ opcode: 0x1, payload: "mine" }));
  const [kept] = decoder.frames(buffer.received(6));
  expect(kept.text()).toBe("mine");
  buffer.received(6);
  expect(() => kept.text()).toThrow(/read into again/);
  buffer.release();
});

test("a chunk in a released receive buffer is refused, and the decoder goes on", () => {
  const buffer = createWasmKernel().acquireReceiveBuffer();
  const decoder = new FrameDecoder({ role: "client" });
  const stale = buffer.received(2);
  buffer.release();
  expect(() => decoder.frames(stale)).toThrow(/^chunk .* released/);
  expect([...decoder.frames(frame({ opcode: 0x1, payload: "on" }))].map((piece) => piece.text())).toEqual(["on"]);
});
