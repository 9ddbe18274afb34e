import { FrameBatch, FrameEncoder, type Kernel } from "wsimd";
import type { Contest, Contestant } from "../contest.ts";
import type { Measurement } from "../plan.ts";
import { Tally } from "../tally.ts";
import { type EncodeInput, encodeContestant, encodeInput, encodePeer, WRITE_BYTES } from "./encoding.ts";

/** What is gathered for one write: up to so many frames, as many as fit in 64 KiB. */
const WRITE_FRAMES = 16;

/** Messages to writes of several frames each. */
export function encodeBatchContest(kernel: Kernel, { payload, bytes, variant, peers }: Measurement): Contest {
  const [role, reclaimed] = variant.split(", ");
  if (role !== "server" && role !== "client") throw new Error(`encode-batch has no variant ${variant}`);
  const input = encodeInput(payload, bytes, role);
  return {
    operations: input.messages.length,
    subject: batch(kernel, input, reclaimed === "reclaimed"),
    peers: peers.map((peer) => encodePeer(peer, input)),
  };
}

function batch(kernel: Kernel, input: EncodeInput, reclaiming: boolean): Contestant {
  const { messages, opcode, frameLength } = input;
  const frames = Math.min(WRITE_FRAMES, Math.floor(WRITE_BYTES / frameLength));
  const gathered = new FrameBatch(new FrameEncoder({ role: input.role, kernel }), WRITE_BYTES);
  const tally = new Tally<Uint8Array>();
  let collecting = false;
  const run = (): number => {
    tally.begin();
    for (let at = 0; at < messages.length; ) {
      const end = Math.min(at + frames, messages.length);
      for (; at < end; at++) gathered.add(opcode, messages[at]);
      const taken = gathered.take();
      // What is reclaimed is written over; to be compared, it is copied.
      tally.taken[tally.count++ & tally.ring] = collecting ? taken.slice() : taken;
      tally.sum += taken.length + taken[0];
      if (reclaiming) gathered.reclaim(taken);
    }
    return tally.sum;
  };
  const writes = Math.ceil(messages.length / frames);
  // Each write begins with a frame's first byte: FIN and the opcode.
  const expected = messages.length * frameLength + writes * (0x80 | opcode);
  return encodeContestant(kernel.name, input, expected, run, () => {
    collecting = true;
    const results = tally.collect(writes, run);
    collecting = false;
    return results;
  });
}
