export type { EndOptions } from "../adapter/adapter-connection.ts";
export { ConnectError, type ConnectErrorCode } from "../adapter/connect-error.ts";
export { ConnectionFailed } from "../adapter/message-queue.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export { freeChunk } from "./free-chunk.ts";
export { WebSocketServer, type WebSocketServerOptions } from "./server.ts";
export type { SocketOptions } from "./settings.ts";
export { SocketConnection } from "./socket-connection.ts";
export { refuse, type UpgradeOptions, upgrade } from "./upgrade.ts";
