import { type Frame, FrameDecoder, type FrameHandler, type Kernel } from "wsimd";
import { type Contest, type Contestant, comparePayloads } from "../contest.ts";
import { createMaskedChunk, type MaskedChunk } from "../payloads.ts";
import { createReceiver, loadWs, receiveAll } from "../peers/ws.ts";
import type { Measurement, Peer } from "../plan.ts";
import { ChunkPool } from "../pool.ts";
import { Tally } from "../tally.ts";

/** Every payload becomes a view that is handed over. */
export function decodeViewContest(kernel: Kernel, { payload, bytes, peers }: Measurement): Contest {
  const chunk = createMaskedChunk(payload, bytes);
  const pool = new ChunkPool(chunk.bytes);
  const operations = pool.chunks.length * chunk.payloads.length;
  return {
    operations,
    subject: decoder(kernel, chunk, pool),
    peers: peers.map((peer) => receiver(peer, chunk, new ChunkPool(chunk.bytes))),
  };
}

/** A class, as a framework's connection is: its method is one function, whatever the number of handlers. */
class ViewHandler extends Tally<Uint8Array> implements FrameHandler {
  onFrame(frame: Frame): void {
    if (!(frame.fin && frame.first && frame.last)) throw new Error("a frame does not lie whole in its chunk");
    const payload = frame.payload;
    this.taken[this.count++ & this.ring] = payload;
    this.sum += payload.length + payload[0] + payload[payload.length - 1];
  }
}

function decoder(kernel: Kernel, chunk: MaskedChunk, pool: ChunkPool): Contestant {
  const decoder = new FrameDecoder({ role: "server", kernel });
  const handler = new ViewHandler();
  return contestant(kernel.name, chunk, pool, handler, () => {
    for (const bytes of pool.chunks) decoder.decode(bytes, handler);
  });
}

function receiver(peer: Peer, chunk: MaskedChunk, pool: ChunkPool): Contestant {
  const tally = new Tally<Uint8Array>();
  const receiver = createReceiver(loadWs(peer === "ws" ? "ws" : "ws+bufferutil"));
  receiver.on("message", (payload) => {
    tally.taken[tally.count++ & tally.ring] = payload;
    tally.sum += payload.length + payload[0] + payload[payload.length - 1];
  });
  return contestant(peer, chunk, pool, tally, () => receiveAll(receiver, pool));
}

function contestant(
  name: string,
  { payloads }: MaskedChunk,
  pool: ChunkPool,
  tally: Tally<Uint8Array>,
  decode: () => void,
): Contestant {
  const count = pool.chunks.length * payloads.length;
  const sum = payloads.reduce((sum, payload) => sum + payload.length + payload[0] + payload[payload.length - 1], 0);
  const run = (): number => {
    tally.begin();
    decode();
    return tally.count + tally.sum;
  };
  return {
    name,
    expected: count + pool.chunks.length * sum,
    prepare: () => pool.restore(),
    run,
    verify: () => comparePayloads(name, tally.collect(count, run), payloads),
  };
}
