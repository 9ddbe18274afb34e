import { type Frame, FrameDecoder, type FrameHandler, type Kernel } from "wsimd";
import type { Contest, Contestant } from "../contest.ts";
import type { Measurement } from "../plan.ts";
import { ChunkPool, receiveSlots } from "../pool.ts";
import { Tally } from "../tally.ts";
import { type DecodeInput, decodeContestant, decodeInput, messagesOf, partOfView, viewPeer } from "./decoding.ts";

/** Every payload becomes a view that is handed over. */
export function decodeViewContest(kernel: Kernel, measurement: Measurement): Contest {
  const input = decodeInput(measurement);
  return {
    operations: messagesOf(input),
    subject: decoder(kernel, input),
    peers: measurement.peers.map((peer) => viewPeer(peer, input)),
  };
}

/** A class, as a framework's connection is: its method is one function, whatever the number of handlers. */
class ViewHandler extends Tally<Uint8Array> implements FrameHandler {
  /** The pieces of frames that were cut, each with the place of its frame; kept only while results are collected. */
  pieces: { payload: Uint8Array; frame: number }[] | undefined;

  onFrame(frame: Frame): void {
    const payload = frame.payload;
    this.pieces?.push({ payload, frame: this.count });
    this.taken[this.count & this.ring] = payload;
    this.sum += payload.length;
    if (frame.last) {
      this.count++;
      this.sum += payload[payload.length - 1];
    }
  }
}

function decoder(kernel: Kernel, input: DecodeInput): Contestant {
  const decoder = new FrameDecoder({ role: input.role, kernel });
  const handler = new ViewHandler();
  const pool = input.received ? ChunkPool.inSlots(input.frames.bytes, kernel) : input.makePool();
  const decode = (): void => {
    for (const bytes of pool.chunks) decoder.decode(bytes, handler);
  };
  // The bytes are there, as after a read; to ask for them as a chunk is what a reader has to do besides.
  const slots = input.received ? receiveSlots(kernel) : [];
  const { length } = input.frames.bytes;
  const decodeReceived = (): void => {
    for (const slot of slots) decoder.decode(slot.received(length), handler);
  };
  const run = input.received ? decodeReceived : decode;
  return decodeContestant(kernel.name, input, pool, handler, partOfView, run, (collect) => {
    handler.pieces = [];
    const count = collect().length;
    const joined = Array.from({ length: count }, (): Uint8Array[] => []);
    for (const { payload, frame } of handler.pieces) joined[frame].push(payload);
    handler.pieces = undefined;
    return joined.map((pieces) => Buffer.concat(pieces));
  });
}
