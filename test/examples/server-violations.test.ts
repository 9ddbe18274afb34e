import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERRORS, type ErrorCode, ProtocolError } from "wsimd";
import { type RunningServer, startServer } from "../../examples/start-server.ts";
import { clientFrame, closePayload, HANDSHAKE, RawClient } from "./raw-client.ts";

let server: RunningServer;
/** A connection that every test leaves alone: the faults of the others must not touch it. */
let bystander: RawClient;

beforeAll(async () => {
  // Longer than any test: no connection may need its timeout to end.
  server = await startServer({ port: 0, closeTimeout: 600_000 });
  bystander = await RawClient.open(server.port);
});

afterAll(async () => {
  bystander.socket.destroy();
  await server.stop();
});

const TEXT = 0x81;
const PING = 0x89;
const CLOSE = 0x88;

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

interface Violation {
  readonly code: ErrorCode;
  readonly closeCode: number;
  readonly bytes: Buffer;
  /** Where the byte at fault lies in `bytes`. */
  readonly offset: number;
}

function violation(code: ErrorCode, closeCode: number, bytes: Buffer, offset: number): Violation {
  return { code, closeCode, bytes, offset };
}

const KEY = "37fa213d";

const VIOLATIONS: readonly Violation[] = [
  // 1 1 0 0 0001 | 1 0000000: RSV1 with no extension.
  violation("RESERVED_BITS", 1002, hex(`c180 ${KEY}`), 0),
  // 1 0 0 1 0010 | 1 0000000: RSV3.
  violation("RESERVED_BITS", 1002, hex(`9280 ${KEY}`), 0),
  // 1 0 0 0 0011 | 1 0000000: the first of the reserved data opcodes.
  violation("RESERVED_OPCODE", 1002, hex(`8380 ${KEY}`), 0),
  // 1 0 0 0 1111 | 1 0000000: the last of the reserved control opcodes.
  violation("RESERVED_OPCODE", 1002, hex(`8f80 ${KEY}`), 0),
  // 0 0 0 0 1001 | 1 0000000: a ping without FIN.
  violation("FRAGMENTED_CONTROL", 1002, hex(`0980 ${KEY}`), 0),
  violation("UNEXPECTED_CONTINUATION", 1002, hex(`8080 ${KEY}`), 0),
  // 0 0 0 0 0001 | 1 0000000, and then a text where a continuation must come.
  violation("EXPECTED_CONTINUATION", 1002, hex(`0180 ${KEY} 8180 ${KEY}`), 6),
  // 1 0 0 0 0001 | 0 0000001: not masked.
  violation("MASK_REQUIRED", 1002, hex("8101 61"), 1),
  // 1 0 0 0 1001 | 1 1111110 | 126: a ping of 126 bytes.
  violation("CONTROL_TOO_LONG", 1002, clientFrame(PING, "p".repeat(126)), 1),
  // 1 0 0 0 0010 | 1 1111110 | 125: two bytes of length where seven bits would do.
  violation("LENGTH_NOT_MINIMAL", 1002, hex(`82fe 007d ${KEY}`), 2),
  // 1 0 0 0 0010 | 1 1111111 | 65535: eight where two would do.
  violation("LENGTH_NOT_MINIMAL", 1002, hex(`82ff 000000000000ffff ${KEY}`), 2),
  violation("LENGTH_TOP_BIT", 1002, hex(`82ff 8000000000000000 ${KEY}`), 2),
  violation("LENGTH_UNSAFE", 1009, hex(`82ff 0020000000000000 ${KEY}`), 2),
  violation("FRAME_TOO_LONG", 1009, hex(`82ff 0000000001000001 ${KEY}`), 2),
  // "é" cut after its first byte, and a byte that does not continue it.
  violation("INVALID_UTF8", 1007, clientFrame(TEXT, Buffer.from([0x61, 0xc3, 0x28, 0x61])), 8),
  // Two fragments of 9 MiB: the second one's header tells.
  violation(
    "MESSAGE_TOO_LONG",
    1009,
    Buffer.concat([clientFrame(0x02, Buffer.alloc(9 * 2 ** 20)), clientFrame(0x80, Buffer.alloc(9 * 2 ** 20))]),
    14 + 9 * 2 ** 20 + 14,
  ),
  // 65 537 fragments of no bytes.
  violation(
    "TOO_MANY_FRAGMENTS",
    1008,
    Buffer.concat([hex(`0280 ${KEY}`), ...Array.from({ length: 65_536 }, () => hex(`0080 ${KEY}`))]),
    6 * 65_537,
  ),
  violation("CLOSE_PAYLOAD_TRUNCATED", 1002, clientFrame(CLOSE, Buffer.from([3])), 6),
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map((code) =>
    violation("INVALID_CLOSE_CODE", 1002, clientFrame(CLOSE, closePayload(code)), 6),
  ),
  violation("INVALID_CLOSE_REASON", 1007, clientFrame(CLOSE, Buffer.from([0x03, 0xe8, 0xff])), 8),
];

/** Expects one Close and nothing else, then the end of the stream. */
async function expectClose(client: RawClient, expected: Violation, before: number): Promise<void> {
  await client.until(() => client.ended);
  const frames = client.frames();
  expect(frames.length).toBe(before + 1);
  const { first, payload } = frames[before];
  expect(first).toBe(CLOSE);
  expect(payload.readUInt16BE(0)).toBe(expected.closeCode);
  expect(payload.subarray(2).toString()).toContain(`RFC 6455 §${ERRORS[expected.code].section}`);
}

async function expectEcho(client: RawClient, text: string): Promise<void> {
  const before = client.frames().length;
  client.socket.write(clientFrame(TEXT, text));
  const frames = await client.takeFrames(before + 1);
  expect(frames[before]).toEqual({ first: TEXT, payload: Buffer.from(text) });
}

describe("a violation", () => {
  it("is tried for every error that a client can cause under the default limits", () => {
    const tried = new Set(VIOLATIONS.map(({ code }) => code));
    const untried = Object.keys(ERRORS).filter((code) => !tried.has(code as ErrorCode));
    // A server cannot be sent what only a client must not get, this one agrees on no compression, and it retains all that its
    // limits on messages let through.
    expect(untried).toEqual(["MASK_FORBIDDEN", "INVALID_COMPRESSED_DATA", "RETAINED_LIMIT"]);
  });

  it.each(VIOLATIONS)("$code is answered with $closeCode, and ends its connection only", async (expected) => {
    const client = await RawClient.open(server.port);
    // A good message before it is echoed first.
    client.socket.write(Buffer.concat([clientFrame(TEXT, "before"), expected.bytes]));
    await expectClose(client, expected, 1);
    expect(client.frames()[0]).toEqual({ first: TEXT, payload: Buffer.from("before") });
    expect(client.frames()[1].payload.toString()).toContain(`(byte ${12 + expected.offset}, `);
    client.socket.end();
    await client.until(() => client.closed);
    await expectEcho(bystander, `after ${expected.code}`);
  });

  it.each(VIOLATIONS.filter(({ bytes }) => bytes.length < 200))("$code is found byte by byte too", async (expected) => {
    const client = await RawClient.open(server.port);
    await client.drip(expected.bytes, 1);
    await expectClose(client, expected, 0);
    expect(client.frames()[0].payload.toString()).toContain(`(byte ${expected.offset}, `);
    client.socket.destroy();
  });

  it("is answered though the peer goes on sending, which is read and dropped", async () => {
    const client = await RawClient.open(server.port);
    const more = Buffer.concat(Array.from({ length: 20 }, () => clientFrame(0x82, Buffer.alloc(100_000))));
    client.socket.write(Buffer.concat([hex(`8380 ${KEY}`), more]));
    await client.until(() => client.ended);
    expect(client.frames()).toHaveLength(1);
    client.socket.end();
    await client.until(() => client.closed);
  });

  it("ends in a closed socket after the timeout though the peer never ends its half", async () => {
    const impatient = await startServer({ port: 0, closeTimeout: 200 });
    const client = await RawClient.open(impatient.port);
    client.socket.write(hex(`8380 ${KEY}`));
    await client.until(() => client.ended);
    expect(impatient.connections()).toBe(1);
    await client.until(() => impatient.connections() === 0);
    client.socket.destroy();
    await impatient.stop();
  });

  it("has a message short enough for a Close frame, whatever the error and the offset", () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const { reason } = new ProtocolError(code, Number.MAX_SAFE_INTEGER);
      expect(Buffer.byteLength(reason), code).toBeLessThanOrEqual(123);
    }
  });
});

describe("the stream", () => {
  const conversation = Buffer.concat([
    clientFrame(0x01, Buffer.from("안녕하세요").subarray(0, 4)),
    clientFrame(PING, "now"),
    clientFrame(0x80, Buffer.from("안녕하세요").subarray(4), [1, 2, 3, 4]),
    clientFrame(0x82, Buffer.alloc(300, 7)),
    clientFrame(TEXT, "", [0xff, 0, 0xff, 0]),
    clientFrame(CLOSE, closePayload(4001, "끝")),
  ]);
  const answers = [
    { first: 0x8a, payload: Buffer.from("now") },
    { first: TEXT, payload: Buffer.from("안녕하세요") },
    { first: 0x82, payload: Buffer.alloc(300, 7) },
    { first: TEXT, payload: Buffer.alloc(0) },
    { first: CLOSE, payload: closePayload(4001) },
  ];

  it.each([1, 2, 3, 5, 7, 64, 1000])("may come in pieces of %d bytes", async (size) => {
    const client = await RawClient.open(server.port);
    await client.drip(conversation, size);
    await client.until(() => client.ended);
    expect(client.frames()).toEqual(answers);
    client.socket.end();
  });

  it("may begin in the packet of the handshake", async () => {
    const client = await RawClient.connect(server.port);
    client.socket.write(Buffer.concat([Buffer.from(HANDSHAKE), conversation]));
    await client.until(() => client.ended);
    expect(client.takeHead()).toMatch(/^HTTP\/1\.1 101 /);
    expect(client.frames()).toEqual(answers);
    client.socket.end();
  });

  it("may begin there with half a frame", async () => {
    const client = await RawClient.connect(server.port);
    client.socket.write(Buffer.concat([Buffer.from(HANDSHAKE), conversation.subarray(0, 5)]));
    await client.until(() => client.received.includes("\r\n\r\n"));
    client.socket.write(conversation.subarray(5));
    await client.until(() => client.ended);
    client.takeHead();
    expect(client.frames()).toEqual(answers);
    client.socket.end();
  });

  it("is over with the Close: what follows it is dropped, be it a violation", async () => {
    const client = await RawClient.open(server.port);
    client.socket.write(
      Buffer.concat([clientFrame(CLOSE, closePayload(1000)), hex("ff00"), clientFrame(TEXT, "late")]),
    );
    await client.until(() => client.ended);
    expect(client.frames()).toEqual([{ first: CLOSE, payload: closePayload(1000) }]);
    client.socket.end();
  });

  it("is ended by the server though the Close came while a large answer was on its way", async () => {
    const client = await RawClient.open(server.port);
    const open = server.connections();
    const large = Buffer.alloc(16 * 2 ** 20, 1);
    client.socket.pause();
    client.socket.write(Buffer.concat([clientFrame(0x82, large), clientFrame(CLOSE, closePayload(1000))]));
    await new Promise((resolve) => setTimeout(resolve, 200));
    // What nobody reads would hide the end of the stream that is behind it.
    client.socket.write(clientFrame(TEXT, "late"));
    client.socket.resume();
    await client.until(() => client.ended);
    expect(client.frames().map(({ first, payload }) => [first, payload.length])).toEqual([
      [0x82, large.length],
      [CLOSE, 2],
    ]);
    client.socket.end();
    await client.until(() => server.connections() === open - 1);
  });

  it.each<[string, Buffer]>([
    ["between two frames", clientFrame(TEXT, "whole")],
    ["in a header", hex("82fe01")],
    ["in a payload", clientFrame(TEXT, "x".repeat(1000)).subarray(0, 500)],
    ["in a message", clientFrame(0x01, "part")],
  ])("may be killed %s", async (_, bytes) => {
    for (const kill of ["resetAndDestroy", "end"] as const) {
      const client = await RawClient.open(server.port);
      const open = server.connections();
      await client.drip(bytes, bytes.length);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(server.connections()).toBe(open);
      client.socket[kill]();
      await client.until(() => server.connections() === open - 1);
    }
    await expectEcho(bystander, "alive");
  });

  it("may be killed while a large answer is on its way", async () => {
    const client = await RawClient.open(server.port);
    const open = server.connections();
    client.socket.pause();
    client.socket.write(clientFrame(0x82, Buffer.alloc(16 * 2 ** 20)));
    await new Promise((resolve) => setTimeout(resolve, 200));
    client.socket.resetAndDestroy();
    await client.until(() => server.connections() === open - 1);
    await expectEcho(bystander, "alive");
  });
});
