export type { EndOptions } from "../adapter/adapter-connection.ts";
export { ConnectError, type ConnectErrorCode } from "../adapter/connect-error.ts";
export { ConnectionFailed } from "../adapter/message-queue.ts";
export { type AcceptOptions, accept } from "./accept.ts";
export type { ByteStreams } from "./byte-streams.ts";
export { type ConnectOptions, connect, type Dial, type DialTarget } from "./connect.ts";
export type { MessageStreams } from "./message-streams.ts";
export type { StreamOptions } from "./settings.ts";
export { StreamConnection } from "./stream-connection.ts";
