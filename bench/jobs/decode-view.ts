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
  // The pieces of frames that were cut, and the place of each one's frame; kept only while results are collected. A flag and two
  // lists: a field of changing type, or an object made in `onFrame` and kept, would have V8 drop the compiled code.
  collecting = false;
  pieces: Uint8Array[] = [];
  owners: number[] = [];

  onFrame(frame: Frame): void {
    const payload = frame.payload;
    if (this.collecting) {
      this.pieces.push(payload);
      this.owners.push(this.count);
    }
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
    handler.collecting = true;
    const count = collect().length;
    handler.collecting = false;
    const joined = Array.from({ length: count }, (): Uint8Array[] => []);
    for (const [index, piece] of handler.pieces.entries()) joined[handler.owners[index]].push(piece);
    handler.pieces = [];
    handler.owners = [];
    return joined.map((pieces) => Buffer.concat(pieces));
  });
}
