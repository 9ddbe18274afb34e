// Through a proxy that knows nothing of ours, with and without TLS in the tunnel, and with credentials.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect, upgrade } from "../../src/node/index.ts";
import { createCertificate, NO_TLS, NO_TLS_REASON } from "../certificate.ts";
import { freePort } from "../free-port.ts";
import { whereIs } from "../installed.ts";
import { atEnd, listen } from "../loopback.ts";

const PROXY = whereIs("tinyproxy", "squid");
const SQUID = basename(PROXY.path) === "squid";

/** What configures it to connect to any port, from loopback alone. */
function configuration(port: number, folder: string, withCredentials: boolean): string {
  if (SQUID) {
    const lines = [`http_port 127.0.0.1:${port}`, "cache deny all", "access_log none", "cache_log /dev/null"];
    return [...lines, `pid_filename ${join(folder, "pid")}`, "http_access allow localhost", ""].join("\n");
  }
  const lines = [`Port ${port}`, "Listen 127.0.0.1", "Allow 127.0.0.1", `LogFile "${join(folder, "log")}"`];
  if (withCredentials) lines.push("BasicAuth user secret");
  return [...lines, ""].join("\n");
}

/** Where the proxy listens. */
async function startProxy(withCredentials = false): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "wsimd-"));
  const port = await freePort();
  const file = join(folder, "proxy.conf");
  writeFileSync(file, configuration(port, folder, withCredentials));
  const child = spawn(PROXY.path, SQUID ? ["-N", "-f", file] : ["-d", "-c", file], { stdio: "ignore" });
  const ended = once(child, "close");
  atEnd(async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
  });
  const listens = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`${PROXY.path} has ended with ${child.exitCode}`);
    const socket = dial(port, "127.0.0.1");
    const answer = new Promise<boolean>((resolve) => {
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    });
    return answer.finally(() => socket.destroy());
  };
  await expect.poll(listens, { timeout: 10_000 }).toBe(true);
  return `127.0.0.1:${port}`;
}

async function startEcho(secure: boolean): Promise<{ url: string; ca: string | undefined }> {
  const certificate = secure ? createCertificate("IP:127.0.0.1") : undefined;
  const server = certificate === undefined ? createHttpServer() : createHttpsServer(certificate);
  const handler = {
    onMessage: (message: { text(): string }, to: { sendText(text: string): boolean }) =>
      void to.sendText(message.text()),
  };
  server.on("upgrade", (request, socket, head) => upgrade(request, socket, head, { handler }));
  return { url: `${secure ? "wss" : "ws"}://127.0.0.1:${await listen(server)}/`, ca: certificate?.cert };
}

describe.skipIf(PROXY.skipped)(`a real proxy${PROXY.reason}`, () => {
  it.each([false, true])("carries a conversation, TLS: %s", async (secure) => {
    if (secure && NO_TLS) expect.unreachable(`openssl is needed${NO_TLS_REASON}`);
    const proxy = `http://${await startProxy()}`;
    const { url, ca } = await startEcho(secure);
    const connection = await connect(url, { proxy, tls: { ca } });
    const texts = ["short", "long ".repeat(50_000)];
    for (const text of texts) connection.sendText(text);
    const seen: string[] = [];
    for await (const message of connection) if (seen.push(message.text()) === 2) break;
    expect(seen.join() === texts.join()).toBe(true);
    expect(await connection.end()).toMatchObject({ code: 1000, clean: true });
  });

  it("says that it cannot reach the host", async () => {
    const proxy = `http://${await startProxy()}`;
    const error = await connect(`ws://127.0.0.1:${await freePort()}/`, { proxy }).catch((reason) => reason);
    expect(error).toMatchObject({ code: "PROXY_REFUSED" });
    expect(error.status).toBeGreaterThanOrEqual(500);
  });

  // squid asks a program of its own for them.
  it.skipIf(SQUID)("wants credentials", async () => {
    const at = await startProxy(true);
    const { url } = await startEcho(false);
    const error = await connect(url, { proxy: `http://${at}` }).catch((reason) => reason);
    expect(error).toMatchObject({ code: "PROXY_REFUSED", status: 407 });
    await (await connect(url, { proxy: `http://user:secret@${at}` })).end();
  });
});
