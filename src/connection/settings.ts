import type { Kernel } from "../kernel/kernel.ts";
import { RetainedBudget } from "../message/budget.ts";
import { type MessageLimits, resolveLimits } from "../message/limits.ts";
import type { MessageDecoderOptions } from "../message/stream-decoder.ts";
import { checkInteger, wrongType } from "../protocol/argument.ts";
import { checkRole, type Role } from "../protocol/role.ts";
import { type OutgoingPool, outgoingPoolOf } from "./outgoing-pool.ts";

/** What a connection is told. Times are by `clock`, and whole numbers as the bytes are. */
export interface ConnectionOptions extends Partial<MessageLimits> {
  /** Which end this is: a client masks what it sends, and a server closes the TCP connection first (§5.1, §7.1.1). */
  readonly role: Role;
  /** A bound on what many connections retain together of messages that are not complete. Default: none. */
  readonly budget?: RetainedBudget;
  /** The kernel to run on. Default: `defaultKernel().kernel`, selected when it is first needed. */
  readonly kernel?: Kernel;
  /** Beyond how many bytes that wait to be sent the connection is `congested`. Default: 64 KiB. */
  readonly highWaterMark?: number;
  /** How long the opening handshake may take, in milliseconds. Default: 10 000. */
  readonly openingTimeout?: number;
  /** After how many milliseconds without a byte of the peer's it is sent a Ping; 0 for never. Default: 30 000. */
  readonly keepAliveInterval?: number;
  /** How many milliseconds the peer may take to answer that Ping, by whatever bytes, before the connection is given up.
   *  Default: 20 000. */
  readonly keepAliveTimeout?: number;
  /** How many milliseconds the peer may take, once a Close was sent, to end the connection (§7.1.1). Default: 5 000. */
  readonly closeTimeout?: number;
  /** The caller's clock, in milliseconds, which only ever goes on. Default: `performance.now()`. */
  readonly clock?: () => number;
}

/** The options of a connection, checked, and what all connections that share them share: make one for a server. */
export class ConnectionSettings {
  /** As the option. */
  readonly role: Role;
  /** As the option, in bytes. */
  readonly highWaterMark: number;
  /** As the option, in milliseconds. */
  readonly openingTimeout: number;
  /** As the option, in milliseconds; 0 for never. */
  readonly keepAliveInterval: number;
  /** As the option, in milliseconds. */
  readonly keepAliveTimeout: number;
  /** As the option, in milliseconds. */
  readonly closeTimeout: number;
  /** As the option. */
  readonly clock: () => number;
  /** What each connection's decoder is made with: the limits that were set, the budget and the kernel. */
  readonly decoding: MessageDecoderOptions;
  /** What the connections send from, while something waits. @internal */
  readonly pool: OutgoingPool;

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: ConnectionOptions) {
    checkRole(options?.role);
    const { role, kernel, budget, highWaterMark = 65_536, clock = () => performance.now() } = options;
    const { keepAliveInterval = 30_000, keepAliveTimeout = 20_000 } = options;
    const { openingTimeout = 10_000, closeTimeout = 5_000 } = options;
    if (budget !== undefined && !(budget instanceof RetainedBudget)) {
      throw wrongType("budget", "a RetainedBudget", budget);
    }
    if (typeof clock !== "function") throw wrongType("clock", "a function", clock);
    for (const [name, value] of Object.entries({
      highWaterMark,
      openingTimeout,
      keepAliveInterval,
      keepAliveTimeout,
      closeTimeout,
    })) {
      checkInteger(name, value, 0, Number.MAX_SAFE_INTEGER);
    }
    this.role = role;
    this.highWaterMark = highWaterMark;
    this.openingTimeout = openingTimeout;
    this.keepAliveInterval = keepAliveInterval;
    this.keepAliveTimeout = keepAliveTimeout;
    this.closeTimeout = closeTimeout;
    this.clock = clock;
    this.pool = outgoingPoolOf(role, kernel);
    // As they were set: what is the default depends on who decodes.
    this.decoding = {
      role,
      ...limitsIn(options),
      ...(budget === undefined ? {} : { budget }),
      ...(kernel === undefined ? {} : { kernel }),
    };
  }
}

/** The limits that the options name, checked. */
function limitsIn(options: ConnectionOptions): Partial<MessageLimits> {
  resolveLimits(options);
  const { maxFrameLength, maxMessageLength, maxFragments, maxRetainedBytes } = options;
  const limits = { maxFrameLength, maxMessageLength, maxFragments, maxRetainedBytes };
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}
