import { describe, expect, test } from "vitest";
import { FrameDecoder } from "../../src/frame/decoder.ts";
import { UTF8_AFTER_F4, UTF8_INVALID, UTF8_NON_ASCII } from "../../src/kernel/layout.ts";
import { findInvalid, nextState, validateUtf8 } from "../../src/kernel/typescript/utf8.ts";
import { ProtocolError } from "../../src/protocol/errors.ts";
import { expectSame } from "../expect-same.ts";
import { SWEEP_STEP, swept } from "../sweep.ts";
import { BOUNDARY, firstFault, INVALID, REPRESENTATIVES, run, step } from "./rfc3629.ts";
import { place, subjects } from "./subjects.ts";

/** What the kernel's answer means, in the words of the reference: its states inside a character have other numbers. */
function meaning(state: number): number {
  return state > 0 ? 1 : state;
}

function hex(bytes: ArrayLike<number>): string {
  return Buffer.from(Array.from(bytes)).toString("hex");
}

const SCRIPTS = {
  ascii: "The quick brown fox jumps over the lazy dog. 0123456789 ",
  latin: "Größe, façade, señor, łódź — ",
  korean: "다람쥐 헌 쳇바퀴에 타고파 ",
  emoji: "🦊🐶👩‍👩‍👧‍👦🇺🇳 ",
  mixed: "a é 한 🦊 ",
};

/** At least `length` bytes of whole characters. */
function filler(text: string, length: number): Uint8Array {
  const bytes = new TextEncoder().encode(text.repeat(Math.ceil(length / text.length) + 1));
  let end = length;
  while (end < bytes.length && (bytes[end] & 0xc0) === 0x80) end++;
  return bytes.subarray(0, end);
}

// Its loops look a byte up and shift: the table and the offsets must amount to the automaton, which is judged below.
test("the TypeScript twin steps from every state by every byte as nextState does", () => {
  for (let state = 0; state <= UTF8_AFTER_F4; state++) {
    for (let byte = 0; byte < 256; byte++) {
      const expected = nextState(state, byte);
      const got = validateUtf8(Uint8Array.of(byte), 0, 1, state);
      const flagged = byte < 0x80 || expected === UTF8_INVALID ? expected : expected | UTF8_NON_ASCII;
      if (got !== flagged) expect.fail(`${hex([byte])} in state ${state} gave ${got}, not ${flagged}`);
    }
  }
});

// Of long text it takes pairs of bytes, by a table of their own, and looks at the outcome every 16 bytes. What follows the
// pair tells which state it led to.
test.each([0, 14])(
  "the TypeScript twin steps from every state by every pair of bytes, %d bytes in, as nextState does",
  (at) => {
    const leads = [0x61, 0xc2, 0xe1, 0xf1, 0xe0, 0xed, 0xf0, 0xf4];
    const tails = [
      [],
      [0x80],
      [0xa0],
      [0x80, 0x80],
      [0x90, 0x80],
      [0xa0, 0x80],
      [0x80, 0x80, 0x80],
      [0x90, 0x80, 0x80],
    ];
    const text = new Uint8Array(64);
    const words = new Int32Array(text.buffer);
    for (const tail of tails) {
      text.set(tail, at + 2);
      for (let state = 0; state <= UTF8_AFTER_F4; state++) {
        if (at > 0) text[at - 1] = leads[state];
        const before = at > 0 ? 0 : state;
        for (let pair = 0; pair < 65536; pair += SWEEP_STEP) {
          text[at] = pair & 0xff;
          text[at + 1] = pair >> 8;
          const expected = findInvalid(text, 0, 64, before) < 64 ? UTF8_INVALID : 0;
          const got = validateUtf8(text, 0, 64, before, words);
          if ((got === UTF8_INVALID ? got : got & 0xf) !== expected) {
            expect.fail(`${hex([text[at], text[at + 1], ...tail])} in state ${state} gave ${got}, not ${expected}`);
          }
        }
      }
    }
  },
);

describe.each(subjects)("validateUtf8, $title", (subject) => {
  const { kernel, kernelName } = subject;

  test("runs on the kernel it is named for", () => {
    expect(kernel.name).toBe(kernelName);
  });

  test("every string of one and of two bytes", () => {
    const bytes = subject.allocate(2);
    for (let first = 0; first < 256; first++) {
      bytes[0] = first;
      expect(meaning(kernel.validateUtf8(bytes, 0, 1, 0)), hex([first])).toBe(meaning(run([first])));
      for (let second = 0; second < 256; second++) {
        bytes[1] = second;
        const got = meaning(kernel.validateUtf8(bytes, 0, 2, 0));
        if (got !== meaning(run(bytes))) expect.fail(`${hex(bytes)} gave ${got}`);
      }
    }
  });

  test("every string of three bytes", () => {
    const bytes = subject.allocate(3);
    for (let first = 0; first < 256; first++) {
      bytes[0] = first;
      for (let second = 0; second < 256; second++) {
        bytes[1] = second;
        const before = run(bytes, 0, 2);
        for (let third = 0; third < 256; third += SWEEP_STEP) {
          bytes[2] = third;
          const expected = before === INVALID ? INVALID : meaning(step(before, third));
          const got = meaning(kernel.validateUtf8(bytes, 0, 3, 0));
          if (got !== expected) expect.fail(`${hex(bytes)} gave ${got}, not ${expected}`);
        }
      }
    }
  });

  test("strings of four bytes on both sides of every bound", () => {
    const bytes = subject.allocate(4);
    for (const first of REPRESENTATIVES) {
      for (const second of REPRESENTATIVES) {
        for (const third of REPRESENTATIVES) {
          for (const fourth of REPRESENTATIVES) {
            bytes.set([first, second, third, fourth]);
            const got = meaning(kernel.validateUtf8(bytes, 0, 4, 0));
            if (got !== meaning(run(bytes))) expect.fail(`${hex(bytes)} gave ${got}`);
          }
        }
      }
    }
  });

  // Blocks of 64 bytes, vectors of 16 and the tail take different ways: a string is put across each of their borders.
  describe.each(Object.entries(SCRIPTS))("three and four bytes anywhere in %s text", (_, text) => {
    const ahead = [0, 13, 14, 15, 16, 61, 62, 63, 64, 77, 95, 110, 125, 126, 127, 128, 143];
    const behind = [0, 1, 2, 16, 17, 64, 100];

    test.each([3, 4])("strings of %i", (size) => {
      for (const before of swept(ahead)) {
        const start = filler(text, before);
        const after = filler(text, behind[before % behind.length]);
        const bytes = subject.allocate(start.length + size + after.length);
        bytes.set(start);
        bytes.set(after, start.length + size);
        const at = start.length;
        for (const first of size === 4 ? [0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xc2, 0x41] : REPRESENTATIVES) {
          for (const second of REPRESENTATIVES) {
            for (const third of REPRESENTATIVES) {
              for (const fourth of size === 4 ? [0x41, 0x7f, 0x80, 0xbf, 0xc2, 0xf0] : [0]) {
                bytes[at] = first;
                bytes[at + 1] = second;
                bytes[at + 2] = third;
                if (size === 4) bytes[at + 3] = fourth;
                const reached = run(bytes, at, at + size);
                const expected = after.length === 0 || reached === INVALID ? meaning(reached) : reached === 0 ? 0 : -1;
                const got = meaning(kernel.validateUtf8(bytes, 0, bytes.length, 0));
                if (got !== expected) expect.fail(`${hex(bytes)} gave ${got}, not ${expected}`);
              }
            }
          }
        }
      }
    });
  });

  test("a bad byte at every position of texts in every script and length", () => {
    for (const text of Object.values(SCRIPTS)) {
      const whole = filler(text, 220);
      for (const bad of [0x80, 0xc0, 0xed, 0xf4, 0xf5, 0xff]) {
        for (let at = 0; at < whole.length; at++) {
          const bytes = place(subject, whole);
          bytes[at] = bad;
          expect(meaning(kernel.validateUtf8(bytes, 0, bytes.length, 0)), `${bad} at ${at}`).toBe(meaning(run(bytes)));
        }
      }
      for (let end = 0; end <= whole.length; end++) {
        const bytes = place(subject, whole);
        expect(meaning(kernel.validateUtf8(bytes, 0, end, 0)), `${end} bytes`).toBe(meaning(run(bytes, 0, end)));
      }
    }
  });

  test("a text goes on from every split point", () => {
    for (const text of Object.values(SCRIPTS)) {
      const whole = filler(text, 330);
      const bytes = place(subject, whole, 3);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const state = kernel.validateUtf8(bytes, 0, cut, 0);
        expect(meaning(state), `cut at ${cut}`).toBe(meaning(run(whole, 0, cut)));
        expect(kernel.validateUtf8(bytes, cut, bytes.length, state), `cut at ${cut}`).toBe(BOUNDARY);
        expect(kernel.validateUtf8(bytes, cut, cut, state), `nothing after ${cut}`).toBe(state);
      }
    }
  });

  test("after every beginning of a character, every byte, with text behind it", () => {
    const after = filler(SCRIPTS.ascii, 130);
    const bytes = place(subject, [0, ...after]);
    for (const first of REPRESENTATIVES) {
      for (const second of REPRESENTATIVES) {
        for (const third of [undefined, 0x80, 0xbf]) {
          const begun = place(subject, third === undefined ? [first, second] : [first, second, third], 200);
          for (let length = 1; length <= begun.length; length++) {
            const reached = run(begun, 0, length);
            if (reached === INVALID) continue;
            const state = kernel.validateUtf8(begun, 0, length, 0);
            expect(meaning(state), hex(begun)).toBe(meaning(reached));
            for (let next = 0; next < 256; next++) {
              bytes[0] = next;
              const then = step(reached, next);
              const got = meaning(kernel.validateUtf8(bytes, 0, 1, state));
              if (got !== meaning(then)) expect.fail(`${hex(begun.subarray(0, length))} ${hex([next])} gave ${got}`);
              const whole = meaning(kernel.validateUtf8(bytes, 0, bytes.length, state));
              if (whole !== (then === BOUNDARY ? 0 : -1)) {
                expect.fail(`${hex(begun.subarray(0, length))} ${hex([next])} and text gave ${whole}`);
              }
            }
          }
        }
      }
    }
  });

  test("agrees with TextDecoder", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    function isText(bytes: Uint8Array): boolean {
      try {
        decoder.decode(bytes);
        return true;
      } catch {
        return false;
      }
    }
    const mixed = filler(SCRIPTS.mixed, 180);
    for (const first of REPRESENTATIVES) {
      for (const second of REPRESENTATIVES) {
        for (const third of REPRESENTATIVES) {
          const bytes = place(subject, mixed);
          const at = (first * 7 + second * 3 + third) % (bytes.length - 3);
          bytes.set([first, second, third], at);
          const valid = kernel.validateUtf8(bytes, 0, bytes.length, 0) === BOUNDARY;
          if (valid !== isText(bytes)) expect.fail(`${hex(bytes)} gave ${valid}`);
        }
      }
    }
  });

  test("texts longer than a window, whole and with a bad byte at its borders", () => {
    for (const text of Object.values(SCRIPTS)) {
      const whole = filler(text, 40_000);
      expect(kernel.validateUtf8(place(subject, whole), 0, whole.length, 0)).toBe(BOUNDARY);
      for (const at of [0, 16382, 16383, 16384, 16385, 32767, 32768, whole.length - 1]) {
        const bytes = place(subject, whole);
        bytes[at] = 0xff;
        expect(kernel.validateUtf8(bytes, 0, bytes.length, 0), `at ${at}`).toBe(INVALID);
      }
      for (let end = 16380; end < 16390; end++) {
        const bytes = place(subject, whole);
        expect(meaning(kernel.validateUtf8(bytes, 0, end, 0)), `${end} bytes`).toBe(meaning(run(whole, 0, end)));
      }
    }
  });

  test("reads nothing outside its range", () => {
    const text = filler(SCRIPTS.korean, 150);
    for (const around of [0x80, 0xc2, 0xe0, 0xf0, 0xff]) {
      for (const length of [0, 1, 3, 16, 48, 63, 66, 99, 128, text.length]) {
        const end = 20 + filler(SCRIPTS.korean, Math.min(length, 150)).length * (length === 0 ? 0 : 1);
        const bytes = subject.allocate(end + 20);
        bytes.fill(around);
        bytes.set(text.subarray(0, end - 20), 20);
        expect(kernel.validateUtf8(bytes, 20, end, 0), `${end - 20} bytes in ${around}`).toBe(BOUNDARY);
      }
    }
  });

  describe.each([
    { role: "server", key: [0x37, 0xfa, 0x21, 0x3d] },
    { role: "client", key: [] },
  ] as const)("a text frame that a $role reads", ({ role, key }) => {
    // FIN RSV opcode | MASK 126 | 16-bit length | masking key, if any | text
    // 1   000 0001   | m 1111110 |              |                     |
    function frameOf(text: Uint8Array): Uint8Array {
      const header = [0x81, (key.length === 0 ? 0 : 0x80) | 126, text.length >> 8, text.length & 0xff, ...key];
      return Uint8Array.from([...header, ...text.map((byte, at) => byte ^ (key.length === 0 ? 0 : key[at % 4]))]);
    }

    /** The offset of the error that the frame gives, or -1. */
    function faultOf(frame: Uint8Array): number {
      try {
        new FrameDecoder({ role, kernel }).decode(place(subject, frame, 1), { onFrame() {} });
      } catch (error) {
        if (error instanceof ProtocolError && error.code === "INVALID_UTF8") return error.offset;
        throw error;
      }
      return -1;
    }

    test("fails at the byte that makes it invalid", () => {
      const header = 4 + key.length;
      for (const text of Object.values(SCRIPTS)) {
        const whole = filler(text, 200);
        expect(faultOf(frameOf(whole))).toBe(-1);
        for (const bad of [
          [0x80],
          [0xc0],
          [0xff],
          [0xe0, 0x9f],
          [0xed, 0xa0],
          [0xf0, 0x8f],
          [0xf4, 0x90],
          [0xf1, 0x80, 0x41],
        ]) {
          for (let at = 0; at + bad.length < whole.length; at += SWEEP_STEP) {
            const bytes = whole.slice();
            bytes.set(bad, at);
            // A lone 80 may stand where the text had a continuation byte.
            const fault = firstFault(bytes);
            expectSame(faultOf(frameOf(bytes)), fault === undefined ? -1 : header + fault, `${hex(bad)} at ${at}`);
          }
        }
      }
    });

    test("fails after its last byte when it ends inside a character", () => {
      // §8.1: the byte that should have continued the character would have been the next one.
      const whole = filler(SCRIPTS.emoji, 260);
      for (let end = 126; end <= whole.length; end++) {
        const inside = run(whole, 0, end) !== BOUNDARY;
        expect(faultOf(frameOf(whole.subarray(0, end))), `${end} bytes`).toBe(inside ? 4 + key.length + end : -1);
      }
    });
  });
});
