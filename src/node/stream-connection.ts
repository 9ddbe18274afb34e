import { constants, type Http2Stream } from "node:http2";
import { SocketConnection } from "./socket-connection.ts";

/** A connection on a stream of HTTP/2, which is its `socket` (RFC 8441). */
export class StreamConnection extends SocketConnection {
  /** RFC 8441 §5: "RST exceptions are represented with the RST_STREAM frame ... with the CANCEL ... error code." */
  protected override destroySocket(): void {
    const stream = this.socket as Http2Stream;
    stream.close(constants.NGHTTP2_CANCEL);
    // Also when what the peer sent before was not read, which "close" would wait for.
    stream.destroy();
  }
}
