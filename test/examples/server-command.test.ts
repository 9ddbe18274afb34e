import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { RawClient } from "./raw-client.ts";

// Compiled by `tsc -p examples`, as `npm start` and `npm test` do first.
const COMMAND = fileURLToPath(new URL("../../examples/dist/server.js", import.meta.url));

let running: ChildProcess | undefined;

afterEach(() => {
  running?.kill("SIGKILL");
  running = undefined;
});

interface Run {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
}

function run(port: string | undefined, ...args: string[]): Run {
  return runWith({}, port, ...args);
}

function runWith(more: NodeJS.ProcessEnv, port: string | undefined, ...args: string[]): Run {
  const env: NodeJS.ProcessEnv = { ...process.env, DEFLATE: "", ...more };
  delete env.PORT;
  if (port !== undefined) env.PORT = port;
  const child = spawn(process.execPath, [COMMAND, ...args], { env });
  running = child;
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk;
  });
  const exited = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  return { child, output, exited };
}

async function listening({ output }: Run): Promise<number> {
  await expect.poll(() => output.stdout, { timeout: 10_000 }).toMatch(/^wsimd is at http:\/\/127\.0\.0\.1:\d+\/ .*\n$/);
  return Number(/:(\d+)\//.exec(output.stdout)?.[1]);
}

describe("the command", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("says 1001 to its connections and exits with 0 on %s", async (signal) => {
    const started = run("0");
    const client = await RawClient.open(await listening(started));
    started.child.kill(signal);
    await client.until(() => client.frames().length === 1);
    const [{ first, payload }] = client.frames();
    expect([first, payload.readUInt16BE(0)]).toEqual([0x88, 1001]);
    client.socket.end();
    expect(await started.exited).toBe(0);
    expect(started.output.stderr).toBe("");
  });

  it.each(["web", "-1", "65536", "80.5", "0x50", " 80", "999999"])("refuses PORT=%s in one line", async (port) => {
    const { output, exited } = run(port);
    expect(await exited).toBe(1);
    expect(output.stderr).toBe(`PORT must be a number from 0 to 65535, not ${JSON.stringify(port)}\n`);
  });

  it("says in one line that a port is in use", async () => {
    const occupant = createServer().listen(0, "127.0.0.1");
    await once(occupant, "listening");
    const { port } = occupant.address() as AddressInfo;
    const { output, exited } = run(String(port));
    expect(await exited).toBe(1);
    expect(output.stderr).toBe(`port ${port} is in use: set PORT to another one\n`);
    occupant.close();
  });

  it.each([
    ["0", ""],
    ["1", "permessage-deflate"],
  ])("compresses with DEFLATE=1 alone: %s", async (DEFLATE, agreed) => {
    const port = await listening(runWith({ DEFLATE }, "0"));
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(client, "open");
    expect(client.extensions).toBe(agreed);
    client.terminate();
  });

  it("refuses another DEFLATE in one line", async () => {
    const { output, exited } = runWith({ DEFLATE: "yes" }, "0");
    expect(await exited).toBe(1);
    expect(output.stderr).toBe('DEFLATE must be 0 or 1, not "yes"\n');
  });

  it("explains itself", async () => {
    const { output, exited } = run(undefined, "--help");
    expect(await exited).toBe(0);
    expect(output.stdout).toMatch(/^Usage: npm start\n[\s\S]*PORT=8080/);
  });

  it("refuses an argument it does not know", async () => {
    const { output, exited } = run(undefined, "--prot=1");
    expect(await exited).toBe(1);
    expect(output.stderr).toBe("unknown argument --prot=1: see --help\n");
  });
});
