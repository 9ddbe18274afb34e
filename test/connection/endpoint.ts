// A connection as the tests drive it: what happens on it as lines, a clock that is set by hand.

import {
  type Agreed,
  type Closure,
  Connection,
  type ConnectionHandler,
  type ConnectionOptions,
  FrameDecoder,
  type Message,
  Opcode,
  type Opening,
  type Role,
} from "../../src/index.ts";

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export class Endpoint implements ConnectionHandler {
  readonly connection: Connection;
  /** One line an event: `text Hello`, `binary 0102`, `ping 3f`, `pong 3f 12 ms`, `drain`, `close 1000 "bye" clean`. */
  readonly seen: string[] = [];
  readonly closures: Closure[] = [];
  now = 0;
  /** Called with each message, after it was noted. */
  onNext: (message: Message) => void = () => {};

  /** Called when the connection has drained. */
  onDrained: () => void = () => {};
  /** Called when the opening handshake has succeeded. */
  onOpened: () => void = () => {};

  constructor(role: Role, options: Partial<ConnectionOptions> = {}, start?: Opening | Agreed) {
    this.connection = new Connection({ clock: () => this.now, ...options, role }, this, start);
  }

  onOpen(): void {
    this.seen.push("open");
    this.onOpened();
  }

  onMessage(message: Message): void {
    this.seen.push(message.type === "text" ? `text ${message.text()}` : `binary ${hexOf(message.data)}`);
    this.onNext(message);
  }

  onPing(payload: Uint8Array): void {
    this.seen.push(`ping ${hexOf(payload)}`);
  }

  onPong(payload: Uint8Array, roundTrip: number | undefined): void {
    this.seen.push(`pong ${hexOf(payload)} ${roundTrip === undefined ? "unsolicited" : `${roundTrip} ms`}`);
  }

  onDrain(): void {
    this.seen.push("drain");
    this.onDrained();
  }

  onClose(closure: Closure): void {
    this.closures.push(closure);
    const { code, reason, clean, error } = closure;
    const why = error === undefined ? "" : ` ${error.code}`;
    this.seen.push(`close ${code} ${JSON.stringify(reason)} ${clean ? "clean" : "unclean"}${why}`);
  }

  /** All that waits to be sent, as one buffer. */
  take(): Buffer {
    return Buffer.concat(this.pieces());
  }

  /** The same, as it is given: one element a write. */
  pieces(): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let bytes = this.connection.takeBytes(); bytes !== undefined; bytes = this.connection.takeBytes()) {
      pieces.push(bytes);
    }
    return pieces;
  }

  /** Lets the time go on to the next deadline, and acts on it. */
  expire(): void {
    this.now = this.connection.nextDeadline() ?? Number.NaN;
    this.connection.handleTimeout(this.now);
  }
}

/**
 * Carries bytes both ways until nothing waits, `size` at a time; and the end of one side's output to the other, as sockets do.
 * Returns who was the first to end.
 */
export function converse(a: Endpoint, b: Endpoint, size = Number.MAX_SAFE_INTEGER): Role | undefined {
  let first: Role | undefined;
  const ended = new Set<Endpoint>();
  for (let moved = true; moved; ) {
    moved = false;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ]) {
      const bytes = from.take();
      for (let at = 0; at < bytes.length; at += size) to.connection.receive(bytes.subarray(at, at + size));
      if (from.connection.finished && !ended.has(from)) {
        ended.add(from);
        first ??= from.connection.role;
        to.connection.receiveEof();
        moved = true;
      }
      moved ||= bytes.length > 0;
    }
  }
  return first;
}

const OPCODE_NAMES = Object.fromEntries(Object.entries(Opcode).map(([name, opcode]) => [opcode, name.toLowerCase()]));

/**
 * Takes what waits to be sent, and reads it as the peer does. One line a frame: `text 48`, `binary 01 …` when more of its
 * message is to come, `close 1000` without its reason.
 */
export function framesSent(endpoint: Endpoint): string[] {
  const decoder = new FrameDecoder({ role: endpoint.connection.role === "client" ? "server" : "client" });
  return [...decoder.frames(endpoint.take())].map(({ opcode, fin, payload }) => {
    const close = opcode === Opcode.Close && payload.length > 0;
    const content = close ? Buffer.from(payload).readUInt16BE() : hexOf(payload);
    return `${OPCODE_NAMES[opcode]} ${content}${fin ? "" : " …"}`;
  });
}
