import { readFileSync } from "node:fs";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, startServer } from "../../examples/start-server.ts";
import { HANDSHAKE, RawClient } from "./raw-client.ts";

let server: RunningServer;

beforeAll(async () => {
  server = await startServer({ port: 0, closeTimeout: 200 });
});

afterAll(() => server.stop());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A request whose path goes out as it is, which `fetch` would have tidied. */
function get(path: string, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port: server.port, host: "127.0.0.1", path, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** Says `text` on a socket of its own, and gives back all that comes until the server ends it. */
async function converse(text: string): Promise<string> {
  const client = await RawClient.connect(server.port);
  client.socket.write(text);
  await client.until(() => client.ended);
  client.socket.end();
  return client.received.toString();
}

describe("plain HTTP", () => {
  const here = (path: string): Buffer => readFileSync(new URL(`../../${path}`, import.meta.url));

  it.each([
    ["/", "examples/page/index.html", "text/html; charset=utf-8"],
    ["/?query", "examples/page/index.html", "text/html; charset=utf-8"],
    ["/style.css", "examples/page/style.css", "text/css; charset=utf-8"],
    ["/page/main.js", "examples/dist/page/main.js", "text/javascript; charset=utf-8"],
    ["/wsimd/index.js", "dist/index.js", "text/javascript; charset=utf-8"],
    ["/wsimd/protocol/opcode.js", "dist/protocol/opcode.js", "text/javascript; charset=utf-8"],
    ["/wsimd/index.js.map", "dist/index.js.map", "application/json; charset=utf-8"],
    ["/wsimd/wsimd.wasm", "dist/wsimd.wasm", "application/wasm"],
    ["/tinybench/index.js", "node_modules/tinybench/dist/index.js", "text/javascript; charset=utf-8"],
  ])("%s is %s", async (path, file, type) => {
    const { status, headers, body } = await get(path);
    expect([status, headers["content-type"], headers["x-content-type-options"]]).toEqual([200, type, "nosniff"]);
    expect(body.equals(here(file))).toBe(true);
    const head = await get(path, "HEAD");
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, String(body.length), 0]);
  });

  it.each([
    "/nothing.html",
    "/wsimd/nothing.js",
    "/wsimd/",
    "/wsimd",
    "/wsimd/index.d.ts",
    "/page/main.ts",
    "/tinybench/index.d.ts",
    "/tinybench/../package.json",
    "/page/",
    "/dom.ts",
    "/package.json",
    "/wsimd/../package.json",
    "/wsimd/../dist/index.js",
    "/wsimd/..%2fpackage.json",
    "/wsimd/%2e%2e/package.json",
    "/wsimd/..\\package.js",
    "/wsimd//etc/passwd.js",
    "/wsimd/./index.js",
    "/wsimd/.hidden.js",
    "/wsimd/index.js/",
    "/wsimd/index.js/x.js",
    "/wsimd/index%00.js",
    "/%",
    "//",
    "*",
  ])("%s is 404", async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s is 405", async (method) => {
    const { status, headers } = await get("/", method);
    expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
  });
});

describe("a handshake that is none", () => {
  /** The good handshake with one line changed, or dropped. */
  const changed = (name: string, line?: string): string =>
    HANDSHAKE.split("\r\n")
      .flatMap((old) => (old.startsWith(name) ? (line === undefined ? [] : [line]) : [old]))
      .join("\r\n");

  it.each<[string, string, number, RegExp]>([
    ["another method", changed("GET", "POST / HTTP/1.1"), 405, /\r\nAllow: GET\r\n/],
    ["HTTP/1.0", changed("GET", "GET / HTTP/1.0"), 400, /HTTP\/1\.1/],
    ["no Host", changed("Host"), 400, /Host/],
    ["two Hosts", changed("Host", "Host: a\r\nHost: b"), 400, /Host/],
    ["another protocol", changed("Upgrade", "Upgrade: h2c"), 426, /\r\nUpgrade: websocket\r\n/],
    ["no key", changed("Sec-WebSocket-Key"), 400, /Sec-WebSocket-Key/],
    ["a short key", changed("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhl"), 400, /16 bytes/],
    [
      "another version",
      changed("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8"),
      426,
      /\r\nSec-WebSocket-Version: 13\r\n/,
    ],
    [
      "a bad subprotocol",
      changed("Sec-WebSocket-Version", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a b"),
      400,
      /Protocol/,
    ],
  ])("%s", async (_, text, status, content) => {
    const answer = await converse(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(content);
    expect(answer).toMatch(/\r\nConnection: (Upgrade, )?close\r\n/);
    const [head, body] = answer.split("\r\n\r\n");
    expect(head).toContain(`Content-Length: ${body.length}`);
  });

  it("without Connection: Upgrade is an ordinary request for a page (RFC 9110 §7.8)", async () => {
    const answer = await converse(changed("Connection", "Connection: close").replace("/raw", "/"));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it("is refused for good: the socket closes though the client keeps it open and goes on sending", async () => {
    const client = await RawClient.connect(server.port);
    client.socket.write(changed("Sec-WebSocket-Key") + "more".repeat(1000));
    await client.until(() => client.ended);
    expect(client.received.toString()).toMatch(/^HTTP\/1\.1 400 /);
    client.socket.write("and more");
    // Once its time is up the server destroys the socket, and a write meets a reset.
    await client.until(() => {
      if (!client.closed) client.socket.write("?");
      return client.closed;
    });
  });
});
