import { isUtf8 } from "node:buffer";
import { createRequire } from "node:module";
import type { Peer } from "../plan.ts";
import { requireInstalled } from "./installed.ts";
import { bestLoop } from "./loop.ts";
import { assertNative, loadWs } from "./ws.ts";

const require = createRequire(import.meta.url);

/** How `peer` unmasks a buffer of `bytes` in place. */
export function unmaskOf(peer: Peer, bytes: number): (buffer: Buffer, mask: Uint8Array) => void {
  switch (peer) {
    case "ws":
    case "ws+bufferutil":
      return loadWs(peer).unmask;
    case "bufferutil": {
      const { unmask } = requireInstalled<{ unmask: (buffer: Buffer, mask: Uint8Array) => void }>("bufferutil");
      assertNative("bufferutil", unmask);
      return unmask;
    }
    case "http.websocketMask":
      return require("node:http").websocketUnmask;
    case "loop":
      return bestLoop(bytes);
    default:
      throw new Error(`${peer} cannot unmask`);
  }
}

/** How `peer` validates a buffer. */
export function validatorOf(peer: Peer): (buffer: Buffer) => boolean {
  if (peer === "ws") return loadWs(peer).isValidUTF8;
  if (peer === "buffer.isUtf8") return isUtf8;
  if (peer !== "utf-8-validate") throw new Error(`${peer} cannot validate UTF-8`);
  const validate = requireInstalled<(buffer: Buffer) => boolean>("utf-8-validate");
  assertNative("utf-8-validate", validate);
  return validate;
}
