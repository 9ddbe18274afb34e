// The examples for Bun and Deno, each in its own runtime, with clients that know nothing of us: `ws`, and undici, which is what Node has.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { WebSocket as UndiciWebSocket } from "undici";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Opcode } from "../../src/index.ts";
import { PAYLOADS } from "../conversations/payloads.ts";
import { runtime } from "../installed.ts";
import { atEnd, stands } from "../loopback.ts";
import { concat, frame, KEY } from "../wire.ts";
import { HANDSHAKE, RawClient } from "./raw-client.ts";

const ROOT = join(import.meta.dirname, "../..");
const BUN = runtime(".bin/bun");
const DENO = runtime(".bin/deno");

interface Run {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
}

/** By their bytes: to compare long ones as objects takes seconds. */
function same(one: string | Buffer, other: string | Buffer): boolean {
  return typeof one === typeof other && Buffer.from(one).equals(Buffer.from(other));
}

describe.each([
  { title: `Bun${BUN.reason}`, program: BUN, flags: [], script: "examples/bun-server.ts" },
  {
    title: `Deno${DENO.reason}`,
    program: DENO,
    flags: ["run", "--cached-only", "--allow-net=127.0.0.1", "--allow-env=PORT"],
    script: "examples/deno-server.ts",
  },
])("$title", ({ program, flags, script }) => {
  function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
    const child = spawn(program.path, [...flags, script, ...args], {
      cwd: ROOT,
      env: { ...process.env, PORT: "", NO_COLOR: "1", ...env },
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      output.stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output.stderr += chunk;
    });
    atEnd(() => child.kill("SIGKILL"));
    return { child, output };
  }

  async function serve(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> {
    const { output } = run(args, env);
    await expect
      .poll(() => output.stdout + output.stderr, { timeout: 20_000 })
      .toMatch(/^wsimd is at ws:\/\/127\.0\.0\.1:\d+\/ \(Ctrl\+C stops it\)\n$/);
    return /ws:\S+/.exec(output.stdout)![0];
  }

  it.skipIf(program.skipped)("echoes whatever ws and Node's own client send, and closes cleanly", async () => {
    const url = await serve(["0"]);
    const payloads = [...PAYLOADS, ...Array.from({ length: 2000 }, (_, at) => `message ${at}`)];
    const ws = new WebSocket(url);
    await once(ws, "open");
    const echoed: (string | Buffer)[] = [];
    ws.on("message", (data: Buffer, binary) => echoed.push(binary ? data : String(data)));
    for (const payload of payloads) ws.send(payload);
    await expect.poll(() => echoed.length).toBe(payloads.length);
    expect(echoed.every((echo, at) => same(echo, payloads[at]))).toBe(true);
    ws.close(4001);
    const [code] = await once(ws, "close");
    expect(code).toBe(4001);

    const undici = new UndiciWebSocket(url);
    undici.binaryType = "arraybuffer";
    await once(undici, "open");
    for (const payload of PAYLOADS) {
      undici.send(payload);
      const [{ data }] = await once(undici, "message");
      expect(same(typeof data === "string" ? data : Buffer.from(data), payload)).toBe(true);
    }
    undici.close(4002);
    const [closed] = await once(undici, "close");
    expect([closed.code, closed.wasClean]).toEqual([4002, true]);
  });

  it.skipIf(program.skipped)("lets a client wait that does not read, and echoes all once it does", async () => {
    const client = new WebSocket(await serve([], { PORT: "0" }), { perMessageDeflate: false });
    await once(client, "open");
    const messages = 1000;
    let sent = 0;
    let echoed = 0;
    client.on("message", () => echoed++);
    client.pause();
    const sending = (async () => {
      for (; sent < messages; sent++) await new Promise((taken) => client.send(Buffer.alloc(65_536), taken));
    })();
    await stands(() => sent);
    // The buffers of the system hold some megabytes: a server that read on would have taken all 64.
    expect(sent).toBeLessThan(messages / 2);
    client.resume();
    await sending;
    await expect.poll(() => echoed).toBe(messages);
    client.close(1000);
    const [code] = await once(client, "close");
    expect(code).toBe(1000);
  });

  /** Has asked for a WebSocket. */
  async function rawClient(): Promise<RawClient> {
    const client = await RawClient.connect(Number(new URL(await serve(["0"])).port));
    atEnd(() => client.socket.destroy());
    client.socket.write(HANDSHAKE);
    return client;
  }

  /** The frames that it gets, up to the end. */
  async function framesTo(client: RawClient): Promise<Buffer> {
    await client.until(() => client.ended);
    client.takeHead();
    return client.received;
  }

  it.skipIf(program.skipped)(
    "loses nothing of its echo to a client that says all at once, its end included",
    async () => {
      const client = await rawClient();
      const payload = "long ".repeat(100_000);
      const close = Uint8Array.of(0x03, 0xe8);
      client.socket.end(
        concat(
          frame({ opcode: Opcode.Text, payload, key: KEY }),
          frame({ opcode: Opcode.Close, payload: close, key: KEY }),
        ),
      );
      const echo = concat(frame({ opcode: Opcode.Text, payload }), frame({ opcode: Opcode.Close, payload: close }));
      const frames = await framesTo(client);
      expect([frames.length, frames.equals(echo)]).toEqual([echo.length, true]);
    },
  );

  it.skipIf(program.skipped)("has a client that breaks a rule, and goes on, know why it is closed", async () => {
    const client = await rawClient();
    const { socket } = client;
    socket.write(frame({ opcode: Opcode.Text, payload: "not masked" }));
    const failures: Error[] = [];
    socket.on("error", (error) => failures.push(error));
    const frames = await framesTo(client);
    expect(frames.subarray(0, 1).toString("hex") + frames.subarray(2, 4).toString("hex")).toBe("8803ea");
    // It is read to its end, and not reset, by which it might lose the Close.
    for (let piece = 0; piece < 20; piece++)
      await new Promise((resolve) => socket.write(new Uint8Array(10_000), resolve));
    socket.end();
    await once(socket, "close");
    expect(failures).toEqual([]);
  });

  it.skipIf(program.skipped)("says that a port is in use", async () => {
    const { port } = new URL(await serve(["0"]));
    const { child, output } = run([port]);
    const [code] = await once(child, "close");
    expect([code, output.stdout + output.stderr]).toEqual([1, `port ${port} is in use: name another one\n`]);
  });

  it.skipIf(program.skipped)("says what it is to be given, and in one line what is wrong", async () => {
    const ends = async ({ child, output }: Run) => [(await once(child, "close"))[0], output.stdout + output.stderr];
    const [help, wrong, more, variable] = await Promise.all([
      ends(run(["--help"])),
      ends(run(["web"])),
      ends(run(["0", "8080"])),
      ends(run([], { PORT: "65536" })),
    ]);
    expect(help).toEqual([0, expect.stringMatching(/^Usage: .*server\.ts \[PORT\]\n[\s\S]*--help/)]);
    expect(wrong).toEqual([1, 'the port must be a number from 0 to 65535, not "web"\n']);
    expect(more).toEqual([1, "unknown argument 8080: see --help\n"]);
    expect(variable).toEqual([1, 'PORT must be a number from 0 to 65535, not "65536"\n']);
  });
});
