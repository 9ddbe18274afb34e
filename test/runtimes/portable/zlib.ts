import { Deflate, Inflate, Z_FINISH, Z_SYNC_FLUSH } from "pako";
import { Buffer } from "./globals.ts";

export const constants = { Z_FINISH, Z_SYNC_FLUSH };

interface Options {
  readonly level?: number;
  readonly dictionary?: Uint8Array;
  readonly finishFlush?: typeof Z_FINISH | typeof Z_SYNC_FLUSH;
}

export function deflateRawSync(
  data: Uint8Array | string,
  { finishFlush = Z_FINISH, ...options }: Options = {},
): Buffer {
  return whole(new Deflate({ ...options, raw: true }), Buffer.from(data), finishFlush);
}

export function inflateRawSync(data: Uint8Array, { finishFlush = Z_FINISH }: Options = {}): Buffer {
  return whole(new Inflate({ raw: true }), data, finishFlush);
}

function whole(stream: Deflate | Inflate, data: Uint8Array, flush: typeof Z_FINISH | typeof Z_SYNC_FLUSH): Buffer {
  const pieces: Uint8Array[] = [];
  stream.onData = (piece) => void pieces.push(piece);
  stream.push(data, flush);
  if (stream.err !== 0) throw new Error(stream.msg);
  return Buffer.concat(pieces);
}
