import { describe, expect, test } from "vitest";
import { FAULT_INVALID_UTF8, FAULT_LENGTH_NOT_MINIMAL, RECORD_CAPACITY, WINDOW_SIZE } from "../../src/kernel/layout.ts";
import { concat, frame, hex, KEY, pattern, peerKey } from "../wire.ts";
import { type ScannedRecord, scanChunks } from "./scan-chunks.ts";
import { subjects } from "./subjects.ts";

const ROLES = ["server", "client"] as const;
const WHOLE = ["HEAD_FIRST", "HEAD_LAST"];
/** KEY as a word, its first octet in the low eight bits. */
const KEY_WORD = 0x3d21fa37;

/** The word of which octet 0 is octet `by` of KEY. */
function keyFrom(by: number): number {
  return [0, 1, 2, 3].reduce((word, octet) => word | (KEY[(octet + by) % 4] << (8 * octet)), 0);
}

/** The payloads of a frame's pieces, joined. */
function joined(chunks: readonly (readonly ScannedRecord[])[]): Buffer {
  return Buffer.concat(chunks.flat().map(({ payload }) => payload));
}

function korean(length: number): Uint8Array {
  return new TextEncoder().encode("가".repeat(Math.ceil(length / 3))).subarray(0, length - (length % 3));
}

describe.each(subjects)("scan, $title", (subject) => {
  test("runs on the kernel it is named for", () => {
    expect(subject.kernel.name).toBe(subject.kernelName);
  });

  test("the record of a masked text", () => {
    // FIN RSV opcode | MASK length | masking key | payload
    // 1   000 0001   | 1   0000101 | 37 fa 21 3d | 7f 9f 4d 51 58
    const { chunks, fault, position, remaining } = scanChunks(subject, [hex("81 85 37 fa 21 3d 7f 9f 4d 51 58")]);
    expect(chunks).toStrictEqual([
      [
        {
          first: 0x81,
          flags: [...WHOLE, "HEAD_TEXT", "HEAD_MASKED"],
          headerLength: 6,
          start: 6,
          end: 11,
          key: KEY_WORD,
          payload: Buffer.from("Hello"),
        },
      ],
    ]);
    expect({ fault, position, remaining }).toStrictEqual({ fault: 0, position: 11, remaining: 0 });
  });

  test("the record of an unmasked binary", () => {
    // FIN RSV opcode | MASK length | payload
    // 1   000 0010   | 0   0000011 | 01 80 ff
    const { chunks } = scanChunks(subject, [hex("82 03 01 80 ff")], { role: "client" });
    expect(chunks).toStrictEqual([
      [
        {
          first: 0x82,
          flags: WHOLE,
          headerLength: 2,
          start: 2,
          end: 5,
          key: 0,
          payload: Buffer.from([1, 0x80, 0xff]),
        },
      ],
    ]);
  });

  test("a text beyond ASCII says so, and one without does not", () => {
    for (const length of [1, 20, 100, 300, 20_000]) {
      for (const at of [0, Math.floor(length / 2), length - 1]) {
        for (const key of [KEY, undefined]) {
          const role = key === undefined ? "client" : "server";
          const payload = "x".repeat(length);
          const ascii = scanChunks(subject, [frame({ opcode: 1, payload, key })], { role });
          expect(ascii.chunks[0][0].flags).not.toContain("HEAD_NON_ASCII");
          const accented = `${payload.slice(0, at)}é${payload.slice(at + 1)}`;
          const beyond = scanChunks(subject, [frame({ opcode: 1, payload: accented, key })], { role });
          expect(beyond.chunks[0][0].flags).toContain("HEAD_NON_ASCII");
        }
      }
    }
  });

  test("an empty fragment inside a character has no byte beyond ASCII", () => {
    const [lead, tail] = new TextEncoder().encode("é");
    const message = concat(
      frame({ opcode: 1, fin: false, payload: Uint8Array.of(lead), key: KEY }),
      frame({ opcode: 0, fin: false, key: KEY }),
      frame({ opcode: 0, payload: Uint8Array.of(tail), key: KEY }),
      // Long enough that the chunk is worth staging.
      frame({ opcode: 2, payload: pattern(120), key: KEY }),
    );
    const { chunks } = scanChunks(subject, [message]);
    expect(chunks[0].map(({ flags }) => flags.includes("HEAD_NON_ASCII"))).toStrictEqual([true, false, true, false]);
  });

  describe.each(ROLES)("as a %s reads it", (role) => {
    const key = peerKey(role);
    const masked = key === undefined ? [] : ["HEAD_MASKED"];

    test.each([0, 1, 5, 125, 126, 300, 65535, 65536])("a header is resumed at every split: %i bytes", (length) => {
      const payload = pattern(length);
      const whole = frame({ opcode: 2, payload, key });
      const header = whole.length - length;
      for (let cut = 1; cut <= header; cut++) {
        const chunks = [whole.subarray(0, cut), whole.subarray(cut, 65536), whole.subarray(65536)];
        const outcome = scanChunks(
          subject,
          chunks.filter((chunk) => chunk.length > 0),
          { role },
        );
        expect(outcome.fault).toBe(0);
        expect(outcome.remaining).toBe(0);
        expect(outcome.held).toBe(0);
        // As soon as the header is there, so is the record, though it may have no payload yet.
        expect(outcome.chunks[0].length).toBe(cut === header ? 1 : 0);
        const records = outcome.chunks.flat();
        expect(records[0].flags[0]).toBe("HEAD_FIRST");
        expect(records.at(-1)?.flags).toContain("HEAD_LAST");
        expect(records.every((record) => record.headerLength === header && record.first === 0x82)).toBe(true);
        expect(joined(outcome.chunks).equals(payload), `cut at ${cut}`).toBe(true);
      }
    });

    test("a payload is resumed at every split, with its masking key rotated", () => {
      const payload = korean(210);
      const whole = frame({ opcode: 1, payload, key });
      const header = whole.length - payload.length;
      for (let cut = header; cut < whole.length; cut++) {
        const outcome = scanChunks(subject, [whole.subarray(0, cut), whole.subarray(cut)], { role });
        expect(outcome.fault, `cut at ${cut}`).toBe(0);
        const [[first], [second]] = outcome.chunks;
        expect(first.key).toBe(key === undefined ? 0 : KEY_WORD);
        expect(second.key).toBe(key === undefined ? 0 : keyFrom(cut - header));
        const beyond = cut === header ? [] : ["HEAD_NON_ASCII"];
        expect(first.flags).toStrictEqual(["HEAD_FIRST", "HEAD_TEXT", ...beyond, ...masked]);
        expect(second.flags).toStrictEqual(["HEAD_LAST", "HEAD_TEXT", "HEAD_NON_ASCII", ...masked]);
        expect(joined(outcome.chunks).equals(payload), `cut at ${cut}`).toBe(true);
      }
    });

    test("a full record table ends the call, and the next goes on", () => {
      for (const length of [0, 1, 7]) {
        const frames = Array.from({ length: 2500 }, (_, at) =>
          frame({ opcode: 2, payload: pattern(length).fill(at & 0xff), key }),
        );
        const { calls, chunks, position } = scanChunks(subject, [concat(...frames)], { role });
        expect(calls).toStrictEqual([RECORD_CAPACITY, RECORD_CAPACITY, 2500 - 2 * RECORD_CAPACITY]);
        expect(position).toBe(frames.reduce((sum, { length }) => sum + length, 0));
        expect(chunks[0].length).toBe(2500);
        for (const [at, record] of chunks[0].entries()) {
          expect(record.payload.equals(pattern(length).fill(at & 0xff)), `frame ${at}`).toBe(true);
        }
      }
    });

    test("a table that fills up around a frame longer than a window", () => {
      const small = frame({ opcode: 2, payload: "s", key });
      const long = pattern(2 * WINDOW_SIZE + 77);
      for (let before = RECORD_CAPACITY - 3; before <= RECORD_CAPACITY + 1; before++) {
        const frames = [
          ...Array.from({ length: before }, () => small),
          frame({ opcode: 2, payload: long, key }),
          small,
        ];
        const { chunks, fault } = scanChunks(subject, [concat(...frames)], { role });
        expect(fault).toBe(0);
        expect(chunks[0].length).toBe(before + 2);
        expect(chunks[0][before].payload.equals(long), `${before} before`).toBe(true);
        expect(chunks[0][before].flags).toStrictEqual([...WHOLE, ...masked]);
        expect(chunks[0].filter(({ payload }) => payload.equals(Buffer.from("s"))).length).toBe(before + 1);
      }
    });

    test.each([1, 2])("a frame of several windows is one record, opcode %i", (opcode) => {
      for (const length of [WINDOW_SIZE - 8, WINDOW_SIZE - 1, WINDOW_SIZE, WINDOW_SIZE + 1, 3 * WINDOW_SIZE, 50_000]) {
        const payload = opcode === 1 ? korean(length) : pattern(length);
        const after = frame({ opcode: 9, payload: "after", key });
        const { chunks, calls, fault } = scanChunks(subject, [concat(frame({ opcode, payload, key }), after)], {
          role,
        });
        expect(fault, `${length}`).toBe(0);
        expect(calls).toStrictEqual([2]);
        expect(chunks[0][0].flags).toStrictEqual([
          ...WHOLE,
          ...(opcode === 1 ? ["HEAD_TEXT", "HEAD_NON_ASCII"] : []),
          ...masked,
        ]);
        expect(chunks[0][0].key).toBe(key === undefined ? 0 : KEY_WORD);
        expect(chunks[0][0].payload.equals(payload), `${length}`).toBe(true);
        expect(chunks[0][1].payload.toString()).toBe("after");
      }
    });

    test("a header across the border of two windows", () => {
      const payload = pattern(700);
      const next = frame({ opcode: 2, payload, key });
      for (let before = 0; before <= 16; before++) {
        // Frames that fill a window but for `before` bytes; the unmasked ones are short, so that they are staged too.
        const filler: Uint8Array[] = [];
        for (let room = WINDOW_SIZE - before; room > 0; ) {
          const size = room > 220 ? 110 : room > 110 ? room - 100 : room;
          filler.push(frame({ opcode: 2, payload: pattern(size - (key === undefined ? 2 : 6)), key }));
          room -= size;
        }
        const { chunks, fault } = scanChunks(subject, [concat(...filler, next, next)], { role });
        expect(fault, `${before} bytes before the border`).toBe(0);
        expect(chunks[0].length).toBe(filler.length + 2);
        expect(chunks[0].at(-1)?.payload.equals(payload), `${before} bytes before the border`).toBe(true);
        expect(chunks[0].at(-2)?.payload.equals(payload), `${before} bytes before the border`).toBe(true);
      }
    });

    test("a bad byte in a later window ends the record of its frame there, and those before stand", () => {
      const before = frame({ opcode: 2, payload: "before", key });
      for (const at of [0, WINDOW_SIZE - 20, WINDOW_SIZE, 2 * WINDOW_SIZE - 5, 40_001]) {
        const payload = korean(45_000).slice();
        payload[at] = 0xff;
        const text = frame({ opcode: 1, payload, key });
        const outcome = scanChunks(subject, [concat(before, text)], { role });
        expect(outcome.fault).toBe(FAULT_INVALID_UTF8);
        expect(outcome.faultAt).toBe(before.length + text.length - payload.length + at);
        const payloads = outcome.chunks[0].map((record) => record.payload);
        expect(payloads.map((bytes) => bytes.length)).toStrictEqual([6, at]);
        expect(payloads[1].equals(payload.subarray(0, at))).toBe(true);
        expect(outcome.chunks[0].map(({ flags }) => flags.includes("HEAD_LAST"))).toStrictEqual([true, false]);
      }
    });

    test("a long binary is passed over, whatever its bytes look like", () => {
      // Unmasked, nothing of it is looked at; its bytes are headers and bad UTF-8 all over.
      for (const length of [126, 1000, 17_000, 60_000]) {
        const payload = pattern(length).fill(0xff, 0, length >> 1);
        const bytes = concat(frame({ opcode: 2, payload, key }), frame({ opcode: 1, payload: "next", key }));
        const { chunks, fault } = scanChunks(subject, [bytes], { role });
        expect(fault).toBe(0);
        expect(chunks[0].length).toBe(2);
        expect(chunks[0][0].payload.equals(payload)).toBe(true);
        expect(chunks[0][1].payload.toString()).toBe("next");
      }
    });

    test("text with RSV1 waits for the extension that decodes it", () => {
      const bad = pattern(150).fill(0xff);
      const compressed = concat(
        frame({ opcode: 1, rsv: 4, fin: false, payload: bad, key }),
        frame({ opcode: 9, payload: "ping", key }),
        frame({ opcode: 0, payload: bad, key }),
      );
      const passed = scanChunks(subject, [compressed], { role, rsv: 4 });
      expect(passed.fault).toBe(0);
      expect(passed.chunks[0].map(({ flags }) => flags.includes("HEAD_TEXT"))).toStrictEqual([false, false, false]);
      expect(passed.chunks[0][2].payload.equals(bad)).toBe(true);
      // The message after it is validated again.
      const after = frame({ opcode: 1, payload: bad, key });
      const failed = scanChunks(subject, [concat(compressed, after)], { role, rsv: 4 });
      expect([failed.fault, failed.faultAt]).toStrictEqual([
        FAULT_INVALID_UTF8,
        compressed.length + after.length - bad.length,
      ]);
    });

    test("text with RSV2 or RSV3 is validated", () => {
      for (const rsv of [1, 2, 3]) {
        const bytes = frame({ opcode: 1, rsv, payload: Uint8Array.of(0x41, 0xff), key });
        const outcome = scanChunks(subject, [bytes], { role, rsv: 7 });
        expect([outcome.fault, outcome.faultAt]).toStrictEqual([FAULT_INVALID_UTF8, bytes.length - 1]);
      }
    });

    test("a character may be cut by fragments, with control frames between, but not by the message's end", () => {
      const text = new TextEncoder().encode("🦊");
      for (let cut = 0; cut <= 4; cut++) {
        const bytes = concat(
          frame({ opcode: 1, fin: false, payload: text.subarray(0, cut), key }),
          frame({ opcode: 9, payload: Uint8Array.of(0xff), key }),
          frame({ opcode: 0, payload: text.subarray(cut), key }),
        );
        expect(scanChunks(subject, [bytes], { role }).fault).toBe(0);
        if (cut === 0 || cut === 4) continue;
        const short = frame({ opcode: 1, payload: text.subarray(0, cut), key });
        const outcome = scanChunks(subject, [short, bytes], { role });
        expect([outcome.fault, outcome.faultAt]).toStrictEqual([FAULT_INVALID_UTF8, short.length]);
      }
    });

    test("a length that fails when its last byte comes is at fault before the chunk", () => {
      const bytes = frame({ opcode: 2, payload: "x", form: 64, key });
      const header = bytes.length - 1;
      const outcome = scanChunks(subject, [bytes.subarray(0, header - 1), bytes.subarray(header - 1)], { role });
      expect([outcome.fault, outcome.faultAt]).toStrictEqual([FAULT_LENGTH_NOT_MINIMAL, 2 - (header - 1)]);
    });

    test("a nested scan, which gets another state, leaves the same", () => {
      const bytes = concat(
        frame({ opcode: 1, payload: korean(400), key }),
        frame({ opcode: 2, payload: pattern(1000), key }),
        frame({ opcode: 9, payload: "ping", key }),
      );
      for (const cut of [1, 5, 300, 409, 900]) {
        const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
        expect(scanChunks(subject, chunks, { role }, true)).toStrictEqual(scanChunks(subject, chunks, { role }));
      }
    });
  });

  test("two states taken at once are not the same memory", () => {
    const { kernel } = subject;
    const outer = kernel.takeState();
    const inner = kernel.takeState();
    expect(inner.words.buffer).not.toBe(outer.words.buffer);
    expect(inner.records.buffer).not.toBe(outer.records.buffer);
    kernel.returnState(inner);
    kernel.returnState(outer);
  });
});
