// Every violation that the codec knows, found where the codec finds it, whatever the chunks.

import { describe, expect, test } from "vitest";
import { ERRORS, type ErrorCode, MessageDecoder, ProtocolError } from "../../src/index.ts";
import type { InspectorOptions } from "../../src/inspect/index.ts";
import { concat, frame, hex, KEY } from "../wire.ts";
import { packetOf, pcap } from "./capture-files.ts";
import { inspected, of } from "./inspected.ts";
import { answered, OPENING, RESPONSE } from "./opened.ts";

interface Vector {
  readonly stream: Uint8Array;
  readonly options?: Omit<InspectorOptions, "sha1">;
  /** Where the fault lies, behind what precedes it. */
  readonly at: number;
  /** The header at fault; without one it lies in a payload. */
  readonly header?: string;
}

const text = (payload: string | Uint8Array, more: object = {}) => frame({ opcode: 1, payload, ...more });

const VECTORS: Readonly<Record<ErrorCode, Vector>> = {
  RESERVED_BITS: { stream: hex("c1 01 61"), at: 0, header: "c101" },
  RESERVED_OPCODE: { stream: hex("83 00"), at: 0, header: "8300" },
  FRAGMENTED_CONTROL: { stream: hex("09 00"), at: 0, header: "0900" },
  UNEXPECTED_CONTINUATION: { stream: hex("80 00"), at: 0, header: "8000" },
  EXPECTED_CONTINUATION: { stream: concat(text("a", { fin: false }), text("b")), at: 3, header: "8101" },
  MASK_REQUIRED: { stream: text(""), options: { role: "server" }, at: 1, header: "8100" },
  MASK_FORBIDDEN: { stream: text("", { key: KEY }), options: { role: "client" }, at: 1, header: "818037fa213d" },
  CONTROL_TOO_LONG: { stream: hex("89 7e 00 7e"), at: 1, header: "897e007e" },
  LENGTH_NOT_MINIMAL: { stream: text("a", { form: 16 }), at: 2, header: "817e0001" },
  LENGTH_TOP_BIT: { stream: hex("82 7f 80 00 00 00 00 00 00 00"), at: 2, header: "827f8000000000000000" },
  LENGTH_UNSAFE: { stream: hex("82 7f 00 20 00 00 00 00 00 00"), at: 2, header: "827f0020000000000000" },
  FRAME_TOO_LONG: {
    stream: text("abcde"),
    options: { limits: { maxFrameLength: 4 } },
    at: 1,
    header: "8105",
  },
  INVALID_UTF8: { stream: text(hex("61 c3 28 62")), at: 4 },
  INVALID_COMPRESSED_DATA: { stream: text(hex("ff ff ff"), { rsv: 4 }), options: { deflate: true }, at: 2 },
  MESSAGE_TOO_LONG: {
    stream: concat(text("abc", { fin: false }), frame({ opcode: 0, payload: "def" })),
    options: { limits: { maxMessageLength: 5 } },
    at: 7,
  },
  TOO_MANY_FRAGMENTS: {
    stream: concat(text("a", { fin: false }), frame({ opcode: 0, payload: "b" })),
    options: { limits: { maxFragments: 1 } },
    at: 5,
  },
  RETAINED_LIMIT: {
    stream: frame({ opcode: 9, payload: "a".repeat(20) }),
    options: { limits: { maxRetainedBytes: 10 } },
    at: 2,
  },
  CLOSE_PAYLOAD_TRUNCATED: { stream: hex("88 01 03"), at: 2 },
  INVALID_CLOSE_CODE: { stream: hex("88 02 03 ed"), at: 2 },
  INVALID_CLOSE_REASON: { stream: hex("88 04 03 e8 c3 28"), at: 5 },
};

describe.each(Object.keys(VECTORS) as ErrorCode[])("%s", (code) => {
  const { stream, options = {}, at, header } = VECTORS[code];
  const unmaskedFirst = code === "MASK_REQUIRED" || code === "MASK_FORBIDDEN";
  const before = unmaskedFirst ? new Uint8Array(0) : text("good");
  const input = concat(before, stream, hex("00 01 02"));
  // A limit on what is retained is met only where a frame comes in pieces.
  const sizes = code === "RETAINED_LIMIT" ? [10] : [1, 5, 1000];

  test.each(sizes)("is found in chunks of %d", (size) => {
    const records = inspected(input, { format: "raw", ...options }, size);
    const [violation, ...others] = of(records, "violation");
    expect(others).toEqual([]);
    const { closeCode, section } = ERRORS[code];
    expect(violation).toMatchObject({ code, closeCode, section });
    if (code !== "RETAINED_LIMIT") expect(violation.offset).toBe(before.length + at);
    expect(violation.message).toContain(section);
    expect(violation.header).toBe(header);
    const [end] = of(records, "end");
    expect(end).toMatchObject({ state: "violation", unread: input.length - violation.offset });
    expect(of(records, "summary")[0]).toMatchObject({ verdict: "invalid", violations: 1 });
    if (!unmaskedFirst) expect(of(records, "frame")[0]).toMatchObject({ offset: 0, payload: { text: "good" } });
  });
});

test("a header at fault that a hole in the capture cuts short is shown as far as it has come", () => {
  const at = RESPONSE.length;
  const capture = pcap([...OPENING, answered(hex("83"), at), answered(hex("01 02"), at + 2, "FA")].map(packetOf));
  const records = inspected(capture);
  expect(of(records, "violation")).toMatchObject([{ code: "RESERVED_OPCODE", offset: 0, header: "83" }]);
  expect(of(records, "note")).toEqual([]);
});

test("there is a vector for every code, and no other", () => {
  expect(Object.keys(VECTORS)).toEqual(Object.keys(ERRORS));
});

test("it is the decoder's own error, word for word", () => {
  const decoder = new MessageDecoder({ role: "client" });
  let thrown: ProtocolError | undefined;
  try {
    decoder.decode(hex("81 02 c3 28"), { onMessage() {}, onPing() {}, onPong() {}, onClose() {} });
  } catch (error) {
    thrown = error as ProtocolError;
  }
  expect(thrown).toBeInstanceOf(ProtocolError);
  const { message, reason, received } = thrown!;
  expect(of(inspected(hex("81 02 c3 28")), "violation")[0]).toMatchObject({ message, reason, received });
});
