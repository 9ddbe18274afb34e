import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import {
  type CloseStatus,
  FrameEncoder,
  type Message,
  MessageDecoder,
  type MessageHandler,
  ProtocolError,
} from "wsimd";
import { checkUpgrade, upgradeResponse } from "wsimd/handshake";
import { refuse } from "wsimd/node";
import { type Bytes, bufferOf, headerLine } from "./ws-shapes.ts";

const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest();
const encoder = new FrameEncoder({ role: "server" }); // has no state: one for all sockets
const CLOSE_TIMEOUT = 5_000;

type Sent = (error?: Error | null) => void;

export interface EngineOptions {
  readonly maxPayload: number;
  readonly perMessageDeflate?: unknown;
}

/** What Engine.IO's option `wsEngine` takes: the opening handshake, and a socket for each client. */
export class CodecServer extends EventEmitter {
  readonly #maxMessageLength: number;

  constructor({ maxPayload, perMessageDeflate }: EngineOptions) {
    super();
    if (perMessageDeflate) throw new TypeError("perMessageDeflate must be off: this example does not compress");
    this.#maxMessageLength = maxPayload;
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, opened: (socket: CodecSocket) => void): void {
    const { method = "", httpVersion, headersDistinct: headers } = request;
    const upgrade = checkUpgrade({ method, httpVersion, headers });
    if (!upgrade.ok) {
      refuse(socket, upgrade);
      return;
    }
    const lines: string[] = [];
    this.emit("headers", lines, request); // the framework adds its own, such as Set-Cookie
    request.socket.setTimeout(0).setNoDelay(); // the HTTP server's timeouts end here, and frames are gathered below
    socket.write(upgradeResponse(upgrade, { sha1, headers: lines.map(headerLine) }));
    opened(new CodecSocket(socket, head, this.#maxMessageLength));
  }

  close(): void {} // the framework closes its sockets itself
}

/** One client: where `ws` has its Receiver, a MessageDecoder; where it has its Sender, a FrameEncoder. */
export class CodecSocket extends EventEmitter implements MessageHandler {
  readonly _socket: Duplex; // Engine.IO asks it for the client's address
  readonly #decoder: MessageDecoder;
  #closeSent = false;
  #status: CloseStatus = { code: 1006, reason: "" };

  constructor(socket: Duplex, head: Buffer, maxMessageLength: number) {
    super();
    this._socket = socket;
    this.#decoder = new MessageDecoder({ role: "server", maxMessageLength });
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("drain", () => socket.resume());
    socket.on("end", () => socket.end());
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => {
      this.#decoder.discard();
      this.emit("close", this.#status.code, Buffer.from(this.#status.reason));
    });
    if (head.length > 0) socket.unshift(head);
  }

  // ---- Bytes in: what `ws` does in its Receiver.

  #receive(chunk: Uint8Array): void {
    if (this.#decoder.stopped) return; // §7.1.7: nothing is processed after a violation
    try {
      this.#decoder.decode(chunk, this);
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        this._socket.destroy(); // a listener threw: the stream cannot go on behind that message
        throw error;
      }
      this.close(error.closeCode, error.reason);
      this._socket.end();
      this.emit("error", error);
    }
    if (this._socket.writableNeedDrain) this._socket.pause(); // who does not read is not read
  }

  onMessage(message: Message): void {
    if (message.type === "text") this.emit("message", message.text(), false);
    else this.emit("message", bufferOf(message.data), true);
  }

  onPing(payload: Uint8Array): void {
    if (!this.#closeSent) this.#write(encoder.pong(payload));
  }

  onPong(): void {}

  onClose(status: CloseStatus): void {
    this.#status = status;
    this.close(status.code);
    this._socket.end(); // §7.1.1: the server closes the TCP connection first
  }

  // ---- Bytes out: what `ws` does in its Sender.

  send(data: string | Bytes, sent?: Sent): void {
    if (this.#closeSent) process.nextTick(() => sent?.(new Error("the WebSocket is closing")));
    else this.#write(typeof data === "string" ? encoder.text(data) : encoder.binary(bufferOf(data)), sent);
  }

  close(code?: number, reason?: string): void {
    if (this.#closeSent || this._socket.destroyed) return;
    this.#write(encoder.close(code, reason));
    this.#closeSent = true;
    const timer = setTimeout(() => this._socket.destroy(), CLOSE_TIMEOUT);
    this._socket.once("close", () => clearTimeout(timer));
  }

  /** What is sent in one turn leaves as one write; `sent` is called once the system has it. */
  #write(frame: Uint8Array, sent?: Sent): void {
    const socket = this._socket;
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    socket.write(frame, sent);
  }
}
