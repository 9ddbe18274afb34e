// Servers and sessions of HTTP/2 on loopback, gone when their test is.

import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { atEnd, listen } from "../loopback.ts";

export type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** Where a server listens that takes WebSockets over cleartext HTTP/2, and what it gives a stream to. */
export async function serveStreams(onStream: OnStream): Promise<{ port: number; uri: string }> {
  const server = createServer({ settings: { enableConnectProtocol: true } });
  server.on("sessionError", () => {});
  const port = await listen(server.on("stream", onStream));
  return { port, uri: `ws://127.0.0.1:${port}/` };
}

/** A client's session with it. */
export function sessionWith(port: number, options: Parameters<typeof connect>[1] = {}): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`, options);
  session.on("error", () => {});
  atEnd(() => session.destroy());
  return session;
}

/** The pseudo-headers of a request that opens a WebSocket, written without the library. */
export const REQUEST: OutgoingHttpHeaders = {
  ":method": "CONNECT",
  ":protocol": "websocket",
  ":scheme": "http",
  ":authority": "127.0.0.1",
  ":path": "/chat",
  "sec-websocket-version": "13",
};

/** A stream that says exactly what a test wants, and keeps all that comes back. */
export class RawStream {
  readonly stream: ClientHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly #chunks: Buffer[] = [];
  /** Whether the server has ended its half. */
  ended = false;

  private constructor(stream: ClientHttp2Stream, headers: IncomingHttpHeaders) {
    this.stream = stream;
    this.headers = headers;
    stream.on("data", (chunk) => {
      this.#chunks.push(chunk);
    });
    stream.on("end", () => {
      this.ended = !stream.aborted;
    });
    stream.on("error", () => {});
  }

  get received(): Buffer {
    const received = Buffer.concat(this.#chunks);
    this.#chunks.splice(0, this.#chunks.length, received);
    return received;
  }

  /** Sends a request, and waits for the answer. */
  static async request(session: ClientHttp2Session, headers: OutgoingHttpHeaders = {}): Promise<RawStream> {
    if (session.remoteSettings.enableConnectProtocol !== true) await once(session, "remoteSettings");
    const stream = session.request({ ...REQUEST, ...headers }, { endStream: false });
    const [answer] = (await once(stream, "response")) as [IncomingHttpHeaders];
    return new RawStream(stream, answer);
  }
}
