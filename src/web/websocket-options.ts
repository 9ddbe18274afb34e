// What a WebSocket is made with, and what it stands on.

import type { AnyConnectionHandler } from "../connection/handler.ts";
import type { ReadyState } from "../connection/ready-state.ts";
import { formatExtensions } from "../handshake/extensions.ts";
import type { NegotiableExtension } from "../message/extension.ts";
import type { Sending } from "./outbox.ts";

/** What a `WebSocket` sets of the options of its `connect`. */
export interface ConnectOptions {
  /** The subprotocols to offer, those of the second argument (§1.9). */
  readonly protocols?: readonly string[];
  /** An extension to offer (§9). */
  readonly extension?: NegotiableExtension | undefined;
  /** What takes the messages: the `WebSocket` itself. */
  readonly handler?: AnyConnectionHandler | undefined;
  /** Aborted when the `WebSocket` is closed before it is open. */
  readonly signal?: AbortSignal | undefined;
}

/** What a `WebSocket` asks of the connection that it stands on. */
export interface OpenConnection extends Sending {
  /** Where it stands. */
  readonly readyState: ReadyState;
  /** The subprotocol that was agreed on (§1.9). */
  readonly protocol: string | undefined;
  /** Gives it up: its handler's `onClose` is told at once. */
  abort(): void;
}

/**
 * Opens a connection whose messages go to `handler`, from the moment on when it is open: what the promise is of. It rejects
 * when there is none, also because `signal` was aborted, and leaves nothing open then.
 */
export type Connect<Options extends ConnectOptions> = (uri: string, options: Options) => Promise<OpenConnection>;

/** The options of a `WebSocket`, in the place of its subprotocols. */
export interface WebSocketOptions {
  /** The subprotocols to offer, the favourite first, each named once (§4.1). Default: none. */
  readonly protocols?: string | Iterable<string> | undefined;
  /** What a relative URL is resolved against. Default: the address of the page, where there is one. */
  readonly base?: string | undefined;
  /** An extension to offer, such as `permessageDeflate()` (§9). Default: none. */
  readonly extension?: NegotiableExtension | undefined;
}

/** An object that is no list has options: by the standard alone, it would be a string, and no subprotocol. */
export function readOptions(argument: unknown): WebSocketOptions {
  const isOptions = typeof argument === "object" && argument !== null && !(Symbol.iterator in argument);
  return isOptions ? argument : { protocols: argument as WebSocketOptions["protocols"] };
}

/** The extension, which tells `note` what the server has answered to it. What is none is for `connect` to refuse. */
export function notingAnswer(
  extension: NegotiableExtension | undefined,
  note: (answer: string) => void,
): NegotiableExtension | undefined {
  if (typeof extension?.offers !== "function") return extension;
  return {
    token: extension.token,
    offers: () => extension.offers(),
    answer: (offers) => extension.answer(offers),
    accept(answer) {
      note(formatExtensions([answer]));
      return extension.accept(answer);
    },
  };
}
