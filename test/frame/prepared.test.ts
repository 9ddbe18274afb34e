import { describe, expect, test } from "vitest";
import { FrameDecoder, FrameEncoder, Opcode, PreparedFrame } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { frame, pattern } from "../wire.ts";

onBothKernels((kernel) => {
  test.each([0, 5, 125, 126, 3000, 65_535, 65_536])("a prepared frame of %d bytes, for both roles", (length) => {
    const prepared = new PreparedFrame(Opcode.Binary, pattern(length), { fin: false, rsv: 2 });
    const expected = frame({ opcode: 0x2, payload: pattern(length), fin: false, rsv: 2 });
    expect(Buffer.compare(prepared.bytes, expected)).toBe(0);
    expect(Buffer.compare(prepared.payload, pattern(length))).toBe(0);
    expect(prepared.bytesFor(new FrameEncoder({ role: "server", kernel }))).toBe(prepared.bytes);
    const sent = prepared.bytesFor(new FrameEncoder({ role: "client", kernel }));
    const [one] = new FrameDecoder({ role: "server", kernel, rsv: 2 }).frames(sent);
    expect(one).toMatchObject({ opcode: 0x2, fin: false, rsv: 2, masked: true, length });
    expect(Buffer.compare(one.payload, pattern(length))).toBe(0);
    expect(Buffer.compare(prepared.bytes, expected)).toBe(0);
  });

  // §5.3: "A masking key [...] MUST be a fresh one for each frame".
  test("a client masks it with a fresh key each time", () => {
    const prepared = new PreparedFrame(Opcode.Text, "to everyone");
    const client = new FrameEncoder({ role: "client", kernel });
    const keys = Array.from({ length: 300 }, () => `${[...prepared.bytesFor(client).subarray(2, 6)]}`);
    expect(new Set(keys).size).toBeGreaterThan(298);
  });
});

describe("a prepared frame", () => {
  test("of a text has it in UTF-8", () => {
    const prepared = new PreparedFrame(Opcode.Text, "세계 \ud800");
    expect(prepared).toMatchObject({ opcode: 0x1, fin: true, rsv: 0 });
    expect(prepared.bytes).toEqual(frame({ opcode: 0x1, payload: "세계 \ufffd" }));
  });

  test("keeps a copy: the caller may change what was passed", () => {
    const payload = pattern(20);
    const prepared = new PreparedFrame(Opcode.Binary, payload);
    payload.fill(0);
    expect(prepared.payload).toEqual(pattern(20));
  });

  test("is refused like any frame", () => {
    expect(() => new PreparedFrame(Opcode.Ping, pattern(126))).toThrow(RangeError);
    expect(() => new PreparedFrame(Opcode.Close, "", { fin: false })).toThrow(TypeError);
    expect(() => new PreparedFrame(0x5 as never, "")).toThrow(/^opcode/);
  });
});
