import { type AdapterConnection, abortOn } from "./adapter-connection.ts";
import { ConnectError } from "./connect-error.ts";
import { LONGEST_TIMER } from "./deadlines.ts";

/** An attempt to connect, and what it has opened so far. */
export interface Attempted {
  /** Ends it from outside: what it waits for fails with `failure`. */
  giveUp(failure: ConnectError): void;
  /** Leaves nothing open, and tells what it failed with: what it was given up for, or `error`. */
  fail(error: unknown): unknown;
}

/**
 * Has `open` make a connection, unless `timeout` milliseconds pass or `signal` is aborted before it has. Later, the signal aborts the
 * connection. When it fails, nothing is left open.
 */
export async function openInTime<C extends AdapterConnection>(
  attempt: Attempted,
  timeout: number,
  signal: AbortSignal | undefined,
  open: () => Promise<C>,
): Promise<C> {
  const aborted = (): ConnectError => new ConnectError("ABORTED", { cause: signal?.reason });
  const abort = (): void => attempt.giveUp(aborted());
  const timer = setTimeout(() => attempt.giveUp(new ConnectError("TIMED_OUT")), Math.min(timeout, LONGEST_TIMER));
  signal?.addEventListener("abort", abort);
  try {
    if (signal?.aborted) throw aborted();
    const connection = await open();
    if (signal !== undefined) abortOn(signal, connection);
    return connection;
  } catch (error) {
    throw attempt.fail(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
