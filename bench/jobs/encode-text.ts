import { FrameEncoder, type Kernel } from "wsimd";
import type { Contest, Contestant } from "../contest.ts";
import type { Measurement } from "../plan.ts";
import { Tally } from "../tally.ts";
import { callersBuffer } from "./callers-buffer.ts";
import { type EncodeInput, encodeContestant, encodeInput, encodePeer, expectedSum, lastByte } from "./encoding.ts";

/** Strings to a server's frames. A server does not mask, so the kernel has no part in it. */
export function encodeTextContest(kernel: Kernel, { payload, bytes, variant, peers }: Measurement): Contest {
  const input = encodeInput(payload, bytes, "server");
  if (variant !== "new buffer" && variant !== "caller's buffer") throw new Error(`encode-text has no ${variant}`);
  return {
    operations: input.messages.length,
    subject: (variant === "new buffer" ? newBuffer : callersBuffer)(kernel, input),
    peers: peers.map((peer) => encodePeer(peer, input)),
  };
}

function newBuffer(kernel: Kernel, input: EncodeInput): Contestant {
  const encoder = new FrameEncoder({ role: input.role, kernel });
  const tally = new Tally<Uint8Array>();
  const run = (): number => {
    tally.begin();
    for (const message of input.messages) {
      const frame = encoder.text(message);
      tally.taken[tally.count++ & tally.ring] = frame;
      tally.sum += frame.length + lastByte(frame, frame.length, 0);
    }
    return tally.sum;
  };
  return encodeContestant(kernel.name, input, expectedSum(input), run, () => tally.collect(input.messages.length, run));
}
