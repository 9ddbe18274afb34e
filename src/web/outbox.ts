import { queueTask } from "../adapter/queue-task.ts";
import type { DataOpcode } from "../protocol/opcode.ts";

/** What an `Outbox` needs of a connection. */
export interface Sending {
  /** How many bytes wait to be taken. */
  readonly bufferedAmount: number;
  /** Those, and what its socket has not handed to the system yet, where that is known. */
  readonly unsent?: number;
  /**
   * Queues a message. The bytes are the sender's own again when this returns. Returns false, and sends nothing, unless it is
   * open.
   */
  send(opcode: DataOpcode, payload: Uint8Array): boolean;
  /** Starts the closing handshake (§7.1.2); 1005 stands for a Close without a code. Default: 1000, without a reason. */
  close(code?: number, reason?: string): void;
}

/** A message on its way: its payload's length, and how many bytes had been written in all behind it. */
interface Sent {
  readonly length: number;
  readonly end: number;
}

/** Stands for a Close without a code (RFC 6455 §7.1.5). */
const NO_STATUS = 1005;

/** What a WebSocket sends, in order, also where a Blob must be read first; and how much of it has not left yet. */
export class Outbox {
  readonly #connection: Sending;
  readonly #onUnreadable: (error: unknown) => void;
  #amount = 0;
  /** Messages that the connection has taken and not sent, in order. */
  #sent: Sent[] = [];
  /** How many bytes those and all before them took as frames. */
  #written = 0;
  /** Whether something was sent in this task. */
  #fresh = false;
  #stopped = false;
  /** What waits behind a Blob. */
  #tail: Promise<void> = Promise.resolve();
  #behind = 0;

  /** `onUnreadable` is called when a Blob cannot be read. */
  constructor(connection: Sending, onUnreadable: (error: unknown) => void) {
    this.#connection = connection;
    this.#onUnreadable = onUnreadable;
  }

  /**
   * How many bytes of payloads have not left. They are counted down between tasks alone: "as of the last time the event loop
   * reached step 1". Those that never left stay: "The number does not reset to zero once the connection closes."
   */
  get amount(): number {
    this.settle();
    return this.#amount;
  }

  send(opcode: DataOpcode, payload: Uint8Array | Blob): void {
    this.#amount += payload instanceof Blob ? payload.size : payload.length;
    if (this.#stopped) return;
    if (payload instanceof Blob) {
      this.#queue(async () => this.#transmit(opcode, new Uint8Array(await payload.arrayBuffer())));
    } else if (this.#behind === 0) {
      this.#transmit(opcode, payload);
    } else {
      // The caller may change the bytes after this.
      const bytes = payload.slice();
      this.#queue(async () => this.#transmit(opcode, bytes));
    }
  }

  /** "The close() method does not discard previously sent messages before starting the WebSocket closing handshake". */
  close(code: number | undefined, reason: string): void {
    // "If neither code nor reason is present, the WebSocket Close message must not have a body." A reason alone has no place.
    const close = (): void =>
      code === undefined ? this.#connection.close(NO_STATUS) : this.#connection.close(code, reason);
    if (this.#behind === 0) close();
    else this.#queue(async () => close());
  }

  /** Counts what has left, unless something was sent in this task: then a later one does. */
  settle(): void {
    if (this.#stopped || this.#fresh) return;
    // Control frames may wait, too: then some that has left is still counted, and none that has not is missed.
    const gone = this.#written - this.#unsent;
    let left = 0;
    while (left < this.#sent.length && this.#sent[left].end <= gone) {
      this.#amount -= this.#sent[left++].length;
    }
    if (left > 0) this.#sent = this.#sent.slice(left);
  }

  /** The connection is closed: what is counted now stays. An abrupt end has dropped what was on its way. */
  stop(clean: boolean): void {
    this.#fresh = false;
    if (clean) this.settle();
    this.#stopped = true;
  }

  get #unsent(): number {
    return this.#connection.unsent ?? this.#connection.bufferedAmount;
  }

  #transmit(opcode: DataOpcode, bytes: Uint8Array): void {
    const before = this.#unsent;
    if (!this.#connection.send(opcode, bytes)) return;
    this.#written += this.#unsent - before;
    this.#sent.push({ length: bytes.length, end: this.#written });
    if (this.#fresh) return;
    this.#fresh = true;
    queueTask(() => {
      this.#fresh = false;
      this.settle();
    });
  }

  /** Takes `step` when those before it are done. */
  #queue(step: () => Promise<void>): void {
    this.#behind++;
    this.#tail = this.#tail
      .then(() => (this.#stopped ? undefined : step()))
      .catch(this.#onUnreadable)
      .finally(() => this.#behind--)
      .then(() => {});
  }
}
