/**
 * The WHATWG's `WebSocket` class over any way to connect. `wsimd/node` has it ready-made on Node's sockets.
 * @module
 */

import { wrongType } from "../protocol/argument.ts";
import { WebSocketBase } from "./websocket-base.ts";
import type { Connect, ConnectOptions, OpenConnection, WebSocketOptions } from "./websocket-options.ts";

export type { Connect, ConnectOptions, OpenConnection, WebSocketOptions };

/** The WHATWG's WebSocket class, whose second argument may also be options: those of the `connect` it stands on, and its own. */
export interface WebSocketClass<Options extends ConnectOptions> {
  /**
   * Begins to connect, as the standard has it.
   * @throws SyntaxError, a `DOMException`, when the URL or a subprotocol is none that it allows; TypeError without a URL.
   */
  new (
    url: string | URL,
    protocols?: string | Iterable<string> | (Omit<Options, keyof ConnectOptions> & WebSocketOptions),
  ): WebSocket;
  /** What its instances inherit from. */
  readonly prototype: WebSocket;
  /** `ReadyState.Connecting`. */
  readonly CONNECTING: 0;
  /** `ReadyState.Open`. */
  readonly OPEN: 1;
  /** `ReadyState.Closing`. */
  readonly CLOSING: 2;
  /** `ReadyState.Closed`. */
  readonly CLOSED: 3;
}

/**
 * The WHATWG's WebSocket class over `connect`, such as that of `wsimd/node`. What goes wrong before it is open comes as an
 * "error" event with a `message` and the `error`, which is what `connect` failed with.
 * @throws TypeError when `connect` is no function.
 */
export function webSocketOver<Options extends ConnectOptions>(connect: Connect<Options>): WebSocketClass<Options> {
  if (typeof connect !== "function") throw wrongType("connect", "a function", connect);
  class WebSocket extends WebSocketBase {
    constructor(...args: readonly unknown[]) {
      if (args.length === 0) throw new TypeError("a WebSocket needs a URL");
      super(connect as Connect<ConnectOptions>, args[0], args[1]);
    }
  }
  Object.defineProperty(WebSocket, "length", { value: 1 });
  return WebSocket as unknown as WebSocketClass<Options>;
}
