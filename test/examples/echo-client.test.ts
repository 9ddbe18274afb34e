// The echo client, as a process of its own, with a server that behaves as Autobahn's fuzzing server does.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { zlibBackend } from "../../src/extension/zlib.ts";
import { refuse, type SocketConnection, upgrade } from "../../src/node/index.ts";
import { listen } from "../loopback.ts";

// Compiled by `tsc -p examples`, as `npm test` does first.
const COMMAND = fileURLToPath(new URL("../../examples/dist/echo-client.js", import.meta.url));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...args: string[]): Promise<Run> {
  const env = { ...process.env, HTTP_PROXY: "", http_proxy: "" };
  const child = spawn(process.execPath, [COMMAND, ...args], { env });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk;
  });
  const [code] = await once(child, "close");
  return { code, ...output };
}

type Case = (connection: SocketConnection) => Promise<string>;

const echoed = async (connection: SocketConnection, text: string): Promise<string> => {
  const messages = connection[Symbol.asyncIterator]();
  connection.sendText(text);
  const { value } = await messages.next();
  await connection.end();
  return value?.text() === text ? "echoed" : `not echoed: ${value?.length}`;
};

const CASES: readonly Case[] = [
  (connection) => echoed(connection, ""),
  (connection) => echoed(connection, "다람쥐 ".repeat(100_000)),
  // A reserved opcode, which is for the client to fail the connection.
  async (connection) => {
    connection.socket.write(Uint8Array.of(0x83, 0x00));
    return `closed with ${(await connection.closed).code}`;
  },
  // The server goes without a word.
  async (connection) => {
    connection.abort();
    return "aborted";
  },
  async (connection) => `${connection.extension !== undefined} ${await echoed(connection, "x".repeat(5000))}`,
];

/** A fuzzing server; `seen` is what the client asked for, and how each case went. */
async function startFuzzing(count = String(CASES.length)): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer();
  const extension = permessageDeflate({ backend: zlibBackend });
  server.on("upgrade", async (request, socket, head) => {
    const url = request.url ?? "";
    const number = Number(/^\/runCase\?case=(\d+)&agent=wsimd$/.exec(url)?.[1]);
    const known = number > 0 || url === "/getCaseCount" || url === "/updateReports?agent=wsimd";
    if (!known) return refuse(socket, { status: 404, reason: "There is nothing here." });
    const connection = upgrade(request, socket, head, { extension });
    if (connection === undefined) return;
    if (url === "/getCaseCount") connection.sendText(count);
    if (number > 0) {
      seen.push(`${number}: ${await CASES[number - 1](connection)}`);
    } else {
      seen.push(url);
      await connection.end();
    }
  });
  return { url: `ws://127.0.0.1:${await listen(server)}`, seen };
}

describe("the echo client", () => {
  it("runs every case, and has the reports written", async () => {
    const { url, seen } = await startFuzzing();
    const { code, stdout, stderr } = await run(`${url}/`);
    expect(seen).toEqual([
      "/getCaseCount",
      "1: echoed",
      "2: echoed",
      "3: closed with 1002",
      "4: aborted",
      "5: true echoed",
      "/updateReports?agent=wsimd",
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      "case 1 of 5\ncase 5 of 5\n5 cases were run, and the server has been told to write its reports\n",
    );
  });

  it("says in one line what is wrong with a server", async () => {
    const none = await run("ws://127.0.0.1:1");
    expect(none).toEqual({
      code: 1,
      stdout: "",
      stderr: "ws://127.0.0.1:1/getCaseCount: the server at 127.0.0.1:1 could not be reached: ECONNREFUSED\n",
    });
    const secret = await run("ws://u:zq7@127.0.0.1:1");
    expect([secret.code, secret.stderr]).toEqual([1, none.stderr]);
    const { url } = await startFuzzing("many");
    expect(await run(url)).toEqual({
      code: 1,
      stdout: "",
      stderr: `${url}/getCaseCount does not say a number of cases: is it a fuzzing server of Autobahn?\n`,
    });
    const other = await run(`${url}/other`);
    expect([other.code, other.stderr]).toEqual([
      1,
      `${url}/other/getCaseCount: the server did not open a WebSocket: 404\n`,
    ]);
  });

  it("gives up a server that says nothing", { timeout: 20_000 }, async () => {
    const server = createServer();
    server.on(
      "upgrade",
      (request, socket, head) => void upgrade(request, socket, head, { handler: { onMessage() {} } }),
    );
    const url = `ws://127.0.0.1:${await listen(server)}`;
    expect(await run(url)).toEqual({
      code: 1,
      stdout: "",
      stderr: `${url}/getCaseCount does not say a number of cases: is it a fuzzing server of Autobahn?\n`,
    });
  });

  it.each([[], ["--verbose"], ["ws://a", "ws://b"]])("refuses %s", async (...args) => {
    expect(await run(...args)).toEqual({ code: 1, stdout: "", stderr: "one URL is wanted: see --help\n" });
    expect((await run("http://127.0.0.1")).stderr).toMatch(
      /^http:\/\/127\.0\.0\.1\/getCaseCount: uri must begin with ws/,
    );
  });

  it("explains itself", async () => {
    const { code, stdout } = await run("--help");
    expect([code, stdout.split("\n")[0]]).toEqual([0, "Usage: npm run echo-client -- URL"]);
  });
});
