import type { Duplex } from "node:stream";
import {
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

/** A payload from this length on is written where it lies; a shorter one is copied, which costs less than a second buffer. */
const UNCOPIED_FROM = 8192;
/** How long a peer may take to end the connection once a Close was sent, in milliseconds. */
const CLOSE_TIMEOUT = 2000;

const encoder = new FrameEncoder({ role: "server" });
/** The answers to one chunk, for one write. It is empty between two chunks, so that it serves every connection. */
const batch = new FrameBatch(encoder, 65_536);

/** One open WebSocket that sends every message back: a socket's chunks in, one write for each of them out. */
export class EchoConnection implements MessageHandler {
  readonly #socket: Duplex;
  readonly #decoder: MessageDecoder;
  #closeTimer: NodeJS.Timeout | undefined;
  /** Whether nothing more is read or said: the peer's Close came, it broke the protocol, or it ended the stream. */
  #over = false;

  constructor(socket: Duplex, kernel: Kernel) {
    this.#socket = socket;
    this.#decoder = new MessageDecoder({ role: "server", kernel });
    socket.on("data", (chunk: Uint8Array) => this.receive(chunk));
    socket.on("end", () => this.#end());
    socket.on("close", () => {
      clearTimeout(this.#closeTimer);
      this.#decoder.discard();
    });
  }

  receive(chunk: Uint8Array): void {
    if (this.#over) return;
    try {
      this.#decoder.decode(chunk, this);
      this.#over = this.#decoder.closed;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // §7.1.7: an endpoint that fails the connection "SHOULD send a Close frame with an appropriate status code".
      batch.add(Opcode.Close, encodeClosePayload(error.closeCode, error.message));
      this.#over = true;
    }
    this.#flush();
    this.#socket.uncork();
    if (this.#over) this.#end();
    else pauseUntilDrained(this.#socket);
  }

  onMessage(message: Message): void {
    const { opcode, data } = message;
    if (data.length < UNCOPIED_FROM) {
      batch.add(opcode, data);
      return;
    }
    // Nobody else writes to these bytes, which lie in the chunk or in a buffer of their own.
    if (this.#socket.writableCorked === 0) this.#socket.cork();
    this.#flush();
    for (const part of encoder.parts(opcode, data)) this.#socket.write(part);
  }

  onPing(payload: Uint8Array): void {
    batch.add(Opcode.Pong, payload);
  }

  onPong(): void {
    // §5.5.3: "A response to an unsolicited Pong frame is not expected."
  }

  onClose(status: CloseStatus): void {
    // §5.5.1: "When sending a Close frame in response, the endpoint typically echos the status code it received."
    batch.add(Opcode.Close, encodeClosePayload(status.code));
  }

  #flush(): void {
    if (batch.length > 0) this.#socket.write(batch.take());
  }

  /** What still comes in is read and dropped: a socket closed with bytes unread is reset, and our Close lost with it. */
  #end(): void {
    this.#over = true;
    this.#closeTimer ??= setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT);
    this.#decoder.discard();
    this.#socket.end();
    this.#socket.resume();
  }
}
