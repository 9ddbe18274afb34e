// A WebSocket as the segments of its TCP connection.

import { createHash } from "node:crypto";
import type { Segment } from "./capture-files.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = createHash("sha1").update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
const bytes = (text: string) => new TextEncoder().encode(text);

export const REQUEST: Uint8Array = bytes(
  `GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
    `Sec-WebSocket-Key: ${KEY}\r\n\r\n`,
);
export const RESPONSE: Uint8Array = bytes(
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`,
);

export const CLIENT = "10.0.0.1:50000";
export const SERVER = "10.0.0.2:80";

/** Numbers that wrap around within the first segments. */
export const CLIENT_START = 0xffff_ffc0;
export const SERVER_START = 0x7fff_fff0;

export const SYNS: readonly Segment[] = [
  { from: CLIENT, to: SERVER, sequence: CLIENT_START, flags: "S" },
  { from: SERVER, to: CLIENT, sequence: SERVER_START, flags: "SA" },
];

/** The client's bytes from `at` of what it sends on. */
export function sent(payload: Uint8Array, at: number, flags = "PA"): Segment {
  return { from: CLIENT, to: SERVER, sequence: (CLIENT_START + 1 + at) >>> 0, flags, payload };
}

export function answered(payload: Uint8Array, at: number, flags = "PA"): Segment {
  return { from: SERVER, to: CLIENT, sequence: (SERVER_START + 1 + at) >>> 0, flags, payload };
}

/** The opening handshake. */
export const OPENING: readonly Segment[] = [...SYNS, sent(REQUEST, 0), answered(RESPONSE, 0)];
