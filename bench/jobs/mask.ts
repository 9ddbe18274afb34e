import type { Kernel } from "wsimd";
import { type Contest, type Contestant, comparePayloads } from "../contest.ts";
import { CHUNK_SIZE, createFrames, type Frames } from "../payloads.ts";
import { unmaskOf } from "../peers/primitives.ts";
import type { Measurement } from "../plan.ts";
import { ChunkPool, poolBytes, SLOT_COUNT } from "../pool.ts";

/** More views than these would be garbage collection's work, not masking's. */
const MOST_PAYLOADS = 2048;

/** Payloads where they lie in their chunks, each with its own key, unmasked in place. The views are there already. */
export function maskContest(kernel: Kernel, { payload, bytes, variant, peers }: Measurement): Contest {
  const inKernel = variant === "kernel memory";
  if (!inKernel && variant !== "caller's memory") throw new Error(`mask has no variant ${variant}`);
  // A slot has room for no more, and nobody else shall have it easier or harder.
  const times = inKernel ? SLOT_COUNT : 1;
  const frames = createFrames(payload, bytes, { room: inKernel ? CHUNK_SIZE : poolBytes(bytes), most: MOST_PAYLOADS });
  const ordinary = (): MaskedPayloads => maskedPayloads(frames, ChunkPool.repeating(frames.bytes, times));
  const own = inKernel ? maskedPayloads(frames, ChunkPool.inSlots(frames.bytes, kernel)) : ordinary();
  return {
    operations: own.payloads.length,
    subject: subject(kernel, frames, own),
    peers: peers.map((peer) => {
      if (peer === "set") return copier(frames, ordinary());
      return unmasker(peer, unmaskOf(peer, bytes), frames, ordinary());
    }),
  };
}

interface MaskedPayloads {
  readonly pool: ChunkPool;
  readonly payloads: Buffer[];
  readonly keys: Buffer[];
}

function maskedPayloads({ payloads, starts, keys }: Frames, pool: ChunkPool): MaskedPayloads {
  const own: MaskedPayloads = { pool, payloads: [], keys: [] };
  for (const { buffer, byteOffset } of pool.chunks) {
    for (let frame = 0; frame < starts.length && own.payloads.length < MOST_PAYLOADS; frame++) {
      own.payloads.push(Buffer.from(buffer, byteOffset + starts[frame], payloads[frame].length));
      own.keys.push(Buffer.from(keys[frame].slice().buffer));
    }
  }
  return own;
}

function subject(kernel: Kernel, frames: Frames, own: MaskedPayloads): Contestant {
  const words = own.keys.map((key) => key.readInt32LE());
  return contestant(kernel.name, frames, own, () => {
    const { payloads } = own;
    let sum = 0;
    for (let index = 0; index < payloads.length; index++) {
      const payload = payloads[index];
      kernel.mask(payload, 0, payload.length, words[index]);
      sum += payload[0] + payload[payload.length - 1];
    }
    return sum;
  });
}

function unmasker(name: string, unmask: ReturnType<typeof unmaskOf>, frames: Frames, own: MaskedPayloads): Contestant {
  return contestant(name, frames, own, () => {
    const { payloads, keys } = own;
    let sum = 0;
    for (let index = 0; index < payloads.length; index++) {
      const payload = payloads[index];
      unmask(payload, keys[index]);
      sum += payload[0] + payload[payload.length - 1];
    }
    return sum;
  });
}

function contestant(name: string, frames: Frames, own: MaskedPayloads, run: () => number): Contestant {
  return {
    name,
    expected: sumOfEnds(own, frames.payloads),
    prepare: () => own.pool.restore(),
    run,
    verify(): void {
      run();
      comparePayloads(name, own.payloads, frames.payloads);
    },
  };
}

/** The same bytes copied as they are. */
function copier(frames: Frames, own: MaskedPayloads): Contestant {
  const { length } = own.payloads[0];
  const target = Buffer.allocUnsafeSlow(length);
  const masked = frames.starts.map((start) => frames.bytes.subarray(start, start + length));
  const run = (): number => {
    let sum = 0;
    for (const payload of own.payloads) {
      target.set(payload);
      sum += target[0] + target[length - 1];
    }
    return sum;
  };
  return {
    name: "set",
    expected: sumOfEnds(own, masked),
    prepare: () => own.pool.restore(),
    run,
    verify(): void {
      target.fill(0);
      run();
      comparePayloads("set", [target], [masked[(own.payloads.length - 1) % masked.length]]);
    },
  };
}

function sumOfEnds({ payloads: { length } }: MaskedPayloads, payloads: readonly Uint8Array[]): number {
  let sum = 0;
  for (let index = 0; index < length; index++) {
    const payload = payloads[index % payloads.length];
    sum += payload[0] + payload[payload.length - 1];
  }
  return sum;
}
