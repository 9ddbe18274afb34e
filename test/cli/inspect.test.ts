import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { TextOutput } from "../../src/cli/text-output.ts";
import { inspected, of } from "../inspect/inspected.ts";
import { concat, frame, hex, KEY, pattern } from "../wire.ts";
import { COMMAND, run, start } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "wsimd-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const TALK = concat(
  frame({ opcode: 1, payload: "Hello\x1b[31m\n", key: KEY }),
  frame({ opcode: 2, payload: pattern(40), key: [0, 0, 0, 0] }),
  frame({ opcode: 8, payload: hex("03 e9 62 79 65"), key: KEY }),
);
const talk = file("talk", TALK);
const wrong = file("wrong", concat(frame({ opcode: 1, payload: "Hello" }), hex("83 00 00")));
const VIOLATION = join(import.meta.dirname, "../inspect/captures/violation.pcap");
const violation = readFileSync(VIOLATION);
/** Where the packets of its WebSocket begin, behind those of a plain request. */
const SECOND = 858;

describe("wsimd inspect", () => {
  test("lists frames, and exits with 0", async () => {
    const { code, stdout, stderr } = await run(["inspect", talk]);
    expect(stdout.split("\n")).toEqual([
      "sent by the client",
      '       0  0x0        FIN  text         mask 37fa213d 11 bytes    "Hello\\u{1b}[31m\\n"',
      expect.stringMatching(
        /^ {6}17 {2}0x11 {7}FIN {2}binary {7}mask 00000000 40 bytes {4}05 24 43( [0-9a-f]{2}){29} … 8 more bytes$/,
      ),
      '      63  0x3f       FIN  close        mask 37fa213d 5 bytes     1001 GoingAway "bye"',
      "                     end: 3 frames, 2 messages, 74 bytes",
      "valid: 3 frames, 2 messages, 74 bytes in 1 stream, no violation",
      "",
    ]);
    expect([code, stderr]).toEqual([0, ""]);
  });

  test("shows a violation with all that is known of it, and exits with 1", async () => {
    const { code, stdout } = await run(["inspect", wrong]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ {7}7 {2}0x7 {8}RESERVED_OPCODE {2}§5\.2 {2}close code 1002$/m);
    expect(stdout).toMatch(/^ +header 83 00$/m);
    expect(stdout).toMatch(/the stream cannot be read on: 3 bytes are left unread/);
    expect(stdout).toMatch(/^invalid: .* 1 violation$/m);
  });

  test("marks the streams of a capture", async () => {
    const { code, stdout } = await run(["inspect", VIOLATION]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^#1 127\.0\.0\.1:\d+ → 127\.0\.0\.1:9204\n#1 → +GET \/chat HTTP\/1\.1 {2}subprotocol chat/);
    expect(stdout).toMatch(/^#1 ← {8}0 {2}0x0 .* "before"$/m);
    expect(stdout).toMatch(/\n1 TCP connection skipped, with no opening handshake of a WebSocket\n$/);
  });

  test("shows payloads whole with --full", async () => {
    const long = file(
      "long",
      concat(frame({ opcode: 2, payload: pattern(100) }), frame({ opcode: 1, payload: "é".repeat(400) })),
    );
    const { stdout } = await run(["inspect", "--full", long]);
    expect(stdout).toContain(Buffer.from(pattern(100)).toString("hex").match(/../g)!.join(" "));
    expect(stdout).toContain(`"${"é".repeat(400)}"\n`);
    expect((await run(["inspect", long])).stdout).toContain(`"${"é".repeat(128)}" …\n`);
  });

  test("writes JSON, an object a line", async () => {
    const { code, stdout } = await run(["inspect", "--json", wrong]);
    expect(code).toBe(1);
    const records = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records.map(({ type }) => type)).toEqual(["frame", "violation", "end", "summary"]);
    expect(records[0]).toMatchObject({
      offset: 0,
      name: "text",
      masked: false,
      payload: { text: "Hello", cut: false },
    });
    expect(records[1]).toMatchObject({
      code: "RESERVED_OPCODE",
      closeCode: 1002,
      section: "5.2",
      offset: 7,
      header: "8300",
    });
    expect(records[3]).toMatchObject({ verdict: "invalid", violations: 1 });
  });

  test.each([[[]], [["-"]], [["--format", "raw"]]])("reads standard input with the arguments %j", async (args) => {
    const { code, stdout } = await run(["inspect", ...args], { input: TALK });
    expect([code, stdout]).toEqual([0, (await run(["inspect", talk])).stdout]);
  });

  test.each([
    [["--role", "client"], 1, "MASK_FORBIDDEN"],
    [["--role", "server"], 0, "valid"],
    [["--max-frame-length", "20"], 1, "FRAME_TOO_LONG"],
    [["--max-message-length", "20", "--max-frame-length", "90"], 1, "MESSAGE_TOO_LONG"],
    [["--max-fragments", "0"], 1, "TOO_MANY_FRAGMENTS"],
    [["--max-retained-bytes", "1"], 0, "valid"],
  ])("judges as %j asks", async (args, code, word) => {
    const found = await run(["inspect", ...args, talk]);
    expect([found.code, found.stdout]).toEqual([code, expect.stringContaining(word)]);
  });

  test("decompresses with --deflate", async () => {
    const { code, stdout } = await run(["inspect", "--deflate"], { input: "c1 07 f2 48 cd c9 c9 07 00" });
    expect([code, stdout]).toEqual([0, expect.stringContaining('inflated 5  "Hello"')]);
    expect((await run(["inspect"], { input: "c1 07 f2 48 cd c9 c9 07 00" })).code).toBe(1);
  });

  test("says of a payload that was not decompressed that it was not", () => {
    const [frame] = of(inspected("c1 07 f2 48 cd c9 c9 07 00", { deflate: true }), "frame");
    const output = new TextOutput(process.stdout, false);
    const left = { ...frame, decompressed: false, payload: { length: 7, cut: false, hex: "f248cdc9c90700" } };
    expect(output.write(left)).toMatch(/ RSV1 text +unmasked +7 bytes, not inflated {2}f2 48 cd c9 c9 07 00$/);
  });

  test("colours where it is asked to, and nowhere else", async () => {
    const red = (text: string) => text.includes("\x1b[31m");
    expect(red((await run(["inspect", wrong])).stdout)).toBe(false);
    expect(red((await run(["inspect", wrong], { env: { FORCE_COLOR: "1" } })).stdout)).toBe(true);
    expect(red((await run(["inspect", "--json", wrong], { env: { FORCE_COLOR: "1" } })).stdout)).toBe(false);
    expect(red((await run(["inspect", wrong], { env: { NO_COLOR: "1" } })).stdout)).toBe(false);
  });

  test.each([
    ["c1 00", [], "--deflate"],
    ["81 00", ["--role", "server"], "--role client"],
    ["81 80 00 00 00 00", ["--role", "client"], "--role server"],
    ["81 05", ["--max-frame-length", "4"], "received 5 bytes, where 4 are allowed; --max-frame-length"],
    ["83 00", [], "received opcode 0x3; if the peer is right"],
  ])("says what to do about a violation on the command line: %s", async (input, args, advice) => {
    const { stdout } = await run(["inspect", ...args], { input });
    expect(stdout).toContain(advice);
    expect(stdout).not.toMatch(/passed to the decoder|decoded with|maxFrameLength/);
  });

  test("writes the summary as JSON where nothing was found, too", async () => {
    const { code, stdout, stderr } = await run(["inspect", "--json", "--format", "raw"]);
    expect(JSON.parse(stdout)).toMatchObject({ type: "summary", verdict: "nothing found", streams: 0 });
    expect([code, stderr]).toEqual([2, "wsimd: standard input: nothing found: there are no bytes\n"]);
  });

  test("exits with 0 where a stream ends too early, and says so", async () => {
    const { code, stdout } = await run(["inspect"], { input: "81 05 48" });
    expect([code, stdout]).toEqual([0, expect.stringContaining("the stream ends inside a frame")]);
    expect(stdout).toMatch(/^incomplete: .* no violation in what is there$/m);
  });

  test("ends quietly when nobody reads on", async () => {
    const many = file("many", concat(...Array.from({ length: 20_000 }, () => frame({ opcode: 1, payload: "a" }))));
    const child = start(["inspect", many]);
    let stderr = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    await once(child.stdout!, "data");
    child.stdout!.destroy();
    const [code] = await once(child, "close");
    expect([code, stderr]).toEqual([0, ""]);
  });
});

const FULL = existsSync("/dev/full");
test.skipIf(!FULL)(
  `output that cannot be written is said in one line${FULL ? "" : " (skipped: no /dev/full here)"}`,
  async () => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [COMMAND, "inspect", talk], { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    let stderr = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, "close");
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^wsimd: the output cannot be written: ENOSPC[^\n]*\n$/)]);
  },
);

describe("what is made to act on a terminal", () => {
  const ACTS = "\x1b[31m\u009b\u202e";

  test("is escaped in JSON", async () => {
    const evil = file("evil", frame({ opcode: 1, payload: "\u009b\u202e\x7f" }));
    const { stdout } = await run(["inspect", "--json", evil]);
    expect(stdout).toContain('"text":"\\u009b\\u202e\\u007f"');
  });

  test.each([[["inspect", join(folder, ACTS)]], [["inspect", talk, ACTS]], [["inspect", `--${ACTS}`]], [[ACTS]]])(
    "is escaped in a message: %j",
    async (args) => {
      const { code, stderr } = await run(args);
      expect(code).toBe(2);
      expect(stderr).toContain("\\u{1b}[31m\\u{9b}\\u{202e}");
      for (const character of "\x1b\u009b\u202e") expect(stderr).not.toContain(character);
    },
  );
});

test("an error that is wsimd's own exits with 2, in one line", async () => {
  const broken = "String.prototype.padEnd = () => { throw new RangeError('broken\\nhere') }";
  const env = { NODE_OPTIONS: `--import="data:text/javascript,${encodeURIComponent(broken)}"` };
  const { code, stderr } = await run(["inspect", talk], { env });
  expect([code, stderr]).toEqual([2, "wsimd: unexpected RangeError: broken\\nhere\n"]);
});

test("what one piece of the input makes is handed on bit by bit, and waits for who reads it", async () => {
  // 256 KiB of it are 131,072 lines, which together do not fit into the memory that there is.
  const dump = file("dump", `00000000  ${"89 00 ".repeat(8)}\n*\n00040000\n`);
  const args = ["--max-old-space-size=32", COMMAND, "inspect", "--json", dump];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  let read = 0;
  child.stdout.on("data", (chunk: Uint8Array) => {
    read += chunk.length;
  });
  expect(await once(child, "close")).toEqual([0, null]);
  expect(read).toBeGreaterThan(30_000_000);
});

describe("what cannot be read", () => {
  test.each([
    [["inspect", join(folder, "nothing")], "nothing: no such file\n"],
    [["inspect", join(talk, "nothing")], "nothing: no such file\n"],
    [["inspect", folder], `${folder}: is a directory\n`],
    [["inspect"], "standard input: nothing found: there are no bytes\n"],
    [["inspect", file("empty", "")], "empty: nothing found: there are no bytes\n"],
    [
      ["inspect", file("no packets", violation.subarray(0, 24))],
      "nothing found: no TCP connection is in the capture\n",
    ],
    [["inspect", file("another connection", violation.subarray(0, SECOND))], "nothing found: 1 TCP connection skipped"],
    [["inspect", file("picture.png", hex("89 50 4e 47 0d 0a 1a 0a"))], "picture.png: the input is a PNG image"],
    [["inspect", file("text", "hello")], "text: “h” in line 1, column 1 is no hex: text is read as hex unless"],
    [["inspect", "--format", "pcap", talk], "the input is no capture"],
    [["inspect", "--format", "xml", talk], '--format must be raw or hex or pcap, not "xml"'],
    [["inspect", "--role", "proxy", talk], '--role must be client or server, not "proxy"'],
    [
      ["inspect", "--max-fragments", "-1", talk],
      "Option '--max-fragments' needs a value that begins with no dash: see",
    ],
    [["inspect", "--max-fragments"], "Option '--max-fragments <value>' argument missing: see"],
    [["inspect", "--max-fragments=many", talk], '--max-fragments must be a whole number, not "many"'],
    [["inspect", "--wrong", talk], "Unknown option '--wrong': see wsimd inspect --help"],
    [["inspect", talk, wrong], `2 files, and one FILE at a time: pass ${talk} alone, then ${wrong}\n`],
    [["explain"], "unknown command explain: see wsimd --help"],
    [[], "a command is missing: see wsimd --help"],
  ])("is said in one line, with exit code 2: %j", async (args, reason) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^wsimd: [^\n]+\n$/);
    expect(stderr).toContain(reason);
  });
});

describe("wsimd", () => {
  test.each([["--help"], ["-h"], ["help"], ["inspect", "--help"], ["inspect", "-h"], ["help", "inspect"]])(
    "%s %s shows how it is used",
    async (...args) => {
      const { code, stdout, stderr } = await run(args.filter(Boolean));
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(args.includes("inspect") ? /^Usage: wsimd inspect / : /^Usage: wsimd COMMAND/);
      for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(130);
    },
  );

  test("--version is the package's", async () => {
    expect((await run(["--version"])).stdout).toBe(`${manifest.version}\n`);
  });

  test("is the command of the package, which needs no build to run", () => {
    expect(join(import.meta.dirname, "../..", manifest.bin.wsimd)).toBe(COMMAND);
    expect(readFileSync(COMMAND, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});
