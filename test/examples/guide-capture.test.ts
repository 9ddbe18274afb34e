// docs/guides/captured-stream.md: what tcpdump and tshark make of a conversation of `ws` with itself, live and from a file, and
// pieces of the test's own.

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { decodeConversation, type Found, type Piece } from "../../examples/guides/decode-conversation.ts";
import { whereIs } from "../installed.ts";
import { atEnd, listen } from "../loopback.ts";
import { concat, frame, KEY } from "../wire.ts";
import { runExample } from "./example-process.ts";
import { HANDSHAKE } from "./raw-client.ts";

/** What `tshark -q -z follow,tcp,raw,0` said of a `converse` that tcpdump had captured. */
const CAPTURED = fileURLToPath(new URL("captured-conversation.txt", import.meta.url));

const REASON = "that was all";
/** Said twice, and the second time it is short: where the window is 12 bits, it reaches back further than 10 bits do. */
const TEXT = Array.from({ length: 14 }, (_line, at) => createHash("sha512").update(`${at}`).digest("base64")).join(
  "두",
);

/** What the example prints of a `converse`. */
const CONVERSATION = [
  ...[TEXT, TEXT, "in fragments"].flatMap((text) => ["client", "server"].map((end) => `${end} text "${text}"`)),
  "client binary 00ff",
  "server binary 00ff",
  "client ping 70",
  "server pong 70",
  `client close 1000 "${REASON}"`,
  `server close 1000 "${REASON}"`,
];

/** The port of a server that echoes. What it says of the windows is not the default: each end compresses with one of its own. */
async function echoes(): Promise<number> {
  const http = createServer();
  const perMessageDeflate = { threshold: 0, serverMaxWindowBits: 10, clientMaxWindowBits: 12 };
  const server = new WebSocketServer({ server: http, perMessageDeflate });
  server.on("connection", (socket) => socket.on("message", (data, binary) => socket.send(data, { binary })));
  return listen(http);
}

/** A compressed conversation, in which nobody speaks before the other has answered. */
async function converse(port: number): Promise<void> {
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: { threshold: 0 } });
  await once(client, "open");
  for (const message of [TEXT, TEXT, "", Buffer.from([0, 255])]) {
    if (message === "") {
      client.send("in frag", { fin: false });
      client.send("ments");
    } else {
      client.send(message);
    }
    await once(client, "message");
  }
  client.ping("p");
  await once(client, "pong");
  client.close(1000, REASON);
  await once(client, "close");
}

test("the file of tshark that is kept is decoded", async () => {
  const { code, stdout, stderr } = await runExample("guides/decode-capture", CAPTURED);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.trim().split("\n")).toEqual(CONVERSATION);
  expect(Buffer.from(readFileSync(CAPTURED, "latin1").split("\n\t")[1], "hex").toString("latin1")).toContain(
    "permessage-deflate; client_max_window_bits=12; server_max_window_bits=10",
  );
});

const tcpdump = whereIs("tcpdump");
const tshark = whereIs("tshark");
const mayCapture = process.getuid?.() === 0 || process.env.CI !== undefined;
const skipped = tcpdump.skipped || tshark.skipped || !mayCapture;
const reason = tcpdump.reason || tshark.reason || (mayCapture ? "" : " (skipped: only root may capture)");

test.skipIf(skipped)(`a conversation is captured and decoded${reason}`, async () => {
  const port = await echoes();
  const loopback = process.platform === "linux" ? "lo" : "lo0";
  const capture = spawn(tcpdump.path, ["-i", loopback, "-U", "--immediate-mode", "-w", "-", `tcp port ${port}`]);
  atEnd(() => capture.kill());
  const packets: Buffer[] = [];
  capture.stdout.on("data", (chunk) => packets.push(chunk));
  let said = "";
  capture.stderr.on("data", (chunk) => {
    said += chunk;
  });
  await expect.poll(() => said).toContain("listening on");
  await converse(port);
  // The server's Close, the last to come, is neither masked nor compressed.
  await expect.poll(() => Buffer.concat(packets).includes(REASON)).toBe(true);
  capture.kill("SIGINT");
  await once(capture, "close");

  const folder = mkdtempSync(join(tmpdir(), "wsimd-"));
  atEnd(() => rmSync(folder, { recursive: true }));
  const [pcap, followed] = [join(folder, "captured.pcap"), join(folder, "captured.txt")];
  writeFileSync(pcap, Buffer.concat(packets));
  writeFileSync(followed, spawnSync(tshark.path, ["-r", pcap, "-q", "-z", "follow,tcp,raw,0"]).stdout);
  const { stdout, stderr } = await runExample("guides/decode-capture", followed);
  expect({ stdout: stdout.trim().split("\n"), stderr }).toEqual({ stdout: CONVERSATION, stderr: "" });
});

const ANSWER = [
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
  "\r\n",
].join("\r\n");

function client(...frames: Uint8Array[]): Piece {
  return ["client", Buffer.from(concat(Buffer.from(HANDSHAKE), ...frames))];
}

function server(...frames: Uint8Array[]): Piece {
  return ["server", Buffer.from(concat(Buffer.from(ANSWER), ...frames))];
}

function decode(...pieces: Piece[]): unknown[] {
  return [...decodeConversation(pieces)].map((found: Found) => {
    if ("violation" in found) return [found.from, found.violation.code, found.violation.section, found.offset];
    if ("cutOff" in found) return [found.from, "cut off"];
    return [found.from, found.event.type === "message" ? found.event.message.text() : found.event.type];
  });
}

const hello = frame({ opcode: 1, payload: "hello", key: KEY });
const hi = frame({ opcode: 1, payload: "hi" });

describe("decodeConversation", () => {
  test("takes the whole of each end, as tcpflow has it", () => {
    expect(decode(client(hello), server(hi))).toEqual([
      ["client", "hello"],
      ["server", "hi"],
    ]);
  });

  test("takes pieces of any length", () => {
    const pieces: Piece[] = [client(hello, hello), server(hi, hi)];
    for (const size of [1, 2, 3, 7, 100]) {
      const cut = pieces.flatMap(([from, bytes]) =>
        Array.from({ length: Math.ceil(bytes.length / size) }, (_piece, at): Piece => {
          return [from, Buffer.from(bytes.subarray(at * size, (at + 1) * size))];
        }),
      );
      expect(decode(...cut)).toEqual([
        ["client", "hello"],
        ["client", "hello"],
        ["server", "hi"],
        ["server", "hi"],
      ]);
    }
  });

  test("says what each end did wrong, by whose rules, and at which byte of its stream; the other is read on", () => {
    expect(decode(client(hello, hi, hello), server(hi, hello), ["client", Buffer.from(hello)])).toEqual([
      ["client", "hello"],
      ["client", "MASK_REQUIRED", "5.1", HANDSHAKE.length + hello.length + 1],
      ["server", "hi"],
      ["server", "MASK_FORBIDDEN", "5.1", ANSWER.length + hi.length + 1],
    ]);
  });

  test("says which end is cut off in a message", () => {
    expect(decode(client(hello), server(hi.subarray(0, 3)))).toEqual([
      ["client", "hello"],
      ["server", "cut off"],
    ]);
  });

  test.each([
    ["half a handshake", [["client", Buffer.from(HANDSHAKE)]], "the opening handshake is not complete"],
    [
      "another answer",
      [client(), ["server", Buffer.from("HTTP/1.1 403 Forbidden\r\n\r\n")]],
      "the server's answer, 403",
    ],
    [
      "another request",
      [["client", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")], server()],
      "the client's request: ",
    ],
    ["what is no HTTP", [["client", Buffer.from("\x16\x03\x01\r\n")], server()], ""],
  ] satisfies [string, Piece[], string][])("refuses %s", (_title, pieces, message) => {
    expect(() => decode(...pieces)).toThrow(message);
  });

  test.each(["x-other", "permessage-deflate, x-other"])("refuses %s, of which it does not know all", (extensions) => {
    const [client, server] = [HANDSHAKE, ANSWER].map((head) =>
      Buffer.from(head.replace("\r\n\r\n", `\r\nSec-WebSocket-Extensions: ${extensions}\r\n\r\n`)),
    );
    const pieces: Piece[] = [
      ["client", client],
      ["server", server],
    ];
    expect(() => decode(...pieces)).toThrow(`no way to decode ${extensions} as it was agreed on`);
  });
});

describe("decode-capture says", () => {
  test("how it is used", async () => {
    const { code, stdout } = await runExample("guides/decode-capture", "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("tshark -r captured.pcap -q -z follow,tcp,raw,0 > FILE");
  });

  test.each([
    [[], "one file is wanted: see --help\n"],
    [[fileURLToPath(import.meta.url)], "has no lines of hex: see --help for how to make it\n"],
    [["no-such-file"], "no such file or directory, open 'no-such-file'\n"],
  ])("what is wrong with %j", async (args, message) => {
    const { code, stderr } = await runExample("guides/decode-capture", ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  test("where the violation is, as the guide shows it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wsimd-"));
    atEnd(() => rmSync(folder, { recursive: true }));
    const pieces = [client(hello), server(frame({ opcode: 1, payload: "hello" })), ["client", Buffer.from(hi)]];
    const lines = (pieces as Piece[]).map(([from, bytes]) => (from === "server" ? "\t" : "") + bytes.toString("hex"));
    writeFileSync(join(folder, "x"), `===\nFollow: tcp,raw\nNode 0: 127.0.0.1:1\n${lines.join("\n")}\n===\n`);
    const { stdout } = await runExample("guides/decode-capture", join(folder, "x"));
    const at = HANDSHAKE.length + hello.length + 1;
    expect(stdout).toContain(`client MASK_REQUIRED at byte ${at} of its stream`);
    expect(readFileSync(new URL("../../docs/guides/captured-stream.md", import.meta.url), "utf8")).toContain(
      `\`\`\`\n${stdout}\`\`\``,
    );
  });
});
