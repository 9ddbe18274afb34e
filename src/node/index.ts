/**
 * WebSockets on Node's sockets: `upgrade` for an HTTP server that exists, `WebSocketServer` for a whole server, `accept` on a
 * port with nothing but WebSockets, `connect` for clients, the same over HTTP/2 (RFC 8441), and the WHATWG's `WebSocket`. Bun
 * and Deno have what it needs, too.
 * @module
 */

export type { EndOptions } from "../adapter/adapter-connection.ts";
export { ConnectError, type ConnectErrorCode } from "../adapter/connect-error.ts";
export { ConnectionFailed } from "../adapter/message-queue.ts";
export { type FragmentSource, type SendFromOptions, sendFrom } from "../adapter/send-from.ts";
export type { Answer } from "../handshake/refusal.ts";
export { type AcceptOptions, accept } from "./accept.ts";
export { acceptStream, refuseStream } from "./accept-stream.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export { type ConnectStreamOptions, connectStream } from "./connect-stream.ts";
export { freeChunk } from "./free-chunk.ts";
export {
  type AnyServer,
  type CloseServerOptions,
  type OpeningRequest,
  WebSocketServer,
  type WebSocketServerOptions,
} from "./server.ts";
export type { SocketOptions } from "./settings.ts";
export { SocketConnection } from "./socket-connection.ts";
export { refuse, type UpgradeOptions, upgrade } from "./upgrade.ts";
export { WebSocket } from "./websocket.ts";
