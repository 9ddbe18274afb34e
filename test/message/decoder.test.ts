// Fragments to messages, control frames between them, and what a message is made of.

import { describe, expect, test } from "vitest";
import { FrameEncoder, type Message, MessageDecoder, type MessageEvent, Opcode } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex, KEY, pattern, peerKey } from "../wire.ts";
import { expectEveryWay, recorder } from "./events.ts";

function messagesOf(events: Iterable<MessageEvent>): Message[] {
  return [...events].map((event) => (event.type === "message" ? event.message : expect.unreachable(event.type)));
}

onBothKernels((kernel) => {
  describe.each(["client", "server"] as const)("as a %s", (role) => {
    const key = peerKey(role);

    test("whole messages of both types, empty ones too", () => {
      const stream = concat(
        frame({ opcode: 0x1, payload: "Hello", key }),
        frame({ opcode: 0x2, payload: hex("00 ff 80"), key }),
        frame({ opcode: 0x1, key }),
        frame({ opcode: 0x2, key }),
        frame({ opcode: 0x1, payload: "다람쥐", key }),
      );
      const events = ["text Hello", "binary 00ff80", "text ", "binary ", "text 다람쥐"];
      expectEveryWay(kernel, { role }, stream, { events });
    });

    // §5.4: "Control frames MAY be injected in the middle of a fragmented message."
    test("fragments with control frames between them, cut inside a character", () => {
      //  text   01 "a" E4     ping    00 (empty)     pong    00 B8     ping    80 96 "b"
      const stream = concat(
        frame({ opcode: 0x1, fin: false, payload: hex("61 e4"), key }),
        frame({ opcode: 0x9, payload: hex("01"), key }),
        frame({ opcode: 0x0, fin: false, key }),
        frame({ opcode: 0xa, payload: hex("02 ff"), key }),
        frame({ opcode: 0x0, fin: false, payload: hex("b8"), key }),
        frame({ opcode: 0x9, key }),
        frame({ opcode: 0x0, payload: hex("96 62"), key }),
        frame({ opcode: 0x2, fin: false, payload: hex("0a"), key }),
        frame({ opcode: 0x0, payload: hex("0b"), key }),
      );
      const events = ["ping 01", "pong 02ff", "ping ", "text a世b", "binary 0a0b"];
      expectEveryWay(kernel, { role }, stream, { events });
    });

    test("a fragmented message of nothing but empty fragments", () => {
      const stream = concat(
        frame({ opcode: 0x1, fin: false, key }),
        frame({ opcode: 0x0, fin: false, key }),
        frame({ opcode: 0x0, key }),
      );
      expectEveryWay(kernel, { role }, stream, { events: ["text "] });
    });

    test("a long ping and a long message of several fragments", () => {
      const stream = concat(
        frame({ opcode: 0x2, fin: false, payload: pattern(126), key }),
        frame({ opcode: 0x9, payload: pattern(125), key }),
        frame({ opcode: 0x0, payload: pattern(130), key }),
      );
      const dump = (length: number) => Buffer.from(pattern(length)).toString("hex");
      const events = [`ping ${dump(125)}`, `binary ${dump(126)}${dump(130)}`];
      expectEveryWay(kernel, { role }, stream, { events });
    });

    test("a violation of a frame's rules comes after what precedes it, and lets go of what was begun", () => {
      const before = concat(
        frame({ opcode: 0x1, payload: "good", key }),
        frame({ opcode: 0x2, fin: false, payload: pattern(40), key }),
        frame({ opcode: 0x9, payload: "?", key }),
      );
      const bad = frame({ opcode: 0x1, payload: "new", key });
      expectEveryWay(kernel, { role }, concat(before, bad), {
        events: ["text good", "ping 3f"],
        error: { code: "EXPECTED_CONTINUATION", offset: before.length },
      });
    });

    test("invalid UTF-8 late in a fragmented text: no part of it is delivered", () => {
      const before = concat(
        frame({ opcode: 0x1, fin: false, payload: "가나", key }),
        frame({ opcode: 0x0, fin: false, payload: hex("ea b0"), key }),
      );
      const bad = frame({ opcode: 0x0, payload: hex("c0"), key });
      expectEveryWay(kernel, { role }, concat(before, bad), {
        events: [],
        error: { code: "INVALID_UTF8", offset: before.length + bad.length - 1 },
      });
    });

    test("many messages in one chunk, more than the record table holds", () => {
      const count = 3000;
      const parts = Array.from({ length: count }, (_, n) => frame({ opcode: 0x1, payload: `${n}`, key }));
      const messages = messagesOf(new MessageDecoder({ role, kernel }).events(concat(...parts)));
      expect(messages.map((message) => message.text())).toEqual(Array.from({ length: count }, (_, n) => `${n}`));
    });
  });

  describe("a message's data", () => {
    test("is a view of the chunk when the message came whole in it", () => {
      const chunk = concat(
        frame({ opcode: 0x2, payload: pattern(300), key: KEY }),
        frame({ opcode: 0x1, payload: "t", key: KEY }),
      );
      const [binary, text] = messagesOf(new MessageDecoder({ role: "server", kernel }).events(chunk));
      expect([binary.data.buffer, text.data.buffer]).toEqual([chunk.buffer, chunk.buffer]);
      expect([binary.data.byteOffset, text.data.byteOffset]).toEqual([8, 314]);
      expect(binary.data).toEqual(pattern(300));
    });

    test("is a buffer of its own when the message came in several chunks, or around a control frame", () => {
      const whole = frame({ opcode: 0x2, payload: pattern(300), key: KEY });
      const decoder = new MessageDecoder({ role: "server", kernel });
      const chunks = [whole.slice(0, 100), whole.slice(100)];
      expect([...decoder.events(chunks[0])]).toEqual([]);
      const [assembled] = messagesOf(decoder.events(chunks[1]));
      for (const chunk of chunks) chunk.fill(0);
      expect(assembled.data).toEqual(pattern(300));

      const parts = concat(
        frame({ opcode: 0x1, fin: false, payload: "ab", key: KEY }),
        frame({ opcode: 0x9, key: KEY }),
        frame({ opcode: 0x0, payload: "cd", key: KEY }),
      );
      const [ping, joined] = decoder.events(parts);
      parts.fill(0);
      expect(ping.type).toBe("ping");
      expect(joined.type === "message" && joined.message.text()).toBe("abcd");
    });

    test("of a ping is a view, or a buffer of its own when the ping was split", () => {
      const ping = frame({ opcode: 0x9, payload: "payload", key: KEY });
      const decoder = new MessageDecoder({ role: "server", kernel });
      const payloads: Uint8Array[] = [];
      const chunks = [ping.slice(), ping.slice(0, 8), ping.slice(8)];
      const handler = { ...recorder([]), onPing: (payload: Uint8Array) => payloads.push(payload) };
      for (const chunk of chunks) decoder.decode(chunk, handler);
      expect(payloads[0].buffer).toBe(chunks[0].buffer);
      for (const chunk of chunks) chunk.fill(0);
      expect(new TextDecoder().decode(payloads[1])).toBe("payload");
    });
  });

  describe("midMessage and retained", () => {
    test("say whether the stream may end here, and what is held", () => {
      const decoder = new MessageDecoder({ role: "client", kernel });
      const seen: string[] = [];
      const feed = (chunk: Uint8Array) => {
        decoder.decode(chunk, recorder(seen));
        return [decoder.midMessage, decoder.retained > 0];
      };
      expect(feed(hex("81"))).toEqual([true, false]);
      expect(feed(hex("01"))).toEqual([true, true]);
      expect(feed(hex("61"))).toEqual([false, false]);
      expect(feed(hex("01 01 62"))).toEqual([true, true]);
      expect(feed(hex("89 00"))).toEqual([true, true]);
      expect(feed(hex("80 00"))).toEqual([false, false]);
      expect(seen).toEqual(["text a", "ping ", "text b"]);
    });
  });

  test("a server and a client talk through their encoders", () => {
    for (const role of ["client", "server"] as const) {
      const encoder = new FrameEncoder({ role, kernel });
      const sent = concat(
        encoder.text("안녕"),
        ...encoder.fragments(Opcode.Binary, pattern(70_000), 9_999),
        encoder.ping("are you there"),
        encoder.close(1001, "leaving"),
      );
      const peer = new MessageDecoder({ role: role === "client" ? "server" : "client", kernel });
      const [text, binary, ping, close] = peer.events(sent);
      expect(text.type === "message" && text.message.text()).toBe("안녕");
      expect(binary.type === "message" && Buffer.compare(binary.message.data, pattern(70_000))).toBe(0);
      expect(ping.type === "ping" && new TextDecoder().decode(ping.payload)).toBe("are you there");
      expect(close).toEqual({ type: "close", status: { code: 1001, reason: "leaving" } });
    }
  });

  describe("events()", () => {
    test("yields the events before a violation, then throws it", () => {
      const stream = concat(
        frame({ opcode: 0x1, payload: "one" }),
        frame({ opcode: 0x9, payload: "two" }),
        hex("83 00"),
      );
      const types: string[] = [];
      const iterate = () => {
        for (const event of new MessageDecoder({ role: "client", kernel }).events(stream)) types.push(event.type);
      };
      expect(iterate).toThrow(expect.objectContaining({ code: "RESERVED_OPCODE", offset: 10 }));
      expect(types).toEqual(["message", "ping"]);
    });
  });
});
