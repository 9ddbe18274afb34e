// What the errors of the message layer say was received, however the stream was cut.

import { deflateRaw } from "pako";
import { expect, test } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { pakoBackend } from "../../src/extension/pako.ts";
import { FragmentDecoder, MessageDecoder, type MessageDecoderOptions } from "../../src/index.ts";
import { feedings, onBothKernels } from "../vectors.ts";
import { concat, frame, hex, KEY } from "../wire.ts";
import { decodeChunks } from "./events.ts";

const deflate = permessageDeflate({ backend: pakoBackend });
const key = KEY;
const fragment = (payload: string, opcode = 0x0) => frame({ opcode, fin: false, payload, key });
/** A compressed text whose bytes, decompressed, are those of `dump`. */
const compressed = (dump: string) =>
  frame({ opcode: 0x1, rsv: 4, payload: concat(deflateRaw(hex(dump)), hex("00")), key });

type Limits = Omit<MessageDecoderOptions, "role" | "kernel" | "extension">;

const RECEIVED: [code: string, received: string | undefined, stream: Uint8Array, limits?: Limits][] = [
  [
    "TOO_MANY_FRAGMENTS",
    "one more than 2",
    concat(fragment("a", 0x1), fragment("b"), fragment("c")),
    { maxFragments: 2 },
  ],
  [
    "MESSAGE_TOO_LONG",
    "7 bytes, where 6 are allowed",
    concat(fragment("abcd", 0x2), fragment("efg")),
    { maxMessageLength: 6 },
  ],
  ["MESSAGE_TOO_LONG", "more than 2 bytes", compressed("61 62 63"), { maxMessageLength: 2 }],
  ["CLOSE_PAYLOAD_TRUNCATED", "the byte 0x03", frame({ opcode: 0x8, payload: hex("03"), key })],
  ["INVALID_CLOSE_CODE", "1005", frame({ opcode: 0x8, payload: hex("03 ed"), key })],
  ["INVALID_CLOSE_REASON", "the byte 0xfe", frame({ opcode: 0x8, payload: hex("03 e8 61 fe 62"), key })],
  ["INVALID_CLOSE_REASON", "its end inside a character", frame({ opcode: 0x8, payload: hex("03 e8 e2 82"), key })],
  ["INVALID_UTF8", "the byte 0xff", compressed("61 c3 ff")],
  ["INVALID_UTF8", "its end inside a character", compressed("61 c3")],
  ["INVALID_COMPRESSED_DATA", undefined, frame({ opcode: 0x1, rsv: 4, payload: hex("ff ff"), key })],
];

onBothKernels((kernel) => {
  test.each(RECEIVED)("%s: received %s", (code, received, stream, limits = {}) => {
    for (const Decoder of [MessageDecoder, FragmentDecoder]) {
      for (const { title, chunks } of feedings(kernel, stream, hex("81 80 00 00 00 00"))) {
        const agreed = deflate.answer([{ token: "permessage-deflate", parameters: [] }]);
        const { error } = decodeChunks(
          new Decoder({ role: "server", kernel, extension: agreed?.extension, ...limits }),
          chunks,
        );
        expect(error, title).toMatchObject({ code, received });
        if (received !== undefined) expect(error?.message, title).toContain(`: received ${received}. `);
        expect(new TextEncoder().encode(error?.reason).length).toBeLessThanOrEqual(123);
      }
    }
  });
});
