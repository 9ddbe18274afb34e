import type { Kernel } from "wsimd";
import type { Contest } from "../contest.ts";
import type { Measurement } from "../plan.ts";
import { callersBuffer } from "./callers-buffer.ts";
import { encodeInput, encodePeer } from "./encoding.ts";

/** Bytes to a client's masked frames, with a fresh key each. The bytes are the caller's and stay as they are. */
export function encodeBinaryContest(kernel: Kernel, { payload, bytes, variant, peers }: Measurement): Contest {
  if (variant !== "caller's buffer") throw new Error(`encode-binary has no variant ${variant}`);
  const input = encodeInput(payload, bytes, "client");
  return {
    operations: input.messages.length,
    subject: callersBuffer(kernel, input),
    peers: peers.map((peer) => encodePeer(peer, input)),
  };
}
