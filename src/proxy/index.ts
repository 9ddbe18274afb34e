/**
 * The way through an HTTP proxy (§4.1), without I/O: the request for a tunnel, and the proxy that the environment names.
 * `connect` of `wsimd/node` goes it by itself.
 * @module
 */

export { type ConnectOptions, checkConnectResponse, connectRequest, type NoTunnel, type Tunnel } from "./connect.ts";
export { type Environment, type HttpProxy, parseProxy, proxyFor } from "./environment.ts";
