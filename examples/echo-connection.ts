import type { Duplex } from "node:stream";
import {
  CloseCode,
  type CloseStatus,
  encodeClosePayload,
  FrameBatch,
  FrameEncoder,
  type Message,
  MessageDecoder,
  type MessageHandler,
  Opcode,
  ProtocolError,
} from "wsimd";

/** A message from this size on is written as it lies; below, copying it into the batch costs less than a second write. */
const OWN_WRITE_FROM = 16_384;

export interface EchoConnectionOptions {
  /** What the peer sent right behind its handshake. */
  readonly head: Uint8Array;
  /** How long the peer may take to end the connection once a Close was sent, in milliseconds. */
  readonly closeTimeout: number;
}

/** It has no state: one serves every connection. */
const encoder = new FrameEncoder({ role: "server" });

/** One open WebSocket that sends every message back. The glue between a Node socket and wsimd, which does no I/O. */
export class EchoConnection implements MessageHandler {
  /** Settles when the socket is closed. */
  readonly gone: Promise<void>;
  readonly #socket: Duplex;
  readonly #decoder = new MessageDecoder({ role: "server" });
  /** The answers to one chunk, collected for one write. */
  readonly #batch = new FrameBatch(encoder, 1024);
  readonly #closeTimeout: number;
  #closeTimer: NodeJS.Timeout | undefined;
  /** Whether a Close was sent. §5.5.1: "The application MUST NOT send any more data frames after sending a Close frame." */
  #closeSent = false;
  /** Whether all is said, and nothing more is read: the peer's Close came, it broke the protocol, or it ended the stream. */
  #over = false;

  constructor(socket: Duplex, { head, closeTimeout }: EchoConnectionOptions) {
    this.#socket = socket;
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
    if (data.length < OWN_WRITE_FROM) {
      this.#batch.add(opcode, data);
      return;
    }
    this.#flush();
    // Nobody else writes to these bytes, which lie in the chunk or in a buffer of their own: they go out uncopied.
    for (const part of encoder.parts(opcode, data)) this.#write(part);
  }

  onPing(payload: Uint8Array): void {
    if (!this.#closeSent) this.#batch.add(Opcode.Pong, payload);
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
    this.#socket.cork();
    try {
      this.#decoder.decode(chunk, this);
      this.#over = this.#decoder.closed;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // §7.1.7: an endpoint that fails the connection "SHOULD send a Close frame with an appropriate status code".
      this.#over = true;
      if (!this.#closeSent) this.#sendClose(encodeClosePayload(error.closeCode, error.message));
    }
    this.#flush();
    this.#socket.uncork();
    // §7.1.1: "the server MUST close the TCP connection immediately" once both have said Close.
    if (this.#over) this.#end();
  }

  #sendClose(payload: Uint8Array): void {
    this.#closeSent = true;
    this.#batch.add(Opcode.Close, payload);
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
    if (this.#batch.length > 0) this.#write(this.#batch.take());
  }

  /** While the peer does not read what we write, we do not read what it writes. */
  #write(bytes: Uint8Array): void {
    if (this.#socket.write(bytes) || this.#socket.isPaused()) return;
    this.#socket.pause();
    this.#socket.once("drain", () => this.#socket.resume());
  }
}
