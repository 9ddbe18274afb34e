import { type Frame, FrameDecoder, type FrameHandler, type Kernel } from "wsimd";
import type { Contest, Contestant } from "../contest.ts";
import { createMaskedFrames, type MaskedFrames } from "../payloads.ts";
import { createReceiver, loadWs, receiveAll } from "../peers/ws.ts";
import type { Measurement, Peer } from "../plan.ts";
import { ChunkPool } from "../pool.ts";
import { Tally } from "../tally.ts";

/** Every text becomes a string, of which the first and last unit are read: one put together of pieces is joined then. */
export function decodeStringContest(kernel: Kernel, { payload, bytes, peers }: Measurement): Contest {
  const chunk = createMaskedFrames(payload, bytes);
  const pool = ChunkPool.repeating(chunk.bytes);
  return {
    operations: pool.chunks.length * chunk.payloads.length,
    subject: decoder(kernel, chunk, pool),
    peers: peers.map((peer) => receiver(peer, chunk, ChunkPool.repeating(chunk.bytes))),
  };
}

/** A class, as a framework's connection is: its method is one function, whatever the number of handlers. */
class StringHandler extends Tally<string> implements FrameHandler {
  onFrame(frame: Frame): void {
    const text = frame.text();
    this.taken[this.count++ & this.ring] = text;
    this.sum += text.length + text.charCodeAt(0) + text.charCodeAt(text.length - 1);
  }
}

function decoder(kernel: Kernel, chunk: MaskedFrames, pool: ChunkPool): Contestant {
  const decoder = new FrameDecoder({ role: "server", kernel });
  const handler = new StringHandler();
  return contestant(kernel.name, chunk, pool, handler, () => {
    for (const bytes of pool.chunks) decoder.decode(bytes, handler);
  });
}

function receiver(peer: Peer, chunk: MaskedFrames, pool: ChunkPool): Contestant {
  const tally = new Tally<string>();
  const receiver = createReceiver(loadWs(peer === "ws" ? "ws" : "ws+bufferutil"));
  receiver.on("message", (payload) => {
    const text = payload.toString();
    tally.taken[tally.count++ & tally.ring] = text;
    tally.sum += text.length + text.charCodeAt(0) + text.charCodeAt(text.length - 1);
  });
  return contestant(peer, chunk, pool, tally, () => receiveAll(receiver, pool));
}

function contestant(
  name: string,
  { payloads }: MaskedFrames,
  pool: ChunkPool,
  tally: Tally<string>,
  decode: () => void,
): Contestant {
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const texts = payloads.map((payload) => utf8.decode(payload));
  const count = pool.chunks.length * texts.length;
  const sum = texts.reduce((sum, text) => sum + text.length + text.charCodeAt(0) + text.charCodeAt(text.length - 1), 0);
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
    verify(): void {
      for (const [index, text] of tally.collect(count, run).entries()) {
        if (text !== texts[index % texts.length]) throw new Error(`${name}: text ${index} is wrong`);
      }
    },
  };
}
