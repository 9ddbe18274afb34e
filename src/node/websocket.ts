import { type WebSocketClass, webSocketOver } from "../web/websocket.ts";
import { type ConnectOptions, connect } from "./connect.ts";

/** The WHATWG's WebSocket class on Node's sockets. Its second argument may be options, those of `connect` among them. */
export const WebSocket: WebSocketClass<ConnectOptions> = webSocketOver(connect);
