export { ConnectionFailed } from "../adapter/message-queue.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export { ConnectError, type ConnectErrorCode } from "./connect-error.ts";
export { freeChunk } from "./free-chunk.ts";
export { WebSocketServer, type WebSocketServerOptions } from "./server.ts";
export type { SocketOptions } from "./settings.ts";
export { type EndOptions, SocketConnection } from "./socket-connection.ts";
export { refuse, type UpgradeOptions, upgrade } from "./upgrade.ts";
export { WebSocket } from "./websocket.ts";
