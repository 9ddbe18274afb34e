import { type AnyConnectionHandler, checkHandler } from "../connection/handler.ts";
import { type AcceptOptions, checkAcceptOptions } from "../connection/server-opening.ts";
import { type ConnectionOptions, ConnectionSettings } from "../connection/settings.ts";
import { checkInteger, checkObject } from "../protocol/argument.ts";
import type { Role } from "../protocol/role.ts";
import type { AdapterConnection } from "./adapter-connection.ts";
import type { Deadlines } from "./deadlines.ts";

/** What a connection that sends by itself and keeps its own time is told. */
export interface AdapterOptions extends ConnectionOptions {
  /** Without a handler: how many bytes of messages may wait for the loop that asks for them before the peer is read no more.
   *  Default: 64 KiB. */
  readonly readAhead?: number;
}

export class AdapterSettings extends ConnectionSettings {
  readonly readAhead: number;
  /** What the connections wait for, once there are any. */
  deadlines: Deadlines<AdapterConnection> | undefined = undefined;

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: AdapterOptions) {
    super(options);
    const { readAhead = 65_536 } = options;
    checkInteger("readAhead", readAhead, 0, Number.MAX_SAFE_INTEGER);
    this.readAhead = readAhead;
  }
}

/** @throws TypeError when it is none: an array is a list of subprotocols in the wrong place. */
export function checkOptions(options: unknown): void {
  checkObject("options", options);
}

/**
 * What `read` makes of an options object, which is read once: connections that share one share their settings. What is no
 * setting is checked along with them, before anything is sent.
 */
export function readOnce<Options extends object, Settings>(
  read: (role: Role, options: Options) => Settings,
): (role: Role, options: Options) => Settings {
  const known = { client: new WeakMap<object, Settings>(), server: new WeakMap<object, Settings>() };
  return (role, options) => {
    let settings = known[role].get(options);
    if (settings === undefined) {
      checkOptions(options);
      checkHandler((options as { readonly handler?: AnyConnectionHandler | undefined }).handler);
      if (role === "server") checkAcceptOptions(options as AcceptOptions);
      settings = read(role, options);
      known[role].set(options, settings);
    }
    return settings;
  };
}
