// What the API of `ws` hands over and takes, in the shapes of wsimd.

import type { HeaderLine } from "wsimd/handshake";

export type Bytes = ArrayBuffer | ArrayBufferView;

/** The same memory as a Buffer, which frameworks written for `ws` ask for and hand over. */
export function bufferOf(bytes: Bytes): Buffer {
  if (!ArrayBuffer.isView(bytes)) return Buffer.from(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** `"Set-Cookie: a=b"` as name and value. */
export function headerLine(line: string): HeaderLine {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
