import type { Fragment } from "../message/fragment-decoder.ts";
import type { Message } from "../message/message.ts";
import type { ProtocolError } from "../protocol/errors.ts";
import type { Connection } from "./connection.ts";
import type { Refused } from "./opening.ts";

/** How a connection came to its end. */
export interface Closure {
  /** The code of the peer's Close; 1005 when that had none, 1006 when none came (§7.1.5). */
  readonly code: number;
  /** The reason in the peer's Close (§7.1.6). */
  readonly reason: string;
  /** Whether both sides sent a Close and the peer then ended the stream (§7.1.4: "closed _cleanly_"). */
  readonly clean: boolean;
  /** What the peer did wrong, if that is why. */
  readonly error: ProtocolError | undefined;
  /** Why it was never open, if the opening handshake said so. */
  readonly refused: Refused | undefined;
}

/** What a handler may take besides messages. */
interface ConnectionObserver<C extends Connection> {
  /** The opening handshake has succeeded (§4.1). Not called where it was done before the connection was made. */
  onOpen?(connection: C): void;
  /** A Ping, which the connection answers by itself (§5.5.2). */
  onPing?(payload: Uint8Array, connection: C): void;
  /** A Pong, with the milliseconds since the Ping that it answers; `undefined` when it answers none (§5.5.3). */
  onPong?(payload: Uint8Array, roundTrip: number | undefined, connection: C): void;
  /** The connection is no longer congested: all that waited was taken. */
  onDrain?(connection: C): void;
  /** The connection is closed: the last thing that happens on it, and it happens once. */
  onClose?(closure: Closure, connection: C): void;
}

/**
 * Takes what happens on a connection, as it happens: one handler may serve any number of them. Payloads are views of the
 * chunk that was received, or buffers of their own. Every method may call any of the connection's, which is the adapter's where
 * there is one.
 *
 * A method that throws fails the connection with 1011. What an `async` one returns is not waited for, and its rejection is the
 * runtime's to report, with the connection left as it is: catch what it may fail with, and close the connection there.
 */
export interface ConnectionHandler<C extends Connection = Connection> extends ConnectionObserver<C> {
  /** A message is complete: all its fragments have come, and its text is valid. */
  onMessage(message: Message, connection: C): void;
}

/** The same for messages of any size, which are not collected: `maxMessageLength` and `maxFrameLength` bound them only if set. */
export interface FragmentConnectionHandler<C extends Connection = Connection> extends ConnectionObserver<C> {
  /** A piece of a message, as it arrives. Its bytes are there until this returns. */
  onFragment(fragment: Fragment, connection: C): void;
  /** It takes no whole messages. */
  readonly onMessage?: never;
}

/** Takes messages, whole or in pieces: it has either `onMessage` or `onFragment`. */
export type AnyConnectionHandler<C extends Connection = Connection> =
  | ConnectionHandler<C>
  | FragmentConnectionHandler<C>;

/** Whether the handler takes fragments. @throws TypeError unless it takes either those or messages. */
export function takesFragments(handler: AnyConnectionHandler): handler is FragmentConnectionHandler {
  const { onMessage, onFragment } = (handler ?? {}) as { readonly onMessage?: unknown; readonly onFragment?: unknown };
  if (onMessage === undefined && typeof onFragment === "function") return true;
  if (onFragment === undefined && typeof onMessage === "function") return false;
  throw new TypeError(`handler must have the method onMessage, or else onFragment; it has ${methodsOf(handler)}`);
}

/** The names of its methods, its class's among them, without asking what a getter says. */
function methodsOf(handler: unknown): string {
  const names: string[] = [];
  for (let from = handler; typeof from === "object" && from !== null; from = Object.getPrototypeOf(from)) {
    if (from === Object.prototype) break;
    const properties = Object.entries(Object.getOwnPropertyDescriptors(from));
    names.push(...properties.filter(([, { value }]) => typeof value === "function").map(([name]) => name));
  }
  return names.filter((name) => name !== "constructor").join(", ") || "no methods";
}

/** @throws TypeError when there is a handler that takes neither. */
export function checkHandler(handler: AnyConnectionHandler | undefined): void {
  if (handler !== undefined) takesFragments(handler);
}

/**
 * What `Connection.takeEvents` returns: what the handler's `onOpen`, `onMessage`, `onPing`, `onPong`, `onDrain` and `onClose`
 * would be told.
 */
export type ConnectionEvent =
  | { readonly type: "open" }
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "ping"; readonly payload: Uint8Array }
  | { readonly type: "pong"; readonly payload: Uint8Array; readonly roundTrip: number | undefined }
  | { readonly type: "drain" }
  | { readonly type: "close"; readonly closure: Closure };

/** Collects the events of a connection that was given no handler. */
export class EventQueue implements ConnectionHandler {
  #events: ConnectionEvent[] = [];

  take(): ConnectionEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  onOpen(): void {
    this.#events.push({ type: "open" });
  }

  onMessage(message: Message): void {
    this.#events.push({ type: "message", message });
  }

  onPing(payload: Uint8Array): void {
    this.#events.push({ type: "ping", payload });
  }

  onPong(payload: Uint8Array, roundTrip: number | undefined): void {
    this.#events.push({ type: "pong", payload, roundTrip });
  }

  onDrain(): void {
    this.#events.push({ type: "drain" });
  }

  onClose(closure: Closure): void {
    this.#events.push({ type: "close", closure });
  }
}
