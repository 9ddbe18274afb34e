// The examples of RFC 7692 §7.2.3, byte for byte, in both directions.

import { describe, expect, test } from "vitest";
import { expectEveryWay } from "../message/events.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex, peerKey } from "../wire.ts";
import { extensionFor, onBothBackends } from "./backends.ts";

const HELLO = "f2 48 cd c9 c9 07 00";

onBothBackends((backend) => {
  onBothKernels((kernel) => {
    describe.each(["client", "server"] as const)("read by a %s", (role) => {
      const key = peerKey(role);
      // A fresh one for each decoder, since it has the context of a connection.
      const options = {
        role,
        get extension() {
          return extensionFor(backend, role);
        },
      };
      const compressed = (payload: string, fin = true) =>
        frame({ opcode: 0x1, rsv: 4, fin, payload: hex(payload), key });
      const continued = (payload: string, fin = true) => frame({ opcode: 0x0, fin, payload: hex(payload), key });

      test("§7.2.3.1: a message compressed using one compressed block", () => {
        expectEveryWay(kernel, options, compressed(HELLO), { events: ["text Hello"] });
      });

      test("§7.2.3.1: the same in two fragments, with control frames between them", () => {
        const stream = concat(
          compressed("f2 48 cd", false),
          frame({ opcode: 0x9, payload: "?", key }),
          frame({ opcode: 0xa, key }),
          continued("c9 c9 07 00"),
        );
        expectEveryWay(kernel, options, stream, { events: ["ping 3f", "pong ", "text Hello"] });
      });

      test("§7.2.3.2: sharing the LZ77 sliding window", () => {
        const stream = concat(compressed(HELLO), compressed(HELLO), compressed("f2 00 11 00 00"));
        expectEveryWay(kernel, options, stream, { events: ["text Hello", "text Hello", "text Hello"] });
      });

      test("§7.2.3.3: using a block with no compression", () => {
        const stream = concat(compressed("00 05 00 fa ff 48 65 6c 6c 6f 00"), compressed("f2 00 11 00 00"));
        expectEveryWay(kernel, options, stream, { events: ["text Hello", "text Hello"] });
      });

      // A message after one must decode right: one that refers to nothing before it, and one that refers to the first.
      test("§7.2.3.4: using a block with BFINAL set", () => {
        const final = "f3 48 cd c9 c9 07 00 00";
        const stream = concat(compressed(final), compressed(HELLO), compressed(final), compressed("f2 00 11 00 00"));
        expectEveryWay(kernel, options, stream, { events: Array.from({ length: 4 }, () => "text Hello") });
      });

      test("§7.2.3.5: two blocks in one message", () => {
        const stream = concat(compressed("f2 48 05 00 00 00 ff ff ca c9 c9 07 00"), compressed(HELLO));
        expectEveryWay(kernel, options, stream, { events: ["text Hello", "text Hello"] });
      });

      test("§7.2.3.6: an empty fragment, and an empty message, are 0x00 alone", () => {
        const stream = concat(compressed("00"), compressed("f2 48 cd c9 c9 07 00 00 00 ff ff", false), continued("00"));
        expectEveryWay(kernel, options, stream, { events: ["text ", "text Hello"] });
      });
    });
  });

  test.each(["client", "server"] as const)("are what a %s sends", (role) => {
    const extension = extensionFor(backend, role, { threshold: 0 });
    const hello = new TextEncoder().encode("Hello");
    expect(extension.encode(hello, true)).toEqual({ payload: hex(HELLO), rsv: 4 });
    expect(extension.encode(hello, true)).toEqual({ payload: hex("f2 00 11 00 00"), rsv: 4 });
    expect(extension.encode(hello, false).rsv).toBe(4);
    expect(extension.encode(new Uint8Array(0), true)).toEqual({ payload: hex("00"), rsv: 0 });
  });
});
