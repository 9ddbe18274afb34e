import { FrameEncoder } from "../frame/encoder.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Role } from "../protocol/role.ts";
import { Outgoing } from "./outgoing.ts";

/** The buffers of connections that send one after the other: so large that fresh memory is seldom needed. */
const LARGE = 65_536;
/** Where more connections have something waiting at once, such as the same short message for thousands, the others' are small. */
const MOST_LARGE = 16;
const SMALL = 1024;

/** Lends connections what they send from, while something waits: an idle one holds none. */
export class OutgoingPool {
  /** It has no state, so that it serves them all. */
  readonly #encoder: FrameEncoder;
  /** Large ones that nothing waits in. */
  readonly #spare: Outgoing[] = [];
  #large = 0;

  constructor(encoder: FrameEncoder) {
    this.#encoder = encoder;
  }

  take(sender: object): Outgoing {
    const outgoing = this.#spare.pop() ?? this.#make();
    outgoing.sender = sender;
    return outgoing;
  }

  /** Takes one back that nothing waits in. */
  giveBack(outgoing: Outgoing): void {
    outgoing.sender = undefined;
    if (outgoing.capacity === LARGE) this.#spare.push(outgoing);
  }

  #make(): Outgoing {
    if (this.#large === MOST_LARGE) return new Outgoing(this.#encoder, SMALL);
    this.#large++;
    return new Outgoing(this.#encoder, LARGE);
  }

  /** Bytes that were taken come back, mostly those that were taken last. */
  reclaim(bytes: Uint8Array): void {
    this.#spare.at(-1)?.reclaim(bytes);
  }
}

const shared: Partial<Record<Role, OutgoingPool>> = {};

/** The pool of all connections of a role that run on the default kernel; one of its own for another kernel. */
export function outgoingPoolOf(role: Role, kernel: Kernel | undefined): OutgoingPool {
  if (kernel !== undefined) return new OutgoingPool(new FrameEncoder({ role, kernel }));
  shared[role] ??= new OutgoingPool(new FrameEncoder({ role }));
  return shared[role];
}
