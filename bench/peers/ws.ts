import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import type { Role } from "wsimd";
import type { Peer } from "../plan.ts";
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

export type WsPeer = "ws+bufferutil" | "ws";

const require = createRequire(import.meta.url);

/**
 * A copy of ws of its own, with bufferutil or without: ws decides when it is loaded, so both can run in one process, and
 * neither's calls leave their mark on the other's code.
 */
export function loadWs(name: Peer): Ws {
  if (name !== "ws" && name !== "ws+bufferutil") throw new Error(`${name} is no ws`);
  const root = dirname(require.resolve("ws/package.json"));
  for (const path of Object.keys(require.cache)) {
    if (path.startsWith(root + sep)) delete require.cache[path];
  }
  const before = process.env.WS_NO_BUFFER_UTIL;
  if (name === "ws") process.env.WS_NO_BUFFER_UTIL = "1";
  else delete process.env.WS_NO_BUFFER_UTIL;
  try {
    if (name === "ws+bufferutil") assertNative("bufferutil", require("bufferutil").unmask);
    // By their files: some runtimes have a "ws" of their own under that name.
    const load = (file: string) => require(join(root, "lib", file));
    const [Receiver, Sender] = [load("receiver.js"), load("sender.js")];
    const { unmask } = load("buffer-util.js");
    const { isValidUTF8 } = load("validation.js");
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

/** A receiver with the limits that ws's own server and client set, fed as ws feeds it: by `write`. */
export function createReceiver(ws: Ws, role: Role = "server"): WsReceiver {
  const receiver = new ws.Receiver({
    allowSynchronousEvents: true,
    binaryType: "nodebuffer",
    extensions: {},
    isServer: role === "server",
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

/** The parts of ws's permessage-deflate that are measured. */
export interface WsDeflate {
  compress(data: Buffer, fin: boolean, callback: (error: Error | null, data: Buffer) => void): void;
  decompress(data: Buffer, fin: boolean, callback: (error: Error | null, data: Buffer) => void): void;
}

/** A server's, with what zlib does by default, which is level 6, and all that a client may offer by default. */
export function createPerMessageDeflate(): WsDeflate {
  const root = dirname(require.resolve("ws/package.json"));
  const PerMessageDeflate = require(join(root, "lib", "permessage-deflate.js"));
  const deflate = new PerMessageDeflate({ isServer: true, threshold: 0 });
  deflate.accept([{}]);
  return deflate;
}
