import type { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import type { Role } from "wsimd";
import type { ChunkPool } from "../pool.ts";

/** The parts of websocket-driver that are measured; it has no types of its own. */
export interface Driver {
  parse(chunk: Uint8Array): void;
  text(message: string): boolean;
  binary(message: Uint8Array): boolean;
  start(): boolean;
  /** What it writes to the socket. */
  readonly io: EventEmitter;
  /** A text comes out as a string, binary data as a Buffer. */
  readonly messages: EventEmitter;
  on(event: "error" | "close", listener: (event: unknown) => void): this;
}

const REQUEST = [
  "GET / HTTP/1.1",
  "Host: localhost",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "\r\n",
].join("\r\n");

const require = createRequire(import.meta.url);

/** A driver past its handshake. A client's parser and writer are the server's with these two options, which is what its
 *  own `client` sets. */
export function createDriver(role: Role): Driver {
  const { server } = require("websocket-driver") as { server: (options: object) => Driver };
  const driver = server({ requireMasking: role === "server", masking: role === "client" });
  let response = "";
  const listen = (bytes: Buffer): void => {
    response += bytes.toString();
  };
  driver.io.on("data", listen);
  driver.start();
  driver.parse(Buffer.from(REQUEST));
  driver.io.off("data", listen);
  if (!response.startsWith("HTTP/1.1 101 ")) throw new Error(`websocket-driver answered ${response}`);
  driver.on("error", fail);
  driver.on("close", fail);
  return driver;
}

function fail(event: unknown): never {
  throw new Error(`websocket-driver ended the connection: ${JSON.stringify(event)}`, { cause: event });
}

export function driveAll(driver: Driver, pool: ChunkPool): void {
  for (const chunk of pool.chunks) driver.parse(chunk);
}
