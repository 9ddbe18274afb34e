import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocketLike, WebSocketServerLike } from "@hono/node-server";
import type { ConnectionHandler } from "wsimd";
import { type SocketConnection, type UpgradeOptions, upgrade } from "wsimd/node";
import { type Bytes, bufferOf, headerLine } from "./ws-shapes.ts";

const PROTOCOL = "sec-websocket-protocol";

/** What frameworks know of the server of `ws`, with wsimd underneath: it takes the upgrades of their HTTP server. */
export class UpgradeServer extends EventEmitter implements WebSocketServerLike {
  readonly options = { noServer: true };
  readonly #sockets = new Map<SocketConnection, UpgradedSocket>();
  readonly #options: UpgradeOptions;

  constructor(options: Omit<UpgradeOptions, "handler"> = {}) {
    super();
    this.#options = { ...options, handler: this.#handler() };
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, opened: (ws: UpgradedSocket) => void): void {
    const connection = upgrade(request, socket, head, this.#optionsFor(request));
    if (connection === undefined) return; // refused, and told so
    const upgraded = new UpgradedSocket(connection);
    this.#sockets.set(connection, upgraded);
    opened(upgraded);
  }

  /** Starts the closing handshake of all that are open. */
  close(): void {
    for (const connection of this.#sockets.keys()) connection.close(1001);
    this.emit("close");
  }

  /** One object for all, which is read once, but where the framework adds headers to this answer. */
  #optionsFor(request: IncomingMessage): UpgradeOptions {
    const lines: string[] = [];
    this.emit("headers", lines, request);
    if (lines.length === 0) return this.#options;
    const headers = lines.map(headerLine);
    const isProtocol = ([name]: readonly [string, string]) => name.toLowerCase() === PROTOCOL;
    const chosen = headers.find(isProtocol); // as crossws has it
    return {
      ...this.#options,
      headers: headers.filter((line) => !isProtocol(line)),
      ...(chosen === undefined ? {} : { protocols: [chosen[1]] }),
    };
  }

  #handler(): ConnectionHandler<SocketConnection> {
    const emit = (connection: SocketConnection, event: string, ...values: unknown[]) =>
      this.#sockets.get(connection)?.emit(event, ...values);
    return {
      onMessage(message, connection) {
        if (message.type === "text") emit(connection, "message", message.text(), false);
        else emit(connection, "message", bufferOf(message.data), true);
      },
      onPing: (payload, connection) => void emit(connection, "ping", bufferOf(payload)),
      onPong: (payload, _, connection) => void emit(connection, "pong", bufferOf(payload)),
      onClose: ({ code, reason, error }, connection) => {
        if (error !== undefined) emit(connection, "error", error);
        emit(connection, "close", code, Buffer.from(reason));
        this.#sockets.delete(connection);
      },
    };
  }
}

/** What they know of its sockets. */
export class UpgradedSocket extends EventEmitter implements WebSocketLike {
  readonly #connection: SocketConnection;

  constructor(connection: SocketConnection) {
    super();
    this.#connection = connection;
  }

  get protocol(): string {
    return this.#connection.protocol ?? "";
  }

  get readyState(): 0 | 1 | 2 | 3 {
    return this.#connection.readyState;
  }

  get bufferedAmount(): number {
    return this.#connection.unsent;
  }

  get _socket(): Duplex {
    return this.#connection.socket;
  }

  send(data: string | Bytes): void {
    if (typeof data === "string") this.#connection.sendText(data);
    else this.#connection.sendBinary(bufferOf(data));
  }

  ping(payload?: Buffer): void {
    this.#connection.ping(payload);
  }

  close(code?: number, reason?: string): void {
    this.#connection.close(code, reason);
  }

  terminate(): void {
    this.#connection.abort();
  }
}
