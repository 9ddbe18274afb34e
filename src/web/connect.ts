import { ConnectError } from "../adapter/connect-error.ts";
import { openInTime } from "../adapter/open-in-time.ts";
import type { AdapterSettings } from "../adapter/settings.ts";
import { checkSignal } from "../adapter/signal.ts";
import { ClientOpening, type ClientOpeningOptions } from "../connection/client-opening.ts";
import type { AnyConnectionHandler } from "../connection/handler.ts";
import { Attempt } from "./attempt.ts";
import type { ByteStreams, Dial } from "./byte-streams.ts";
import { type StreamOptions, settingsFor } from "./settings.ts";
import { sha1 } from "./sha1.ts";
import { StreamConnection } from "./stream-connection.ts";

/** What a client offers, and how its connection behaves. */
export interface ConnectOptions extends StreamOptions, Omit<ClientOpeningOptions, "uri" | "sha1"> {
  /** Gives the attempt up when it is aborted, and later the connection, as `abort` does. */
  readonly signal?: AbortSignal | undefined;
}

const NO_OPTIONS: ConnectOptions = {};

/**
 * The client's side of a WebSocket at a `ws:` or `wss:` URI, on streams that lead to its server, or on those that `dial`
 * opens. Gives the connection once it is open, so that the handler has no `onOpen`; messages that came at once may be handed
 * to it before. `openingTimeout` is for dialling and the opening handshake together. When it fails, nothing is left open. Pass
 * the same options object for many connections: its limits and times are read once.
 * @throws ConnectError when there is no connection: UNREACHABLE with what `dial` threw as its `cause`, CUT_OFF with what the
 * streams failed with.
 * @throws TypeError or RangeError naming the option that is wrong; TypeError when the streams are none, or are locked.
 */
export async function connect(
  uri: string,
  streams: ByteStreams | Dial,
  options: ConnectOptions = NO_OPTIONS,
): Promise<StreamConnection> {
  const settings = settingsFor("client", options);
  const { handler, signal } = options;
  checkSignal(signal);
  const opening = new ClientOpening({ ...options, uri, sha1 });
  const attempt = new Attempt();
  if (typeof streams !== "function") attempt.watch(streams);
  return openInTime(attempt, settings.openingTimeout, signal, async () => {
    const dialled = typeof streams === "function" ? await attempt.dial(streams, opening.uri) : streams;
    return open(dialled, opening, settings, handler, attempt);
  });
}

/** §4.1: "Once a connection to the server has been established ... the client MUST send an opening handshake". */
async function open(
  streams: ByteStreams,
  opening: ClientOpening,
  settings: AdapterSettings,
  handler: AnyConnectionHandler<StreamConnection> | undefined,
  attempt: Attempt,
): Promise<StreamConnection> {
  attempt.write(opening.request);
  for (;;) {
    const outcome = opening.receive(await attempt.read());
    if (outcome === undefined) continue;
    if ("refused" in outcome) throw new ConnectError("REFUSED", { answer: outcome.refused });
    attempt.release();
    return new StreamConnection(settings, handler, streams, outcome.agreed, outcome.rest);
  }
}
