// The caller's own mistakes are TypeError and RangeError, with the argument named; nothing wrong goes on the wire.

import { describe, expect, test } from "vitest";
import { FrameEncoder, Opcode } from "../../src/index.ts";
import { hex, pattern } from "../wire.ts";
import { wrong } from "../wrong.ts";

type Call = (encoder: FrameEncoder) => unknown;

describe.each(["client", "server"] as const)("a %s's encoder", (role) => {
  const encoder = new FrameEncoder({ role });
  const target = new Uint8Array(300);

  const rangeErrors: [name: string, argument: RegExp, call: Call][] = [
    ["a reserved opcode", /^opcode/, (e) => e.encode(wrong(0x3), "x")],
    ["a reserved control opcode", /^opcode/, (e) => e.encode(wrong(0xb), "x")],
    ["an opcode past four bits", /^opcode/, (e) => e.encode(wrong(0x11), "x")],
    ["a negative opcode", /^opcode/, (e) => e.encode(wrong(-1), "x")],
    ["an opcode that is no integer", /^opcode/, (e) => e.encode(wrong(1.5), "x")],
    ["an opcode that is missing", /^opcode/, (e) => e.encode(wrong(undefined), "x")],
    ["reserved bits past three", /^rsv/, (e) => e.text("x", { rsv: 8 })],
    ["negative reserved bits", /^rsv/, (e) => e.text("x", { rsv: -1 })],
    ["reserved bits that are no integer", /^rsv/, (e) => e.text("x", { rsv: 0.5 })],
    ["RSV1 in a Ping", /^rsv/, (e) => e.encode(Opcode.Ping, "", { rsv: 4 })],
    ["RSV1 in a continuation", /^rsv/, (e) => e.continuation("x", { rsv: 5 })],
    ["a payload of 2^31 bytes", /^payload/, (e) => e.binary(new Uint8Array(2 ** 31))],
    ["a Ping of 126 bytes", /^payload/, (e) => e.ping(pattern(126))],
    ["a Pong of 126 characters", /^payload/, (e) => e.pong("x".repeat(126))],
    ["a Ping of 63 characters in 126 bytes", /^payload/, (e) => e.ping("é".repeat(63))],
    ["a Ping of 5000 bytes", /^payload/, (e) => e.ping(pattern(5000))],
    ["a Ping of 5000 characters", /^payload/, (e) => e.ping("x".repeat(5000))],
    ["parts of a long Ping", /^payload/, (e) => e.parts(Opcode.Ping, pattern(126))],
    ["a Close code that must not be sent", /^code/, (e) => e.close(1006)],
    ["a Close of one byte", /^payload/, (e) => e.encode(Opcode.Close, hex("03"))],
    ["a Close with 1005 as bytes", /^payload/, (e) => e.encode(Opcode.Close, hex("03 ed"))],
    ["a Close with a reason that is not UTF-8", /^payload/, (e) => e.parts(Opcode.Close, hex("03 e8 ff"))],
    ["a Close reason of 124 bytes", /^reason/, (e) => e.close(1000, "é".repeat(62))],
    ["fragments of no size", /^size/, (e) => [...e.fragments(Opcode.Text, "x", 0)]],
    ["fragments of half a byte", /^size/, (e) => [...e.fragments(Opcode.Text, "x", 1.5)]],
    ["a negative offset", /offset/, (e) => e.encodeInto(target, -1, Opcode.Text, "x")],
    ["an offset past the end", /offset/, (e) => e.encodeInto(target, 301, Opcode.Text, "x")],
    ["an offset that is no number", /offset/, (e) => e.encodeInto(target, Number.NaN, Opcode.Text, "x")],
    ["an offset between two bytes", /offset/, (e) => e.encodeInto(target, 1.5, Opcode.Text, "x")],
  ];
  const typeErrors: [name: string, argument: RegExp, call: Call][] = [
    ["a FIN that is null", /^fin/, (e) => e.text("x", wrong({ fin: null }))],
    ["a fragmented Ping", /^fin/, (e) => e.encode(Opcode.Ping, "", { fin: false })],
    ["a reason without a code", /^reason/, (e) => e.close(undefined, "why")],
    ["a Close of text", /^payload/, (e) => e.encode(Opcode.Close, "bye")],
    ["a binary message of text", /^payload/, (e) => e.binary(wrong("abc"))],
    ["parts of text", /^payload must be a Uint8Array/, (e) => e.parts(Opcode.Text, wrong("abc"))],
    ["options that are null", /^options/, (e) => e.text("x", wrong(null))],
    ["options that are true", /^options/, (e) => e.text("x", wrong(true))],
    ["a payload that is a number", /^payload/, (e) => e.binary(wrong(5))],
    ["a payload that is missing", /^payload/, (e) => e.binary(wrong(undefined))],
    ["a payload that is null", /^payload/, (e) => e.encode(Opcode.Binary, wrong(null))],
    ["a payload that is an array", /^payload/, (e) => e.binary(wrong([1, 2, 3]))],
    ["a payload that is a long array", /^payload/, (e) => e.binary(wrong(Array(5000).fill(1)))],
    ["a payload that is an ArrayBuffer", /^payload/, (e) => e.binary(wrong(new ArrayBuffer(8)))],
    ["a payload of 16-bit elements", /^payload/, (e) => e.binary(wrong(new Uint16Array(8)))],
    ["parts of a number", /^payload/, (e) => e.parts(Opcode.Binary, wrong(5))],
    ["fragments of a control frame", /^opcode/, (e) => [...e.fragments(wrong(Opcode.Ping), "x", 1)]],
    ["fragments of a number", /^payload/, (e) => [...e.fragments(Opcode.Binary, wrong(5), 1)]],
    ["a target that is an array", /^target/, (e) => e.encodeInto(wrong(Array(50)), 0, Opcode.Text, "x")],
    ["a target that is missing", /^target/, (e) => e.encodeInto(wrong(undefined), 0, Opcode.Binary, hex("01"))],
  ];

  test.each(rangeErrors)("%s is a RangeError that names the argument", (_, argument, call) => {
    expect(() => call(encoder)).toThrow(RangeError);
    expect(() => call(encoder)).toThrow(argument);
  });

  test.each(typeErrors)("%s is a TypeError that names the argument", (_, argument, call) => {
    expect(() => call(encoder)).toThrow(TypeError);
    expect(() => call(encoder)).toThrow(argument);
  });
});

test.each([undefined, "", "peer"])("an encoder of role %s is a TypeError", (role) => {
  const make = () => new FrameEncoder({ role: wrong(role) });
  expect(make).toThrow(TypeError);
  expect(make).toThrow(/^role/);
});
