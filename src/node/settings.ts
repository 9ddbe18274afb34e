import type { ConnectionHandler } from "../connection/handler.ts";
import { type ConnectionOptions, ConnectionSettings } from "../connection/settings.ts";
import { checkInteger } from "../protocol/argument.ts";
import type { Role } from "../protocol/role.ts";
import type { Deadlines } from "./deadlines.ts";
import type { SocketConnection } from "./socket-connection.ts";

export interface SocketOptions extends ConnectionOptions {
  /**
   * Whether a chunk's memory is freed as soon as its messages were handled and what they caused is sent. The `data` of a
   * message is empty from then on: copy what is to be kept. Chunks lie outside of V8's heap, and left to the garbage collector
   * they have it go through the whole heap again and again. Node 20 cannot, and without a handler it is not done: what waits for
   * a loop is kept. Default: false.
   */
  readonly freeChunks?: boolean;
  /** Without a handler: how many bytes of messages may wait for the loop that asks for them before the peer is read no more.
   *  Default: 64 KiB. */
  readonly readAhead?: number;
}

export class SocketSettings extends ConnectionSettings {
  readonly freeChunks: boolean;
  readonly readAhead: number;
  /** What the connections wait for, once there are any. */
  deadlines: Deadlines<SocketConnection> | undefined = undefined;

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: SocketOptions) {
    super(options);
    const { freeChunks = false, readAhead = 65_536 } = options;
    if (typeof freeChunks !== "boolean") throw new TypeError("freeChunks must be a boolean");
    checkInteger("readAhead", readAhead, 0, Number.MAX_SAFE_INTEGER);
    this.freeChunks = freeChunks;
    this.readAhead = readAhead;
  }
}

const known = { client: new WeakMap<object, SocketSettings>(), server: new WeakMap<object, SocketSettings>() };

/** The settings of an options object, which is read once: connections that share one share them. */
export function settingsFor(
  role: Role,
  options: Omit<SocketOptions, "role"> & { readonly handler?: ConnectionHandler | undefined },
): SocketSettings {
  let settings = known[role].get(options);
  if (settings === undefined) {
    // Without a handler, messages wait, and the chunks that they lie in.
    const { handler, freeChunks = false } = options;
    settings = new SocketSettings({ ...options, role, freeChunks: handler === undefined ? false : freeChunks });
    known[role].set(options, settings);
  }
  return settings;
}
