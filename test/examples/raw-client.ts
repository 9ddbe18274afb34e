import { once } from "node:events";
import { connect, type Socket } from "node:net";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** The client's half of the opening handshake, for a server on loopback. */
export const HANDSHAKE: string = [
  "GET /raw HTTP/1.1",
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  `Sec-WebSocket-Key: ${KEY}`,
  "Sec-WebSocket-Version: 13",
  "\r\n",
].join("\r\n");

/** A frame as a client sends it, built without the library; `first` is its first byte, FIN, RSV and opcode. */
export function clientFrame(
  first: number,
  payload: string | Uint8Array,
  key: readonly number[] = [0x37, 0xfa, 0x21, 0x3d],
): Buffer {
  const bytes = Buffer.from(payload as string);
  const { length } = bytes;
  const header = [first];
  if (length < 126) header.push(0x80 | length);
  else if (length < 65_536) header.push(0xfe, length >> 8, length & 255);
  else header.push(0xff, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255);
  return Buffer.concat([Buffer.from(header), Buffer.from(key), bytes.map((byte, at) => byte ^ key[at % 4])]);
}

/** A Close payload: the code as two bytes, then the reason. */
export function closePayload(code: number, reason = ""): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
}

/** A frame as the server sent it. */
export interface ServerFrame {
  readonly first: number;
  readonly payload: Buffer;
}

/** A socket that says exactly what a test wants, and keeps all that comes back. */
export class RawClient {
  readonly socket: Socket;
  received: Buffer = Buffer.alloc(0);
  /** Whether the server has ended its half. */
  ended = false;
  closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    socket.on("end", () => {
      this.ended = true;
    });
    socket.on("close", () => {
      this.closed = true;
    });
    socket.on("error", () => {});
  }

  /** Connects, and sends nothing yet. It does not end its half when the server does. */
  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    await once(socket, "connect");
    return new RawClient(socket);
  }

  /** Connects and opens a WebSocket. */
  static async open(port: number): Promise<RawClient> {
    const client = await RawClient.connect(port);
    client.socket.write(HANDSHAKE);
    await client.until(() => client.received.includes("\r\n\r\n"));
    client.takeHead();
    return client;
  }

  /** Takes the head of the HTTP answer off what was received. */
  takeHead(): string {
    const end = this.received.indexOf("\r\n\r\n") + 4;
    const head = this.received.subarray(0, end).toString();
    this.received = this.received.subarray(end);
    return head;
  }

  /** The frames that have come whole. §5.1: none may be masked. */
  frames(): ServerFrame[] {
    const frames: ServerFrame[] = [];
    let at = 0;
    while (this.received.length - at >= 2) {
      const form = this.received[at + 1];
      if (form > 127) throw new Error("the server masked a frame");
      const start = at + (form < 126 ? 2 : form === 126 ? 4 : 10);
      if (this.received.length < start) break;
      const length =
        form < 126
          ? form
          : form === 126
            ? this.received.readUInt16BE(at + 2)
            : Number(this.received.readBigUInt64BE(at + 2));
      if (this.received.length < start + length) break;
      frames.push({ first: this.received[at], payload: this.received.subarray(start, start + length) });
      at = start + length;
    }
    return frames;
  }

  /** Waits for a number of frames. */
  async takeFrames(count: number): Promise<ServerFrame[]> {
    await this.until(() => this.frames().length >= count);
    return this.frames();
  }

  /** Waits until `condition` holds, which is asked whenever something happens on the socket. */
  async until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + 10_000;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`nothing more came: ${this.received.length} bytes were received`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Sends in writes of `size` bytes, each on the wire before the next. */
  async drip(bytes: Uint8Array, size: number): Promise<void> {
    for (let at = 0; at < bytes.length; at += size) {
      this.socket.write(bytes.subarray(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
