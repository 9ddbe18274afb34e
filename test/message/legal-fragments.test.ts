import { describe, expect, it } from "vitest";
import { FrameEncoder } from "../../src/frame/encoder.ts";
import { createWasmKernel } from "../../src/kernel/select.ts";
import { typescriptKernel } from "../../src/kernel/typescript-kernel.ts";
import { MessageDecoder } from "../../src/message/decoder.ts";
import { Opcode } from "../../src/protocol/opcode.ts";

// Chromium cuts a message of 16 MiB into fragments of uneven length, and was refused with RETAINED_LIMIT: while the buffer
// doubled, the old one and the new one together passed maxRetainedBytes, though the message was within its limit.
describe.each([createWasmKernel(), typescriptKernel])(
  "a fragmented message of maxMessageLength, $name kernel",
  (kernel) => {
    it.each([[[700, 100, 200]], [[999, 1]], [[999, 0, 1]], [[501, 499]], [[501, 1, 498]], [new Array(10).fill(100)]])(
      "passes the default maxRetainedBytes in fragments of %j",
      (lengths: number[]) => {
        const encoder = new FrameEncoder({ role: "server" });
        const decoder = new MessageDecoder({ role: "client", kernel, maxMessageLength: 1000 });
        const messages = lengths.flatMap((length, at) => {
          const fin = at === lengths.length - 1;
          const frame = encoder.encode(at === 0 ? Opcode.Binary : Opcode.Continuation, new Uint8Array(length), { fin });
          return [...decoder.events(frame)];
        });
        expect(messages).toHaveLength(1);
        expect(messages[0].type === "message" && messages[0].message.data.length).toBe(1000);
      },
    );
  },
);
