import { type Frame, FrameDecoder, type FrameHandler, type Kernel } from "wsimd";
import { type Contest, type Contestant, comparePayloads } from "../contest.ts";
import { CHUNK_SIZE, createMaskedFrames, type MaskedFrames } from "../payloads.ts";
import { createReceiver, loadWs, receiveAll } from "../peers/ws.ts";
import type { Measurement, Peer } from "../plan.ts";
import { ChunkPool, POOL_BYTES } from "../pool.ts";
import { Tally } from "../tally.ts";

/** What a measurement decodes, and how often: chunks of whole frames, or a stream that is cut wherever a chunk ends. */
interface Input {
  readonly frames: MaskedFrames;
  readonly cut: boolean;
  readonly makePool: () => ChunkPool;
  /** How often a run goes over all frames. */
  readonly times: number;
}

/** Every payload becomes a view that is handed over. */
export function decodeViewContest(kernel: Kernel, measurement: Measurement): Contest {
  const input = inputOf(measurement);
  return {
    operations: input.times * input.frames.payloads.length,
    subject: decoder(kernel, input),
    peers: measurement.peers.map((peer) => receiver(peer, input)),
  };
}

function inputOf({ payload, bytes, variant }: Measurement): Input {
  if (variant === "masked, cut") {
    const frames = createMaskedFrames(payload, bytes, POOL_BYTES);
    return { frames, cut: true, makePool: () => ChunkPool.cutting(frames.bytes, CHUNK_SIZE), times: 1 };
  }
  const frames = createMaskedFrames(payload, bytes);
  const makePool = (): ChunkPool => ChunkPool.repeating(frames.bytes);
  return { frames, cut: false, makePool, times: makePool().chunks.length };
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

function decoder(kernel: Kernel, input: Input): Contestant {
  const decoder = new FrameDecoder({ role: "server", kernel });
  const handler = new ViewHandler();
  const pool = input.makePool();
  const decode = (): void => {
    for (const bytes of pool.chunks) decoder.decode(bytes, handler);
  };
  return contestant(kernel.name, input, pool, handler, decode, (collect) => {
    handler.pieces = [];
    const count = collect().length;
    const joined = Array.from({ length: count }, (): Uint8Array[] => []);
    for (const { payload, frame } of handler.pieces) joined[frame].push(payload);
    handler.pieces = undefined;
    return joined.map((pieces) => Buffer.concat(pieces));
  });
}

function receiver(peer: Peer, input: Input): Contestant {
  const tally = new Tally<Uint8Array>();
  const pool = input.makePool();
  const receiver = createReceiver(loadWs(peer === "ws" ? "ws" : "ws+bufferutil"));
  receiver.on("message", (payload) => {
    tally.taken[tally.count++ & tally.ring] = payload;
    tally.sum += payload.length + payload[payload.length - 1];
  });
  return contestant(
    peer,
    input,
    pool,
    tally,
    () => receiveAll(receiver, pool),
    (collect) => collect(),
  );
}

function contestant(
  name: string,
  { frames: { payloads }, times }: Input,
  pool: ChunkPool,
  tally: Tally<Uint8Array>,
  decode: () => void,
  payloadsOf: (collect: () => Uint8Array[]) => Uint8Array[],
): Contestant {
  const count = times * payloads.length;
  const sum = payloads.reduce((sum, payload) => sum + payload.length + payload[payload.length - 1], 0);
  const run = (): number => {
    tally.begin();
    decode();
    return tally.count + tally.sum;
  };
  return {
    name,
    expected: count + times * sum,
    prepare: () => pool.restore(),
    run,
    verify() {
      comparePayloads(
        name,
        payloadsOf(() => tally.collect(count, run)),
        payloads,
      );
    },
  };
}
