import { ServerOpening, type ServerOpeningOptions } from "../connection/server-opening.ts";
import type { ByteStreams } from "./byte-streams.ts";
import { type StreamOptions, settingsFor } from "./settings.ts";
import { sha1 } from "./sha1.ts";
import { StreamConnection } from "./stream-connection.ts";

/** What a server takes on streams of bytes, and how its connections behave. */
export interface AcceptOptions extends StreamOptions, Omit<ServerOpeningOptions, "sha1"> {}

const NO_OPTIONS: AcceptOptions = {};

/**
 * The server's side of a WebSocket on bytes that nobody has read of yet, from the opening handshake on, for which there is
 * `openingTimeout`. A request that is refused is answered, and then ends as any connection: `onClose`, `closed` and a loop are
 * told. Pass the same options object each time: its limits and times are read once.
 * @throws TypeError or RangeError naming the option that is wrong; TypeError when the streams are none, or are locked.
 */
export function accept(streams: ByteStreams, options: AcceptOptions = NO_OPTIONS): StreamConnection {
  const settings = settingsFor("server", options);
  return new StreamConnection(settings, options.handler, streams, new ServerOpening({ ...options, sha1 }));
}
