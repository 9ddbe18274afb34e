// Workers in Cloudflare's runtime, on the streams of its sockets, with a server that knows nothing of us: `ws`. A worker cannot
// be the server's side: there are no raw sockets that it could accept.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { acceptKey } from "../../src/handshake/index.ts";
import { nodeOf } from "../installed.ts";
import { atEnd, listen as listenOn } from "../loopback.ts";

const NODE = nodeOf(24);

/** The worker that `file` of the repository exports, bundled as for Cloudflare: where it answers requests. */
async function serveWorker(file: string, bindings: Readonly<Record<string, string>>): Promise<string> {
  const root = join(import.meta.dirname, "../..");
  const folder = mkdtempSync(join(tmpdir(), "wsimd-worker-"));
  atEnd(() => rmSync(folder, { recursive: true }));
  await build({
    entryPoints: [join(root, file)],
    outfile: join(folder, "worker.js"),
    bundle: true,
    format: "esm",
    conditions: ["workerd"],
    external: ["cloudflare:*"],
    loader: { ".wasm": "copy" },
  });
  const host = spawn(NODE.path, [join(root, "test/runtimes/serve-worker.mjs"), folder, JSON.stringify(bindings)], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  atEnd(async () => {
    host.disconnect();
    if (host.exitCode === null) await once(host, "exit");
  });
  const [url] = await Promise.race([once(host.stdout!, "data"), once(host, "exit")]);
  return String(url).trim();
}

async function listen(server: WebSocketServer): Promise<string> {
  await once(server, "listening");
  atEnd(() => new Promise((resolve) => server.close(resolve)));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe.skipIf(NODE.skipped)(`a worker${NODE.reason}`, () => {
  it("answers what a server has echoed, by the WASM kernel, and closes cleanly; 502 where there is no WebSocket", async () => {
    let refuses = false;
    const codes: number[] = [];
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", verifyClient: () => !refuses });
    server.on("connection", (peer) => {
      peer.on("message", (data, binary) => peer.send(data, { binary }));
      peer.on("close", (code) => codes.push(code));
    });
    const ECHO = await listen(server);
    const worker = await serveWorker("examples/workers/echo.ts", { ECHO });
    const lines = ["hello", "", "다람쥐 헌 쳇바퀴에 타고파 🐿️", "long ".repeat(100_000)];
    const answers = await Promise.all(
      [1, 2, 3].map(async () => (await fetch(worker, { method: "POST", body: lines.join("\n") })).json()),
    );
    expect(answers).toEqual(new Array(3).fill({ echoed: lines, kernel: "wasm-simd" }));
    expect(codes).toEqual([1000, 1000, 1000]);

    refuses = true;
    const refused = await fetch(worker, { method: "POST", body: "hello" });
    expect([refused.status, await refused.text()]).toEqual([
      502,
      `${ECHO}: the server did not open a WebSocket: 401\n`,
    ]);
  });

  // A timer or a task ends with the request that has set it: what is shared must not rest on one.
  it("serves a request after another has ended in the midst of sending, with an open connection", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    const messages: string[] = [];
    server.on("connection", (peer) => {
      peer.on("message", (data) => messages.push(String(data)));
      peer.on("ping", () => peer.close(4000));
    });
    const worker = await serveWorker("test/conversations/worker.ts", { uri: await listen(server) });
    expect(await (await fetch(`${worker}?leave`)).json()).toBe("left");
    expect(await (await fetch(`${worker}?stay`)).json()).toBe(4000);
    expect(messages).toEqual(["I leave", "I stay"]);
  });

  it.each(["abort", "timeOut"])("leaves no socket open after %s, though its request goes on", async (task) => {
    let open = Number.POSITIVE_INFINITY;
    const server = createServer((socket) => {
      const from = performance.now();
      socket.on("data", (request) => {
        const key = /^Sec-WebSocket-Key: (.*)\r$/m.exec(String(request))![1];
        const accept = acceptKey(key, (bytes) => createHash("sha1").update(bytes).digest());
        const lines = [
          "HTTP/1.1 101 OK",
          "Upgrade: websocket",
          "Connection: Upgrade",
          `Sec-WebSocket-Accept: ${accept}`,
        ];
        if (task === "abort") socket.write(`${lines.join("\r\n")}\r\n\r\n`);
      });
      socket.on("error", () => {});
      socket.on("close", () => {
        open = performance.now() - from;
      });
    });
    const uri = `ws://127.0.0.1:${await listenOn(server)}/`;
    const worker = await serveWorker("test/conversations/worker.ts", { uri });
    const answer = await (await fetch(`${worker}?${task}`)).json();
    expect(answer).toBe(task === "abort" ? "aborted" : "TIMED_OUT");
    // The request goes on for three seconds.
    expect(open).toBeLessThan(1500);
  });

  it("has a WebSocket tell of more messages at once than it may have timers", async () => {
    const worker = await serveWorker("test/conversations/worker.ts", {});
    expect(await (await fetch(`${worker}?count`)).json()).toEqual([12_000, 4000]);
  });
});
