export { freeChunk } from "./free-chunk.ts";
export { SocketConnection, type SocketOptions } from "./socket-connection.ts";
export { refuse, type UpgradeOptions, upgrade } from "./upgrade.ts";
