import type { Peer } from "../plan.ts";
import { requireInstalled } from "./installed.ts";
import { assertNative, wsMasking } from "./ws.ts";

/** What a peer cannot do without: throws when this runtime has it not. */
const NEEDS: { readonly [peer: string]: (() => void) | undefined } = {
  "ws+bufferutil": assertBufferutil,
  bufferutil: assertBufferutil,
  "utf-8-validate": () => assertNative("utf-8-validate", requireInstalled("utf-8-validate")),
  "http.websocketMask": () => {
    if (wsMasking() !== "http.websocketMask") throw new Error("this runtime has no http.websocketMask");
  },
};

/** Why `peer` cannot run in this runtime; undefined when it can. */
export function whyUnavailable(peer: Peer): string | undefined {
  try {
    NEEDS[peer]?.();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split("\n")[0] : String(error);
  }
}

function assertBufferutil(): void {
  assertNative("bufferutil", requireInstalled<{ unmask: unknown }>("bufferutil").unmask);
}
