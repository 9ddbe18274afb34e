import { connect, type Socket } from "node:net";
import type { Burst } from "./bursts.ts";

const HANDSHAKE = [
  "GET / HTTP/1.1",
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==",
  "Sec-WebSocket-Version: 13",
  "\r\n",
].join("\r\n");
const ACCEPT = "HSmrc0sMlYUkAGmm5OPpG2HaGWk=";

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  /** What they send; the connections take turns. */
  readonly bursts: readonly Burst[];
  /** Whether the server speaks WebSocket; otherwise it answers from the first byte on. */
  readonly handshake: boolean;
}

/** What a run came to. */
export interface Run {
  readonly bursts: number;
  readonly milliseconds: number;
}

/** Connections that each send a burst of messages in one write, wait until all of it has come back, and send it again. */
export class Load {
  readonly #connections: Connection[];
  /** How many connections wait for an answer. */
  #busy = 0;
  /** Whether a connection that was answered sends again. */
  #sending = false;
  #bursts = 0;
  #failure: Error | undefined;
  #settle: () => void = () => {};

  private constructor({ port, connections, bursts, handshake }: LoadOptions) {
    this.#busy = connections;
    const answered = (connection: Connection): void => this.#answered(connection);
    const failed = (error: Error): void => this.#failed(error);
    this.#connections = Array.from({ length: connections }, (_, index) => {
      return new Connection(port, handshake, bursts[index % bursts.length], answered, failed);
    });
  }

  /** Opens all connections. @throws Error when one of them fails. */
  static async open(options: LoadOptions): Promise<Load> {
    const load = new Load(options);
    await load.#quiet();
    return load;
  }

  /** Sends for so long, and waits for the last answers. @throws Error when an answer is wrong, or a connection ends. */
  async run(milliseconds: number): Promise<Run> {
    this.#busy = this.#connections.length;
    this.#bursts = 0;
    this.#sending = true;
    const timer = setTimeout(() => {
      this.#sending = false;
    }, milliseconds);
    const started = performance.now();
    for (const connection of this.#connections) connection.send();
    await this.#quiet();
    clearTimeout(timer);
    return { bursts: this.#bursts, milliseconds: performance.now() - started };
  }

  /** Has each connection send once, and waits for the answers. @throws Error as `run` does. */
  async once(): Promise<void> {
    this.#busy = this.#connections.length;
    for (const connection of this.#connections) connection.send();
    await this.#quiet();
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  #answered(connection: Connection): void {
    this.#bursts++;
    if (this.#sending) connection.send();
    else if (--this.#busy === 0) this.#settle();
  }

  #failed(error: Error): void {
    this.#failure ??= error;
    this.#settle();
  }

  /** Until every connection has its answer, or one has failed. */
  async #quiet(): Promise<void> {
    if (this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#settle = resolve;
      });
    }
    if (this.#failure === undefined) return;
    this.close();
    throw this.#failure;
  }
}

/** Every connection reads into this: what it holds is compared before the next read. */
const received: Buffer<ArrayBuffer> = Buffer.alloc(256 * 1024);

class Connection {
  readonly #socket: Socket;
  readonly #burst: Burst;
  readonly #answered: (connection: Connection) => void;
  readonly #failed: (error: Error) => void;
  /** What has come of the server's handshake, until all of it has. */
  #response: string | undefined;
  /** How much of the reply has come. */
  #at = 0;

  constructor(
    port: number,
    handshake: boolean,
    burst: Burst,
    answered: (connection: Connection) => void,
    failed: (error: Error) => void,
  ) {
    this.#burst = burst;
    this.#answered = answered;
    this.#failed = failed;
    this.#response = handshake ? "" : undefined;
    const callback = (length: number): boolean => {
      if (this.#response === undefined) this.#compare(length);
      else this.#shakeHands(received.toString("latin1", 0, length));
      return true;
    };
    // Without a stream's buffers and events, the generator leaves more of the time to the server.
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true, onread: { buffer: received, callback } });
    this.#socket.on("connect", () => {
      if (handshake) this.#socket.write(HANDSHAKE);
      else answered(this);
    });
    this.#socket.on("error", failed);
    this.#socket.on("close", () => failed(new Error("the server closed a connection")));
  }

  send(): void {
    this.#at = 0;
    this.#socket.write(this.#burst.request);
  }

  close(): void {
    this.#socket.destroy();
  }

  #shakeHands(text: string): void {
    this.#response += text;
    if (!this.#response!.includes("\r\n\r\n")) return;
    if (!this.#response!.startsWith("HTTP/1.1 101 ") || !this.#response!.includes(ACCEPT)) {
      this.#failed(new Error(`the server refused the handshake: ${this.#response}`));
    } else if (!this.#response!.endsWith("\r\n\r\n")) {
      this.#failed(new Error("the server sent something before it was sent anything"));
    } else {
      this.#response = undefined;
      this.#answered(this);
    }
  }

  /** Every byte of every reply is compared, in one call a read. */
  #compare(length: number): void {
    const { reply } = this.#burst;
    const end = this.#at + length;
    if (end > reply.length || received.compare(reply, this.#at, end, 0, length) !== 0) {
      this.#failed(new Error(`a reply is wrong in its bytes ${this.#at} to ${end}, of ${reply.length}`));
      return;
    }
    this.#at = end;
    if (end === reply.length) this.#answered(this);
  }
}
