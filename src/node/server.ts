import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Http2SecureServer, Http2Server, Http2ServerRequest } from "node:http2";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { LONGEST_TIMER } from "../adapter/deadlines.ts";
import { ConnectionFailed } from "../adapter/message-queue.ts";
import { checkOptions } from "../adapter/settings.ts";
import { encodeClosePayload } from "../frame/close-payload.ts";
import { outgoingLines } from "../handshake/headers.ts";
import { type Answer, checkAnswer } from "../handshake/refusal.ts";
import { RESERVED_IN_RESPONSE } from "../handshake/response.ts";
import { checkInteger, wrongType } from "../protocol/argument.ts";
import { CloseCode } from "../protocol/close-code.ts";
import { acceptStream, refuseStream } from "./accept-stream.ts";
import { settingsFor } from "./settings.ts";
import type { SocketConnection } from "./socket-connection.ts";
import { refuse, type UpgradeOptions, upgrade } from "./upgrade.ts";

/** A server of Node's `http`, `https` or `http2`. */
export type AnyServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

/** What opens a WebSocket, over HTTP/1.1 or HTTP/2: both have `url`, `headers` and `socket`. */
export type OpeningRequest = IncomingMessage | Http2ServerRequest;

/** Whose WebSockets a server takes, and how its connections behave. */
export interface WebSocketServerOptions extends UpgradeOptions {
  /**
   * The server whose "upgrade" event to answer, and of an `http2` server each CONNECT request: its own "stream" listener must
   * leave those alone. It is told to enable them. Default: a new one, on `server`, that answers plain requests with 426.
   */
  readonly server?: AnyServer | undefined;
  /** How many connections there may be: further ones are refused with 503. Default: as many as come. */
  readonly maxConnections?: number;
  /** Looks at what §4.2 does not: path, origin, cookies, who is asking. Returns at once why the request is refused, if it is.
   *  What it throws is the server's to throw, and the client is answered 500. */
  readonly check?: ((request: OpeningRequest) => Answer | undefined) | undefined;
  /**
   * Called with each connection that is opened, before its first message. When it throws, or its promise rejects, the connection is
   * closed with 1011, and the error goes on: uncaught, or an unhandled rejection. The `ConnectionFailed` of a loop over this very
   * connection is none: how that ended, `closed` tells. Without a `handler`, this is who takes the messages, and must be given.
   */
  readonly onConnection?: ((connection: SocketConnection, request: OpeningRequest) => void | Promise<void>) | undefined;
}

/** How to close a server. */
export interface CloseServerOptions {
  /** How long the connections may take to close, in milliseconds, before they are given up. Default: `closeTimeout`. */
  readonly timeout?: number;
  /** What the peers are told with 1001. Default: nothing. */
  readonly reason?: string;
}

const FAILED: Answer = { status: 500, reason: "The server failed." };

/** The WebSockets of an HTTP server. */
export class WebSocketServer {
  /** To listen with, where it was made here. */
  readonly server: AnyServer;
  readonly #options: WebSocketServerOptions;
  readonly #maxConnections: number;
  readonly #closeTimeout: number;
  /** The server, if it was made here. */
  readonly #own: HttpServer | undefined;
  readonly #connections = new Map<Duplex, SocketConnection>();
  /** Those that have no connection, since they were refused, and have not closed yet. */
  readonly #refused = new Set<Duplex>();
  /** How many requests on a socket are being answered. */
  readonly #answering = new WeakMap<Duplex, number>();
  readonly #onRequest: (request: OpeningRequest, response: ServerResponse) => void;
  readonly #onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly #onConnect: (request: OpeningRequest, socket: unknown) => void;
  /** One for all sockets, since there may be very many. */
  readonly #onClose: (this: Duplex) => void;
  #closing: Promise<void> | undefined;

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: WebSocketServerOptions) {
    const { closeTimeout } = settingsFor("server", options);
    const { server, maxConnections = Number.MAX_SAFE_INTEGER } = options;
    checkInteger("maxConnections", maxConnections, 0, Number.MAX_SAFE_INTEGER);
    checkServerOptions(options);
    this.#closeTimeout = Math.min(closeTimeout, LONGEST_TIMER);
    this.#options = options;
    this.#maxConnections = maxConnections;
    this.#own = server === undefined ? createServer(wantUpgrade) : undefined;
    this.server = server ?? this.#own!;
    this.#onRequest = (request, response) => {
      if (!("stream" in request)) this.#count(request.socket, response);
    };
    this.#onUpgrade = (request, socket, head) => this.#upgrade(request, socket, head);
    this.#onConnect = (request, socket) => {
      if ("stream" in request) this.#accept(request);
      else if (this.server.listenerCount("connect") === 1) (socket as Duplex).destroy(); // as without us
    };
    const [connections, refused] = [this.#connections, this.#refused];
    this.#onClose = function () {
      connections.delete(this);
      refused.delete(this);
    };
    // Before the server's own listener, which may have answered when it returns.
    this.server.prependListener("request", this.#onRequest).on("upgrade", this.#onUpgrade);
    if ("updateSettings" in this.server) {
      this.server.updateSettings({ enableConnectProtocol: true });
      this.server.on("connect", this.#onConnect);
    }
  }

  /** Those that are open or closing. */
  get connections(): Iterable<SocketConnection> {
    return this.#connections.values();
  }

  /** How many there are. */
  get size(): number {
    return this.#connections.size;
  }

  /**
   * Closes every connection with 1001, and waits until their sockets are gone; what has not closed in time is given up. New
   * ones are refused with 503. A server that was made here is closed as well; another one is left as it was. Rejects with a
   * TypeError or RangeError that names what is wrong, and has done nothing then.
   */
  close(options: CloseServerOptions = {}): Promise<void> {
    try {
      checkOptions(options);
      const { timeout = this.#closeTimeout, reason } = options;
      checkInteger("timeout", timeout, 0, LONGEST_TIMER);
      encodeClosePayload(CloseCode.GoingAway, reason); // throws what each connection would
      this.#closing ??= this.#close(timeout, reason);
      return this.#closing;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #close(timeout: number, reason: string | undefined): Promise<void> {
    const { server } = this;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const givenUp = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#giveUp();
        setTimeout(resolve); // in another turn, when the sockets are gone
      }, timeout);
    });
    const stopped = this.#own?.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
    try {
      await Promise.race([givenUp, this.#end(reason)]);
      // There is nobody else that it answers: what still is connected has asked for nothing.
      this.#own?.closeAllConnections();
      await Promise.race([givenUp, stopped]);
    } finally {
      clearTimeout(timer);
      server.off("request", this.#onRequest).off("upgrade", this.#onUpgrade).off("connect", this.#onConnect);
    }
  }

  async #end(reason: string | undefined): Promise<void> {
    const end = { code: CloseCode.GoingAway, ...(reason === undefined ? {} : { reason }) };
    await Promise.all([...this.connections].map((connection) => connection.end(end)));
  }

  #giveUp(): void {
    for (const connection of this.#connections.values()) connection.abort();
    for (const socket of this.#refused) socket.destroy();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (socket.destroyed) return;
    // An answer that is still on its way to an earlier request would come after ours, as if it were frames.
    if ((this.#answering.get(socket) ?? 0) > 0) {
      socket.destroy();
      return;
    }
    this.#answer(
      request,
      socket,
      (answer) => refuse(socket, answer),
      () => upgrade(request, socket, head, this.#options),
    );
  }

  /** What the "connect" event of an `http2` server brings: RFC 8441, or a tunnel that is asked for and refused. */
  #accept(request: Http2ServerRequest): void {
    const { stream, headers } = request;
    // Somebody else may answer streams, and have answered this one.
    if (stream.destroyed || stream.headersSent) return;
    this.#answer(
      request,
      stream,
      (answer) => refuseStream(stream, answer),
      () => acceptStream(stream, headers, this.#options),
    );
  }

  /** What is thrown in it goes on to whoever emitted the request, and leaves no socket behind. */
  #answer(
    request: OpeningRequest,
    socket: Duplex,
    refuse: (answer: Answer) => void,
    open: () => SocketConnection | undefined,
  ): void {
    // Before the connection's own listener, where a handler may throw.
    socket.prependListener("close", this.#onClose);
    this.#refused.add(socket);
    try {
      const answer = this.#answerTo(request);
      if (answer !== undefined) {
        refuse(answer);
        return;
      }
    } catch (error) {
      refuse(FAILED);
      throw error;
    }
    const connection = open();
    if (connection === undefined) return;
    this.#refused.delete(socket);
    this.#connections.set(socket, connection);
    this.#tell(connection, request);
  }

  #tell(connection: SocketConnection, request: OpeningRequest): void {
    try {
      const handling: unknown = this.#options.onConnection?.(connection, request);
      if (handling !== undefined) void follow(handling, connection);
    } catch (error) {
      fail(connection, error);
    }
  }

  /** Why the request is refused, if it is. */
  #answerTo(request: OpeningRequest): Answer | undefined {
    if (this.#closing !== undefined) return { status: 503, reason: "The server stops." };
    if (this.size >= this.#maxConnections) return { status: 503, reason: "There are too many connections." };
    return checkAnswer(this.#options.check?.(request));
  }

  #count(socket: Duplex, response: ServerResponse): void {
    const answering = this.#answering;
    answering.set(socket, (answering.get(socket) ?? 0) + 1);
    response.on("close", () => answering.set(socket, (answering.get(socket) ?? 1) - 1));
  }
}

/** Waits for what `onConnection` does with its connection. */
async function follow(handling: unknown, connection: SocketConnection): Promise<void> {
  try {
    await handling;
  } catch (error) {
    // A loop has ended with its connection, as `closed` tells.
    if (error instanceof ConnectionFailed && error.closure === connection.closure) return;
    fail(connection, error);
  }
}

/** What a caller's code has thrown goes on, and the peer does not wait for it. */
function fail(connection: SocketConnection, error: unknown): never {
  void connection.end({ code: CloseCode.InternalError });
  throw error;
}

/** What only a server has. @throws TypeError naming the option that is wrong. */
function checkServerOptions(options: WebSocketServerOptions): void {
  const { server, handler, onConnection, headers = {} } = options;
  if (server !== undefined && typeof server?.prependListener !== "function") {
    throw wrongType("server", "an http, https or http2 server", server);
  }
  if (onConnection !== undefined && typeof onConnection !== "function") {
    throw wrongType("onConnection", "a function", onConnection);
  }
  Array.from(outgoingLines(headers, RESERVED_IN_RESPONSE)); // throws what each handshake would
  if ((handler ?? onConnection) === undefined) {
    throw new TypeError("handler or onConnection must be given: nobody would take the messages");
  }
}

/** RFC 9110 §15.5.22: "The server MUST send an Upgrade header field in a 426 response". */
function wantUpgrade(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { Upgrade: "websocket", Connection: "Upgrade", "Content-Type": "text/plain; charset=utf-8" });
  response.end("There are only WebSockets here.\n");
}
