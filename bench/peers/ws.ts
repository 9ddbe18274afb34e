import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import type { ChunkPool } from "../pool.ts";

/** The parts of ws that are measured; its types leave them out. */
export interface WsReceiver {
  write(chunk: Uint8Array): boolean;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
}

export interface WsFrameOptions {
  readonly fin: boolean;
  readonly opcode: number;
  readonly mask: boolean;
  /** Whether the data must stay as it is. */
  readonly readOnly: boolean;
  readonly rsv1: boolean;
}

export interface Ws {
  readonly name: WsPeer;
  readonly Receiver: new (options: object) => WsReceiver;
  readonly Sender: { frame(data: Buffer, options: WsFrameOptions): Buffer[] };
  readonly unmask: (buffer: Buffer, mask: Uint8Array) => void;
  readonly isValidUTF8: (buffer: Buffer) => boolean;
}

export const WS_PEERS = ["ws+bufferutil", "ws"] as const;
export type WsPeer = (typeof WS_PEERS)[number];

const require = createRequire(import.meta.url);

/**
 * A copy of ws of its own, with bufferutil or without: ws decides when it is loaded, so both can run in one process, and
 * neither's calls leave their mark on the other's code.
 */
export function loadWs(name: WsPeer): Ws {
  const root = dirname(require.resolve("ws/package.json"));
  for (const path of Object.keys(require.cache)) {
    if (path.startsWith(root + sep)) delete require.cache[path];
  }
  const before = process.env.WS_NO_BUFFER_UTIL;
  if (name === "ws") process.env.WS_NO_BUFFER_UTIL = "1";
  else delete process.env.WS_NO_BUFFER_UTIL;
  try {
    if (name === "ws+bufferutil") assertNative("bufferutil", require("bufferutil").unmask);
    const { Receiver, Sender } = require("ws");
    const { unmask } = require(join(root, "lib", "buffer-util.js"));
    const { isValidUTF8 } = require(join(root, "lib", "validation.js"));
    if (/bufferUtil\./.test(String(unmask)) !== (name === "ws+bufferutil") && wsMasking() === "bufferutil") {
      throw new Error(`this copy of ws is not ${name}`);
    }
    return { name, Receiver, Sender, unmask, isValidUTF8 };
  } finally {
    if (before === undefined) delete process.env.WS_NO_BUFFER_UTIL;
    else process.env.WS_NO_BUFFER_UTIL = before;
  }
}

/** What ws masks with where it may: newer versions of Node bring it, and ws then asks neither bufferutil nor the variable. */
export function wsMasking(): "http.websocketMask" | "bufferutil" {
  return "websocketMask" in require("node:http") ? "http.websocketMask" : "bufferutil";
}

/** Fails when an add-on's JavaScript fallback was loaded in place of its native code. */
export function assertNative(name: string, method: unknown): void {
  if (!/\[native code\]/.test(String(method))) throw new Error(`${name} runs without its native code`);
}

/** A server's receiver with the limits that ws's own server sets, fed as ws feeds it: by `write`. */
export function createReceiver(ws: Ws): WsReceiver {
  const receiver = new ws.Receiver({
    allowSynchronousEvents: true,
    binaryType: "nodebuffer",
    extensions: {},
    isServer: true,
    maxBufferedChunks: 256 * 1024,
    maxFragments: 16 * 1024,
    maxPayload: 100 * 1024 * 1024,
    skipUTF8Validation: false,
  });
  receiver.on("error", (error) => {
    throw error;
  });
  return receiver;
}

export function receiveAll(receiver: WsReceiver, pool: ChunkPool): void {
  for (const chunk of pool.chunks) receiver.write(chunk);
}
