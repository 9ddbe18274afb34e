/** A Ping that waits for its Pong. */
interface PendingPing {
  readonly payload: Uint8Array;
  readonly sentAt: number;
}

/** The Pings that were sent and not answered, oldest first. */
export class Pings {
  #pending: PendingPing[] = [];
  #count = 0;

  /** A payload of its own for each Ping, so that a Pong tells which one it answers. */
  nextPayload(): Uint8Array {
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, this.#count++);
    return payload;
  }

  /** Remembers a Ping; the payload is copied. */
  sent(payload: Uint8Array, now: number): void {
    this.#pending.push({ payload: payload.slice(), sentAt: now });
  }

  /**
   * The time since the Ping that this Pong answers; `undefined` for an unsolicited one (§5.5.3). Those before it are done
   * with, too: a peer "MAY elect to send a Pong frame for only the most recently processed Ping frame".
   */
  answered(payload: Uint8Array, now: number): number | undefined {
    const index = this.#pending.findIndex((ping) => sameBytes(ping.payload, payload));
    if (index < 0) return undefined;
    const { sentAt } = this.#pending[index];
    this.#pending.splice(0, index + 1);
    return now - sentAt;
  }

  get empty(): boolean {
    return this.#pending.length === 0;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
