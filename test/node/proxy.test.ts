// Through proxies made up here, with a WebSocket server of ours behind them, in all four ways that TLS can be between.

import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer, connect as dial, type LookupFunction, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ConnectError, type ConnectOptions, connect, type UpgradeOptions, upgrade } from "../../src/node/index.ts";
import { type Certificate, createCertificate, NO_TLS, NO_TLS_REASON } from "../certificate.ts";
import { listen, openSockets } from "../loopback.ts";

beforeEach(() => {
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"]) {
    vi.stubEnv(name, undefined);
  }
  return () => vi.unstubAllEnvs();
});

const echo: UpgradeOptions = {
  handler: { onMessage: (message, connection) => void connection.send(message.opcode, message.data) },
};

/** The port of an echo server of ours. */
function startEcho(certificate?: Certificate): Promise<number> {
  const server = certificate === undefined ? createHttpServer() : createHttpsServer(certificate);
  server.on("upgrade", (request, socket, head) => upgrade(request, socket, head, echo));
  return listen(server);
}

interface Proxy {
  readonly port: number;
  readonly heads: string[];
}

/** A proxy that answers with `answer`, and connects to any host's port on loopback. */
async function startProxy(answer = "HTTP/1.1 200 Connection established\r\n\r\n", tls?: Certificate): Promise<Proxy> {
  const heads: string[] = [];
  const serve = (socket: Socket): void => {
    let head = "";
    socket.on("data", function onData(chunk) {
      head += chunk.toString("latin1");
      if (!head.endsWith("\r\n\r\n")) return;
      socket.off("data", onData);
      heads.push(head);
      socket.write(answer);
      if (!/^HTTP\/1\.[01] 2|\r\nHTTP\/1\.1 2/.test(answer)) return;
      const far = dial(Number(/:(\d+) HTTP/.exec(head)?.[1]), "127.0.0.1");
      far.on("error", () => socket.destroy()).on("close", () => socket.destroy());
      socket.on("error", () => far.destroy()).on("close", () => far.destroy());
      socket.pipe(far).pipe(socket);
    });
  };
  return { port: await listen(tls === undefined ? createServer(serve) : createTlsServer(tls, serve)), heads };
}

/** An echo, long and short, and the end. */
async function converse(url: string, options: ConnectOptions): Promise<void> {
  const before = openSockets();
  for (const handled of [true, false]) {
    const seen: string[] = [];
    const handler = { onMessage: (message: { text(): string }) => void seen.push(message.text()) };
    const connection = await connect(url, handled ? { ...options, handler } : options);
    const texts = ["short", "long ".repeat(50_000)];
    for (const text of texts) connection.sendText(text);
    if (handled) await expect.poll(() => seen.length).toBe(2);
    else for await (const message of connection) if (seen.push(message.text()) === 2) break;
    expect(seen.join() === texts.join()).toBe(true);
    expect(await connection.end()).toMatchObject({ code: 1000, clean: true });
  }
  await expect.poll(openSockets).toBeLessThanOrEqual(before);
}

describe("a proxy", () => {
  it("is asked for the host and the port, with its own credentials alone", async () => {
    const { port, heads } = await startProxy();
    const proxy = `http://us%C3%A9r:pass@127.0.0.1:${port}`;
    await converse(`ws://me:secret@b.example:${await startEcho()}/x`, { proxy });
    expect(heads[0]).toMatch(/^CONNECT b\.example:\d+ HTTP\/1\.1\r\nHost: b\.example:\d+\r\n/);
    expect(heads[0]).toContain(`\r\nProxy-Authorization: Basic ${btoa("us\xc3\xa9r:pass")}\r\n`);
    expect(heads[0]).not.toContain("\r\nAuthorization");
  });

  it("is the one that the environment names, unless it or the options say none", async () => {
    const { port, heads } = await startProxy();
    const url = `ws://127.0.0.1:${await startEcho()}/`;
    vi.stubEnv("HTTP_PROXY", `127.0.0.1:${port}`);
    await converse(url, {});
    expect(heads.length).toBe(2);
    await converse(url, { proxy: "" });
    vi.stubEnv("NO_PROXY", "127.0.0.1");
    await converse(url, {});
    expect(heads.length).toBe(2);
    await converse(url, { proxy: `http://127.0.0.1:${port}` });
    expect(heads.length).toBe(4);
  });

  it("may say 1xx before, and any 2xx", async () => {
    const { port } = await startProxy("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 299 Why not\r\nContent-Length: 5\r\n\r\n");
    await converse(`ws://b.example:${await startEcho()}/`, { proxy: `http://127.0.0.1:${port}` });
  });

  it.each<[string, string, number]>([
    ["407", "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", 407],
    ["502", "HTTP/1.0 502 Bad Gateway\r\n\r\nno such host", 502],
    ["no HTTP", "\x05\xff\r\n", 0],
    ["a head without end", `HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(5000)}`, 0],
    ["bytes that nobody asked for", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 X\r\n\r\n", 200],
  ])("that says %s is told apart from the server", async (_, answer, status) => {
    const { port } = await startProxy(answer);
    const before = openSockets();
    const error = await connect(`ws://b.example:1/`, { proxy: `http://127.0.0.1:${port}` }).catch((reason) => reason);
    expect(error).toMatchObject({ name: "ConnectError", code: "PROXY_REFUSED", status });
    if (status === 407)
      expect(error.message).toBe("the proxy did not open a tunnel: 407. The proxy wants other credentials.");
    if (status === 502) expect(error.message).toBe("the proxy did not open a tunnel: 502");
    if (status === 407) expect((error as ConnectError).headers).toContainEqual(["Proxy-Authenticate", "Basic"]);
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  });

  it("that ends the connection at any byte of its answer leaves nothing open", async () => {
    const whole = "HTTP/1.1 200 OK\r\nX: y\r\n\r\n";
    let left = 0;
    const server = createServer((socket) => {
      socket.on("data", () => socket.end(whole.slice(0, left++ % whole.length)));
    });
    const proxy = `http://127.0.0.1:${await listen(server)}`;
    const before = openSockets();
    const attempts = Array.from({ length: whole.length }, () => connect("ws://b.example/", { proxy }));
    for (const result of await Promise.allSettled(attempts)) {
      expect(result).toMatchObject({ status: "rejected", reason: { code: "CUT_OFF" } });
    }
    expect(left).toBe(whole.length);
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  });
});

describe.skipIf(NO_TLS)(`TLS${NO_TLS_REASON}`, () => {
  const certificate = NO_TLS ? undefined : createCertificate("DNS:b.example", "DNS:localhost", "IP:127.0.0.1");
  const other = NO_TLS ? undefined : createCertificate("DNS:c.example", "IP:127.0.0.1");
  const ca = certificate?.cert;
  const tls = { ca };

  it("is spoken to a name and to an address, whose certificates are checked", async () => {
    const port = await startEcho(certificate);
    await converse(`wss://127.0.0.1:${port}/`, { tls });
    await converse(`wss://localhost:${port}/`, { tls });
  });

  it("names the server to a name, and not to an address, and speaks HTTP/1.1 alone", async () => {
    const seen: unknown[] = [];
    const server = createTlsServer({ ...certificate, ALPNProtocols: ["h2", "http/1.1"] }, (socket) => {
      seen.push([socket.servername, socket.alpnProtocol]);
      socket.end();
    });
    const port = await listen(server);
    const lookup: LookupFunction = (_, options, found) =>
      options.all ? found(null, [{ address: "127.0.0.1", family: 4 }]) : found(null, "127.0.0.1", 4);
    const unchecked = { ...tls, lookup, checkServerIdentity: () => undefined };
    for (const host of ["localhost", "localhost.", "127.0.0.1"]) {
      const error = await connect(`wss://${host}:${port}/`, { tls: unchecked }).catch((reason) => reason);
      expect(error).toMatchObject({ code: "CUT_OFF" });
    }
    expect(seen).toEqual([
      ["localhost", "http/1.1"],
      ["localhost", "http/1.1"],
      [false, "http/1.1"],
    ]);
  });

  it.each([
    ["a certificate that nobody vouches for", {}, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["another's", { ca: other?.cert, servername: "b.example" }, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ])("fails for %s", async (_, options, code) => {
    const port = await startEcho(other);
    const before = openSockets();
    const error = await connect(`wss://127.0.0.1:${port}/`, { tls: options }).catch((reason) => reason);
    expect(error).toMatchObject({ code: "TLS_FAILED", cause: { code } });
    expect(error.message).toContain(code);
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  });

  it("fails where the server speaks none", async () => {
    const error = await connect(`wss://127.0.0.1:${await startEcho()}/`, { tls }).catch((reason) => reason);
    expect(error).toMatchObject({ code: "TLS_FAILED" });
  });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])("in a tunnel (to the proxy: %s, to the server: %s)", async (toProxy, toServer) => {
    const { port, heads } = await startProxy(undefined, toProxy ? certificate : undefined);
    const server = await startEcho(toServer ? certificate : undefined);
    const proxy = `${toProxy ? "https" : "http"}://127.0.0.1:${port}`;
    await converse(`${toServer ? "wss" : "ws"}://b.example:${server}/`, { proxy, proxyTls: tls, tls });
    expect(heads.length).toBe(2);
  });

  it("in a tunnel is checked for the server's name, not the proxy's", async () => {
    const { port } = await startProxy(undefined, certificate);
    const options = { proxy: `https://127.0.0.1:${port}`, proxyTls: tls, tls: { ca: other?.cert } };
    const error = await connect(`wss://b.example:${await startEcho(other)}/`, options).catch((reason) => reason);
    expect(error).toMatchObject({ code: "TLS_FAILED", cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" } });
    expect(error.message).toMatch(/ with the server at b\.example:\d+: ERR_TLS_CERT_ALTNAME_INVALID$/);
    await converse(`wss://c.example:${await startEcho(other)}/`, options);
    await converse(`wss://127.0.0.1:${await startEcho(other)}/`, options);
  });

  it("that is cut at any byte of it leaves nothing open", async () => {
    const server = await startEcho(certificate);
    let cut = 0;
    const relay = createServer((near) => {
      let left = cut;
      const far = dial(server, "127.0.0.1");
      far.on("data", (chunk) => {
        if (chunk.length < left) near.write(chunk);
        else near.end(chunk.subarray(0, left), () => far.destroy());
        left = Math.max(0, left - chunk.length);
      });
      far.on("error", () => {}).on("close", () => near.destroy());
      near
        .on("data", (chunk) => far.write(chunk))
        .on("error", () => {})
        .on("close", () => far.destroy());
    });
    const port = await listen(relay);
    const before = openSockets();
    const codes = new Set<string>();
    // On until all of the handshake comes through, which newer versions of Node have longer keys in.
    for (; !codes.has("open"); cut += 13) {
      const error = await connect(`wss://127.0.0.1:${port}/`, { tls }).catch((reason) => reason);
      if (error instanceof ConnectError) codes.add(error.code);
      else codes.add("open");
      if (codes.has("open")) error.abort();
    }
    expect([...codes]).toEqual(["TLS_FAILED", "CUT_OFF", "open"]);
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  });
});
