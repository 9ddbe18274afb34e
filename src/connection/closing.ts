import type { CloseStatus } from "../message/close.ts";
import { CloseCode } from "../protocol/close-code.ts";
import type { ProtocolError } from "../protocol/errors.ts";
import type { Closure } from "./handler.ts";
import type { Refused } from "./opening.ts";

/** What is known of a connection's end, from its first sign on. */
export class Closing {
  /** Whether our Close was sent: nothing may follow it (§5.5.1). */
  sent = false;
  /** The peer's Close, once it has come. */
  received: CloseStatus | undefined = undefined;
  /** Whether it was given up, by `abort` or a timeout. */
  aborted = false;
  /** `closure` in the end: one object, by which this connection's end is told from another's. */
  final: Closure | undefined = undefined;
  #failed = false;
  #error: ProtocolError | undefined = undefined;
  #refused: Refused | undefined = undefined;

  /** Whether what comes is not looked at any more: the peer has said its last, or the connection has failed. */
  get deaf(): boolean {
    return this.received !== undefined || this.#failed;
  }

  /** Whether it never became a WebSocket, so that there is no Close to wait for. */
  get refused(): boolean {
    return this.#refused !== undefined;
  }

  /** §7.1.7: the connection has failed, for a violation of the peer's, or for none. */
  fail(violation: ProtocolError | undefined): void {
    this.#failed = true;
    this.#error = violation;
  }

  /** The opening handshake has said that there is no WebSocket. */
  refuse(refused: Refused): void {
    this.#failed = true;
    this.#refused = refused;
  }

  /** What it comes to so far. */
  get closure(): Closure {
    const { code, reason } = this.received ?? { code: CloseCode.Abnormal, reason: "" };
    const clean = this.sent && this.received !== undefined;
    return { code, reason, clean, error: this.#error, refused: this.#refused };
  }
}
