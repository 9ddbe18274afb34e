import type { Duplex } from "node:stream";
import {
  CloseCode,
  type CloseStatus,
  encodeClosePayload,
  FrameBatch,
  FrameEncoder,
  type Kernel,
  type Message,
  MessageDecoder,
  type MessageHandler,
  Opcode,
  ProtocolError,
} from "wsimd";
import { pauseUntilDrained } from "./backpressure.ts";
import { freeChunk } from "./free-chunk.ts";

/** A message from this length on is written where it lies; a shorter one is copied, which costs less than a second buffer. */
const UNCOPIED_FROM = 8192;

/** It has no state: one serves every connection. */
const encoder = new FrameEncoder({ role: "server" });
/**
 * The answers to one chunk, for one write. It is empty between two chunks, so that it serves every connection, too; handlers
 * that write to other connections than their own would need one for each.
 */
const batch = new FrameBatch(encoder, 65_536);

export interface EchoConnectionOptions {
  /** What the peer sent right behind its handshake. */
  readonly head: Uint8Array;
  /** How long the peer may take to end the connection once a Close was sent, in milliseconds. */
  readonly closeTimeout: number;
  /** Default: the fastest there is. */
  readonly kernel?: Kernel;
}

/** One open WebSocket that sends every message back. The glue between a Node socket and wsimd, which does no I/O. */
export class EchoConnection implements MessageHandler {
  /** Settles when the socket is closed. */
  readonly gone: Promise<void>;
  readonly #socket: Duplex;
  readonly #decoder: MessageDecoder;
  readonly #closeTimeout: number;
  #closeTimer: NodeJS.Timeout | undefined;
  /** Whether a Close was sent. §5.5.1: "The application MUST NOT send any more data frames after sending a Close frame." */
  #closeSent = false;
  /** Whether all is said, and nothing more is read: the peer's Close came, it broke the protocol, or it ended the stream. */
  #over = false;

  constructor(socket: Duplex, { head, closeTimeout, ...options }: EchoConnectionOptions) {
    this.#socket = socket;
    this.#decoder = new MessageDecoder({ role: "server", ...options });
    this.#closeTimeout = closeTimeout;
    socket.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    // With or without a Close, the peer sends nothing more. Node keeps our half open until we end it.
    socket.on("end", () => this.#end());
    // A reset or a broken pipe: "close" follows, and is all there is to do about it.
    socket.on("error", () => {});
    this.gone = new Promise((resolve) => {
      socket.on("close", () => {
        clearTimeout(this.#closeTimer);
        this.#decoder.discard();
        resolve();
      });
    });
    if (head.length > 0) this.#receive(head);
  }

  /** Begins the closing handshake (§7.1.2). */
  close(code: number, reason: string): void {
    if (this.#closeSent || this.#over) return;
    this.#sendClose(encodeClosePayload(code, reason));
    this.#flush();
  }

  onMessage(message: Message): void {
    if (this.#closeSent) return;
    const { opcode, data } = message;
    if (data.length < UNCOPIED_FROM) {
      batch.add(opcode, data);
      return;
    }
    // Nobody else writes to these bytes, which lie in the chunk or in a buffer of their own. Corked, all goes out in one write.
    if (this.#socket.writableCorked === 0) this.#socket.cork();
    this.#flush();
    for (const part of encoder.parts(opcode, data)) this.#socket.write(part);
  }

  onPing(payload: Uint8Array): void {
    if (!this.#closeSent) batch.add(Opcode.Pong, payload);
  }

  onPong(): void {
    // §5.5.3: "A response to an unsolicited Pong frame is not expected."
  }

  onClose(status: CloseStatus): void {
    if (this.#closeSent) return;
    // §5.5.1: "When sending a Close frame in response, the endpoint typically echos the status code it received."
    this.#sendClose(encodeClosePayload(status.code === CloseCode.NoStatusReceived ? undefined : status.code));
  }

  #receive(chunk: Uint8Array): void {
    if (this.#over) return;
    try {
      this.#decoder.decode(chunk, this);
      this.#over = this.#decoder.closed;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // §7.1.7: an endpoint that fails the connection "SHOULD send a Close frame with an appropriate status code".
      this.#over = true;
      if (!this.#closeSent) this.#sendClose(encodeClosePayload(error.closeCode, error.message));
    } finally {
      // Whatever happened: the next connection's answers must not follow ours.
      this.#flush();
      this.#socket.uncork();
    }
    // §7.1.1: "the server MUST close the TCP connection immediately" once both have said Close.
    if (this.#over) this.#end();
    else pauseUntilDrained(this.#socket);
    // The echo is out, and no message is kept: whoever keeps one must copy its `data`, or leave this out.
    if (this.#socket.writableLength === 0) freeChunk(chunk);
  }

  #sendClose(payload: Uint8Array): void {
    this.#closeSent = true;
    batch.add(Opcode.Close, payload);
    this.#limitClosing();
  }

  /** However the connection comes to its end, a peer that neither reads nor ends it does not hold it open. */
  #limitClosing(): void {
    this.#closeTimer ??= setTimeout(() => this.#socket.destroy(), this.#closeTimeout);
  }

  /**
   * Ends our half of the connection. What still comes in is read and dropped: closing a socket with bytes unread resets it,
   * and the peer might lose our Close.
   */
  #end(): void {
    this.#over = true;
    this.#limitClosing();
    this.#decoder.discard();
    this.#socket.end();
    this.#socket.resume();
  }

  #flush(): void {
    if (batch.length === 0) return;
    const frames = batch.take();
    this.#socket.write(frames);
    // Where nothing is left to write, the system has the bytes already, and the next frames may take their place.
    if (this.#socket.writableLength === 0) batch.reclaim(frames);
  }
}
