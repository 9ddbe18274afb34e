// A handler may use anything but the decoder that called it: the kernel's window and record table must survive.

import { describe, expect, test } from "vitest";
import {
  type Frame,
  FrameDecoder,
  FrameEncoder,
  isValidUtf8,
  type Kernel,
  mask,
  ProtocolError,
} from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, KEY, pattern } from "../wire.ts";

const OUTER = 2500;

/** A chunk of more frames than the kernel's record table holds, so that the table is filled again between handlers. */
function numbered(count: number): Uint8Array {
  return concat(...Array.from({ length: count }, (_, n) => frame({ opcode: 0x1, payload: `frame ${n}`, key: KEY })));
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `frame ${n}`);
}

function server(kernel: Kernel): FrameDecoder {
  return new FrameDecoder({ role: "server", kernel });
}

onBothKernels((kernel) => {
  /** Decodes the numbered frames while each handler does `work`, and expects all of them all the same. */
  function expectUndisturbed(work: (frame: Frame, decoder: FrameDecoder) => void): void {
    const decoder = server(kernel);
    const got: string[] = [];
    decoder.decode(numbered(OUTER), {
      onFrame: (one) => {
        const { offset } = one;
        work(one, decoder);
        got.push(one.text());
        expect(one.offset).toBe(offset);
      },
    });
    expect(got).toEqual(names(OUTER));
  }

  test("another decoder of the same kernel, from inside the handler", () => {
    const inner = server(kernel);
    const seen: string[] = [];
    let turn = 0;
    expectUndisturbed(() => {
      // Long enough for the kernel's own path, and one byte short: the rest comes with the next.
      if (turn++ % 100 !== 0) return;
      const chunk = frame({ opcode: 0x1, payload: `inner ${turn} ${"y".repeat(400)}`, key: KEY });
      inner.decode(chunk.slice(0, -1), { onFrame: (one) => seen.push(`${one.last}`) });
      inner.decode(chunk.slice(-1), { onFrame: (one) => seen.push(`${one.last}`) });
    });
    expect(seen).toEqual(Array.from({ length: 50 }, (_, n) => `${n % 2 === 1}`));
  });

  test("decoders nested five deep, each with more frames than the table holds", () => {
    const counts = [0, 0, 0, 0, 0];
    const dive = (depth: number): void => {
      const expected = names(1030);
      let n = 0;
      server(kernel).decode(numbered(1030), {
        onFrame: (one) => {
          // At the first frame, and at one that the refilled table gave.
          if ((n === 0 || n === 1026) && depth < 4) dive(depth + 1);
          expect(one.text()).toBe(expected[n++]);
          counts[depth]++;
        },
      });
    };
    dive(0);
    expect(counts).toEqual([1030, 2060, 4120, 8240, 16480]);
  });

  test("a violation of a nested decoder stays its own", () => {
    let failures = 0;
    expectUndisturbed((one) => {
      if (one.length !== 7) return;
      expect(() => server(kernel).decode(frame({ opcode: 0x3, key: KEY }), { onFrame: () => undefined })).toThrow(
        expect.objectContaining({ code: "RESERVED_OPCODE", offset: 0 }),
      );
      failures++;
    });
    expect(failures).toBe(10);
  });

  test("a proxy that forwards each message inside the handler", () => {
    const out = new FrameEncoder({ role: "client", kernel });
    const upstream = server(kernel);
    const forwarded: string[] = [];
    const proxy = server(kernel);
    proxy.decode(numbered(OUTER), {
      onFrame: (one) => {
        upstream.decode(out.encode(one.opcode, one.payload), { onFrame: (two) => forwarded.push(two.text()) });
      },
    });
    expect(forwarded).toEqual(names(OUTER));
  });

  test("masking, validating and encoding inside the handler", () => {
    const long = pattern(40_000);
    const text = new TextEncoder().encode("세계 ".repeat(2000));
    const client = new FrameEncoder({ role: "client", kernel });
    let turn = 0;
    expectUndisturbed(() => {
      if (turn++ % 250 !== 0) return;
      const copy = long.slice();
      kernel.mask(copy, 0, copy.length, 0x01020304);
      kernel.mask(copy, 0, copy.length, 0x01020304);
      mask(copy, 77);
      mask(copy, 77);
      expect(Buffer.compare(copy, long)).toBe(0);
      expect(kernel.validateUtf8(text, 0, text.length, 0)).toBe(0);
      expect(isValidUtf8(text)).toBe(true);
      expect(client.binary(long).length).toBe(40_008);
    });
    expect(turn).toBe(OUTER);
  });

  test("the same inside the handler of one long frame that is staged in windows", () => {
    const payload = pattern(60_000);
    const chunk = concat(frame({ opcode: 0x2, payload, key: KEY }), numbered(3));
    const got: Uint8Array[] = [];
    server(kernel).decode(chunk, {
      onFrame: (one) => {
        kernel.mask(new Uint8Array(20_000), 0, 20_000, 5);
        server(kernel).decode(numbered(40), { onFrame: () => undefined });
        got.push(one.payload);
      },
    });
    expect(Buffer.compare(got[0], payload)).toBe(0);
    expect(got.slice(1).map((one) => new TextDecoder().decode(one))).toEqual(names(3));
  });

  describe("this decoder's own decode", () => {
    test("is a TypeError inside its handler, and the outer call goes on", () => {
      let refused = 0;
      expectUndisturbed((_, decoder) => {
        expect(() => decoder.decode(numbered(1), { onFrame: () => expect.unreachable() })).toThrow(TypeError);
        expect(() => decoder.frames(numbered(1))).toThrow(/decode must not be called/);
        refused++;
      });
      expect(refused).toBe(OUTER);
    });
  });

  describe("a handler that throws", () => {
    test("stops the decoder: the frames after it are lost", () => {
      const decoder = server(kernel);
      const fault = new Error("from the handler");
      const first = () =>
        decoder.decode(numbered(3), {
          onFrame: () => {
            throw fault;
          },
        });
      expect(first).toThrow(fault);
      const later = () => decoder.decode(numbered(1), { onFrame: () => expect.unreachable() });
      expect(later).toThrow(TypeError);
      expect(later).toThrow(/handler threw/);
    });

    test("with a violation of its own is a violation: every later call throws that", () => {
      const decoder = server(kernel);
      const own = new ProtocolError("MESSAGE_TOO_LONG", 6);
      const onFrame = (): never => {
        throw own;
      };
      expect(() => decoder.decode(numbered(2), { onFrame })).toThrow(own);
      expect(() => decoder.decode(numbered(1), { onFrame: () => expect.unreachable() })).toThrow(own);
    });

    test("leaves the kernel to the others", () => {
      const before = kernel.takeState();
      kernel.returnState(before);
      for (let n = 0; n < 5; n++) {
        const decode = () =>
          server(kernel).decode(numbered(2000), {
            onFrame: () => {
              throw new Error("again");
            },
          });
        expect(decode).toThrow("again");
      }
      expectUndisturbed(() => undefined);
      // The state of before is free again: none was left behind.
      const after = kernel.takeState();
      kernel.returnState(after);
      expect(after === before).toBe(true);
    });
  });

  test("two decoders take turns in mid-frame, mid-header and mid-character without mixing", () => {
    const streams = ["첫째 ✓ text", "zweite Nachricht"].map((text) => frame({ opcode: 0x1, payload: text, key: KEY }));
    const decoders = streams.map(() => server(kernel));
    const got: Uint8Array[][] = [[], []];
    for (let at = 0; at < Math.max(...streams.map((stream) => stream.length)); at++) {
      for (const [index, stream] of streams.entries()) {
        decoders[index].decode(stream.slice(at, at + 1), { onFrame: (one) => got[index].push(one.payload) });
      }
    }
    expect(got.map((parts) => new TextDecoder().decode(concat(...parts)))).toEqual(["첫째 ✓ text", "zweite Nachricht"]);
  });

  test("a chunk that its handler transfers away is an error, and no frame of it is lost in silence", () => {
    const decoder = server(kernel);
    const chunk = numbered(OUTER);
    const seen: string[] = [];
    const onFrame = (frame: Frame): void => {
      if (seen.length === 0) {
        seen.push(frame.text());
        structuredClone(chunk.buffer, { transfer: [chunk.buffer as ArrayBuffer] });
        expect(() => frame.text()).toThrow(/detached/);
        expect(() => frame.payload).toThrow(/detached/);
      }
    };
    expect(() => decoder.decode(chunk, { onFrame })).toThrow(/^chunk was detached/);
    expect(() => decoder.decode(numbered(1), { onFrame })).toThrow(/has stopped/);
  });
});
