// What `tshark -q -z follow,tcp,raw,0` writes, where the lines of node 1 are indented.

import { describe, expect, test } from "vitest";
import { concat, frame, hex, KEY } from "../wire.ts";
import { inspected, of, shown } from "./inspected.ts";
import { REQUEST, RESPONSE } from "./opened.ts";

const RULE = "=".repeat(67);
const digits = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const fromClient = digits;
const fromServer = (bytes: Uint8Array) => `\t${digits(bytes)}`;
const followed = (...lines: readonly string[]) =>
  [
    "",
    RULE,
    "Follow: tcp,raw",
    "Filter: tcp.stream eq 0",
    "Node 0: [::1]:44198",
    "Node 1: [::1]:9202",
    ...lines,
    RULE,
    "",
  ].join("\n");

const hello = frame({ opcode: 1, payload: "Hello" });
const masked = frame({ opcode: 1, payload: "Hello", key: KEY });
// As tshark writes it, with its NUL.
const hole = new TextEncoder().encode("[11 bytes missing in capture file]\0");
const OPENING = [fromClient(REQUEST), fromServer(RESPONSE)];

describe("a connection that tshark follows", () => {
  test.each([1, 7, 10_000])("is read both ways, in chunks of %d", (size) => {
    const text = followed(
      ...OPENING,
      fromClient(masked.subarray(0, 3)),
      fromServer(hello),
      fromClient(masked.subarray(3)),
    );
    for (const input of [text, text.replaceAll("\n", "\r\n"), text.trim()]) {
      const records = inspected(input, {}, size);
      expect(shown(records)).toEqual(['text "Hello"', 'text "Hello"']);
      expect(of(records, "frame")[0].stream).toEqual({
        sender: "server",
        connection: 1,
        from: "[::1]:9202",
        to: "[::1]:44198",
      });
      expect(of(records, "summary")[0]).toMatchObject({ format: "hex", verdict: "valid", streams: 2 });
    }
  });

  test("is read where the client is node 1", () => {
    expect(shown(inspected(followed(fromServer(REQUEST), fromClient(RESPONSE), fromServer(masked))))).toEqual([
      'text "Hello"',
    ]);
  });

  test("has holes, which are no bytes that were sent", () => {
    const records = inspected(
      followed(...OPENING, fromServer(hello), fromClient(hole), fromServer(hello), fromClient(masked)),
    );
    expect(of(records, "violation")).toEqual([]);
    expect(of(records, "note")).toMatchObject([
      { stream: { sender: "client" }, message: expect.stringMatching(/^11 bytes are missing/) },
    ]);
    expect(shown(records)).toEqual(['text "Hello"', 'text "Hello"']);
    expect(of(records, "summary")[0].verdict).toBe("incomplete");
  });

  test("may be one of several", () => {
    const records = inspected(followed(...OPENING, fromServer(hello)) + followed(...OPENING, fromClient(masked)));
    expect(of(records, "frame").map(({ stream }) => [stream.connection, stream.sender])).toEqual([
      [1, "server"],
      [2, "client"],
    ]);
  });

  test("that is cut off is incomplete", () => {
    const records = inspected(
      followed(...OPENING, fromServer(hello))
        .trimEnd()
        .slice(0, -RULE.length),
    );
    expect(of(records, "note")[0].message).toBe("the input ends inside a connection that tshark followed");
    expect(of(records, "summary")[0].verdict).toBe("incomplete");
  });

  test("that opens no WebSocket is counted", () => {
    const records = inspected(followed(fromClient(hex("16 03 01 00 01")), fromServer(hex("16 03 01"))));
    expect(of(records, "summary")[0]).toMatchObject({ verdict: "nothing found", skipped: { connections: 1, tls: 1 } });
    expect(of(inspected(followed()), "summary")[0]).toMatchObject({
      verdict: "nothing found",
      skipped: { connections: 0 },
    });
  });

  test.each([
    [followed("81 00"), "line 7 is no line of hex as follow,tcp,raw of tshark has it"],
    [followed("810"), "line 7 is no line of hex"],
    [followed().replace("raw", "ascii"), "line 3 is of tcp,ascii, which has not all bytes: use -z follow,tcp,raw"],
    [`${followed()}8100\n`, "line 8 stands outside of a connection"],
    [followed("81".repeat(2 ** 20)), "line 7 is too long"],
  ])("that is none says where and why: %#", (text, reason) => {
    for (const size of [1000, 10_000_000]) expect(() => inspected(text, {}, size)).toThrow(reason);
  });
});

test("a message is not taken for a hole", () => {
  const text = concat(hex("81 22"), hole.subarray(0, -1));
  expect(shown(inspected(followed(...OPENING, fromServer(text))))).toEqual([
    'text "[11 bytes missing in capture file]"',
  ]);
});
