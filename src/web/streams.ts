/**
 * WebSockets over any WHATWG streams of bytes, on any runtime: `accept` for servers, `connect` for clients.
 * @module
 */

export type { EndOptions } from "../adapter/adapter-connection.ts";
export { ConnectError, type ConnectErrorCode } from "../adapter/connect-error.ts";
export { ConnectionFailed } from "../adapter/message-queue.ts";
export { type AcceptOptions, accept } from "./accept.ts";
export type { ByteStreams, Dial, DialTarget } from "./byte-streams.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export type { MessageStreams } from "./message-streams.ts";
export type { StreamOptions } from "./settings.ts";
export { StreamConnection } from "./stream-connection.ts";
