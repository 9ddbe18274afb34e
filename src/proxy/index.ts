export { type ConnectOptions, checkConnectResponse, connectRequest, type NoTunnel, type Tunnel } from "./connect.ts";
export { type Environment, type HttpProxy, parseProxy, proxyFor } from "./environment.ts";
