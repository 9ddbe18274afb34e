// Chromium asks for a WebSocket over HTTP/2 where it has a session with the server already, whose settings allow it (RFC 8441).

import { createSecureServer, type IncomingHttpHeaders } from "node:http2";
import { expect, it } from "vitest";
import { CloseCode, type Closure } from "../../src/index.ts";
import { acceptStream, type UpgradeOptions } from "../../src/node/index.ts";
import { CHROMIUM } from "../browsers.ts";
import { createCertificate, NO_TLS, NO_TLS_REASON } from "../certificate.ts";
import { listen } from "../loopback.ts";

/** What the page has seen of its WebSocket. */
interface Seen {
  readonly protocol: string;
  readonly nextHop: string;
  readonly texts: string[];
  readonly bytes: number[];
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** Runs in the page. */
async function converse(): Promise<Seen> {
  const { nextHopProtocol } = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming;
  const socket = new WebSocket(`wss://${location.host}/chat`, ["other", "echo"]);
  socket.binaryType = "arraybuffer";
  const next = <E extends Event>(name: string): Promise<E> =>
    new Promise((resolve, reject) => {
      socket.addEventListener(name, (event) => resolve(event as E), { once: true });
      socket.addEventListener("error", () => reject(new Error("the WebSocket has failed")), { once: true });
    });
  const echoed = async (data: string | Uint8Array<ArrayBuffer>): Promise<string | ArrayBuffer> => {
    const message = next<MessageEvent>("message");
    socket.send(data);
    return (await message).data;
  };
  await next("open");
  const texts: string[] = [];
  for (const text of ["", "안녕하세요", "y".repeat(300_000)]) texts.push((await echoed(text)) as string);
  const bytes = [...new Uint8Array((await echoed(Uint8Array.of(0, 255, 128))) as ArrayBuffer)];
  const closed = next<CloseEvent>("close");
  socket.close(1000, "done");
  const { code, reason, wasClean } = await closed;
  return { protocol: socket.protocol, nextHop: nextHopProtocol, texts, bytes, code, reason, wasClean };
}

it.skipIf(CHROMIUM.skipped || NO_TLS)(
  `Chromium speaks over HTTP/2 with the server that it has loaded the page from${CHROMIUM.reason}${NO_TLS_REASON}`,
  async () => {
    const requests: IncomingHttpHeaders[] = [];
    const sessions = new Set<unknown>();
    const closures: Closure[] = [];
    const options: UpgradeOptions = {
      protocols: ["echo"],
      handler: {
        onMessage: (message, connection) => void connection.send(message.opcode, message.data),
        onClose: (closure) => void closures.push(closure),
      },
    };
    // HTTP/2 alone: without RFC 8441, there is no WebSocket here.
    const server = createSecureServer({
      ...createCertificate("DNS:localhost"),
      settings: { enableConnectProtocol: true },
    });
    server.on("stream", (stream, headers) => {
      stream.on("error", () => {});
      requests.push(headers);
      sessions.add(stream.session);
      if (headers[":method"] === "CONNECT") acceptStream(stream, headers, options);
      else {
        stream.respond({ ":status": 200, "content-type": "text/html; charset=utf-8" });
        stream.end("<!doctype html><title>HTTP/2</title>");
      }
    });
    const port = await listen(server);
    const browser = await CHROMIUM.launch("--ignore-certificate-errors");
    try {
      const page = await browser.newPage();
      await page.goto(`https://localhost:${port}/`);
      const seen = await page.evaluate(converse);
      expect(seen).toEqual({
        protocol: "echo",
        nextHop: "h2",
        texts: ["", "안녕하세요", "y".repeat(300_000)],
        bytes: [0, 255, 128],
        code: 1000,
        reason: "",
        wasClean: true,
      });
    } finally {
      await browser.close();
    }
    const opening = requests.find((headers) => headers[":protocol"] !== undefined);
    expect(opening).toMatchObject({
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": "https",
      ":path": "/chat",
      ":authority": `localhost:${port}`,
      origin: `https://localhost:${port}`,
    });
    expect(sessions.size).toBe(1);
    expect(closures).toMatchObject([{ code: CloseCode.Normal, reason: "done", clean: true }]);
  },
  60_000,
);
