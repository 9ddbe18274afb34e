import { expect, test } from "vitest";
import { MessageDecoder } from "../../src/index.ts";
import { onBothKernels } from "../vectors.ts";
import { frame, KEY } from "../wire.ts";

const TEXTS = ["", "a", "ASCII only, and longer than a word", "é", "\ufeffmark", "العربية", "日本語", "🌍".repeat(30)];

onBothKernels((kernel) => {
  test.each(TEXTS)("text() of %j, whole, split and fragmented, from a Uint8Array and from a Buffer", (text) => {
    const payload = new TextEncoder().encode(text);
    const whole = frame({ opcode: 0x1, payload, key: KEY });
    const middle = payload.length >> 1;
    const first = frame({ opcode: 0x1, fin: false, payload: payload.slice(0, middle), key: KEY });
    const second = frame({ opcode: 0x0, payload: payload.slice(middle), key: KEY });
    for (const chunks of [[whole], [whole.slice(0, 7), whole.slice(7)], [first, second]]) {
      for (const make of [(bytes: Uint8Array) => bytes.slice(), (bytes: Uint8Array) => Buffer.from(bytes)]) {
        const decoder = new MessageDecoder({ role: "server", kernel });
        const events = chunks.flatMap((chunk) => [...decoder.events(make(chunk))]);
        expect(events.length).toBe(1);
        const [event] = events;
        if (event.type !== "message") return expect.unreachable("a message was sent");
        expect(event.message.type).toBe("text");
        expect(event.message.text()).toBe(text);
        // Decoded at each call, and the bytes are there too.
        expect(event.message.text()).toBe(text);
        expect(event.message.data).toEqual(payload);
        expect(event.message.length).toBe(payload.length);
      }
    }
  });
});

test("a binary message has bytes and no text", () => {
  const [event] = new MessageDecoder({ role: "server" }).events(frame({ opcode: 0x2, payload: "abc", key: KEY }));
  if (event.type !== "message") return expect.unreachable("a message was sent");
  expect(() => event.message.text()).toThrow(TypeError);
  expect(() => event.message.text()).toThrow(/^text\(\)/);
  expect(event.message).toMatchObject({ type: "binary", length: 3 });
  expect(event.message.data).toEqual(new TextEncoder().encode("abc"));
});
