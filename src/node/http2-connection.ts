import { constants, type Http2Stream } from "node:http2";
import type { AnyConnectionHandler } from "../connection/handler.ts";
import type { Agreed } from "../connection/opening.ts";
import type { SocketSettings } from "./settings.ts";
import { SocketConnection } from "./socket-connection.ts";

/** A connection on a stream of HTTP/2, which is its `socket` (RFC 8441). */
export class Http2Connection extends SocketConnection {
  /** @throws TypeError as `SocketConnection` does. */
  constructor(
    settings: SocketSettings,
    handler: AnyConnectionHandler<SocketConnection> | undefined,
    stream: Http2Stream,
    agreed: Agreed,
  ) {
    super(settings, handler, stream, agreed);
    stream.on("aborted", onAborted);
  }

  /** RFC 8441 §5: "RST exceptions are represented with the RST_STREAM frame ... with the CANCEL error code". */
  protected override destroy(): void {
    const stream = this.socket as Http2Stream;
    stream.close(constants.NGHTTP2_CANCEL);
    // Not only when that is out and all was read.
    stream.destroy();
  }
}

/** A reset without an error leaves the stream open until what came before it was read, and on Node 20 until all is written. */
function onAborted(this: Http2Stream): void {
  // The event comes in the midst of closing.
  process.nextTick(() => this.destroy());
}
