// Captures of real programs, one of each link type and format that they write here: how each was made is in their README.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inspected, of, shown } from "./inspected.ts";

const capture = (name: string): Uint8Array => readFileSync(new URL(`captures/${name}`, import.meta.url));
const bytes = Array.from({ length: 256 }, (_, at) => at.toString(16).padStart(2, "0")).join("");

const PLAIN = {
  client: [
    'text "Hello, wörld"',
    'text "Hello, wörld"',
    `binary ${bytes}`,
    'text "in "',
    'continuation "fragments"',
    "ping 62656174",
    "close 4001 bye",
  ],
  server: [
    'text "Hello, wörld"',
    'text "Hello, wörld"',
    `binary ${bytes}`,
    'text "in fragments"',
    "pong 62656174",
    "close 4001 bye",
  ],
};

describe.each(["deflate.pcap", "plain.pcapng"])("%s", (name) => {
  const records = inspected(capture(name));

  test.each(["client", "server"] as const)("has what the %s sent", (sender) => {
    expect(shown(records.filter((record) => "stream" in record && record.stream?.sender === sender))).toEqual(
      PLAIN[sender],
    );
  });

  test("has one WebSocket, and passes the plain request over", () => {
    expect(of(records, "summary")[0]).toMatchObject({
      format: "pcap",
      verdict: "valid",
      streams: 2,
      frames: 13,
      messages: 8,
      skipped: { connections: 1, tls: 0 },
    });
    expect(of(records, "end").map(({ state }) => state)).toEqual(["closed", "closed"]);
    expect(of(records, "note")).toEqual([]);
  });

  test("tells what was agreed on", () => {
    const compressed = name === "deflate.pcap";
    const [request, response] = of(records, "head");
    expect(request).toMatchObject({ kind: "request", line: "GET /chat HTTP/1.1", protocols: ["chat"], opens: true });
    expect(response).toMatchObject({
      kind: "response",
      line: "HTTP/1.1 101",
      protocols: ["chat"],
      extensions: compressed ? "permessage-deflate" : "",
    });
    expect(new Set(of(records, "frame").map((frame) => frame.compressed))).toEqual(new Set([false, compressed]));
  });

  test.each([1, 7, 1000])("reads the same in chunks of %d", (size) => {
    expect(inspected(capture(name), {}, size)).toEqual(records);
  });
});

test("plain.pcapng has addresses of IPv6", () => {
  const [{ stream }] = of(inspected(capture("plain.pcapng")), "head");
  expect(stream).toEqual({ sender: "client", connection: 1, from: "[::1]:44198", to: "[::1]:9202" });
});

test("violation.pcap has one", () => {
  const records = inspected(capture("violation.pcap"));
  expect(of(records, "violation")).toMatchObject([
    { code: "RESERVED_OPCODE", offset: 12, header: "8302", stream: { sender: "client" } },
  ]);
  expect(of(records, "summary")[0]).toMatchObject({ verdict: "invalid", violations: 1 });
  expect(shown(records)).toEqual(['text "before"', 'text "before"', "close 1002"]);
});

test("cut.pcap lacks what its packets were cut to", () => {
  const records = inspected(capture("cut.pcap"));
  expect(of(records, "note").map(({ message }) => message)).toEqual([
    "2,774 bytes are missing in the capture at offset 458: the stream cannot be read on",
    "2,770 bytes are missing in the capture at offset 450: the stream cannot be read on",
  ]);
  expect(of(records, "end")).toMatchObject([
    { state: "missing bytes", frames: 3, messages: 2, unread: 12 },
    { state: "missing bytes", frames: 3, messages: 2, unread: 8 },
  ]);
  expect(of(records, "summary")[0].verdict).toBe("incomplete");
});
