import type { Kernel } from "wsimd";
import { type Contest, type Contestant, comparePayloads } from "../contest.ts";
import { createMaskedFrames, type MaskedFrames } from "../payloads.ts";
import { unmaskOf } from "../peers/primitives.ts";
import type { Measurement } from "../plan.ts";
import { ChunkPool } from "../pool.ts";

/** More views than these would be garbage collection's work, not masking's. */
const MOST_PAYLOADS = 2048;

/** Payloads where they lie in their chunks, each with its own key, unmasked in place. The views are there already. */
export function maskContest(kernel: Kernel, measurement: Measurement): Contest {
  const chunk = createMaskedFrames("binary", measurement.bytes);
  const subject = maskedPayloads(chunk);
  const keys = subject.keys.map((key) => new DataView(key.buffer).getInt32(0, true));
  return {
    operations: subject.payloads.length,
    subject: contestant(kernel.name, chunk, subject, () => {
      const { payloads } = subject;
      let sum = 0;
      for (let index = 0; index < payloads.length; index++) {
        const payload = payloads[index];
        kernel.mask(payload, 0, payload.length, keys[index]);
        sum += payload[0] + payload[payload.length - 1];
      }
      return sum;
    }),
    peers: measurement.peers.map((peer) => {
      const unmask = unmaskOf(peer);
      const own = maskedPayloads(chunk);
      return contestant(peer, chunk, own, () => {
        const { payloads, keys } = own;
        let sum = 0;
        for (let index = 0; index < payloads.length; index++) {
          const payload = payloads[index];
          unmask(payload, keys[index]);
          sum += payload[0] + payload[payload.length - 1];
        }
        return sum;
      });
    }),
  };
}

interface MaskedPayloads {
  readonly pool: ChunkPool;
  readonly payloads: Buffer[];
  readonly keys: Uint8Array[];
}

function maskedPayloads({ bytes, payloads, starts, keys }: MaskedFrames): MaskedPayloads {
  const pool = ChunkPool.repeating(bytes);
  const own: MaskedPayloads = { pool, payloads: [], keys: [] };
  for (const chunk of pool.chunks) {
    for (let frame = 0; frame < starts.length && own.payloads.length < MOST_PAYLOADS; frame++) {
      own.payloads.push(chunk.subarray(starts[frame], starts[frame] + payloads[frame].length));
      own.keys.push(Buffer.from(keys[frame].slice().buffer));
    }
  }
  return own;
}

function contestant(name: string, chunk: MaskedFrames, own: MaskedPayloads, run: () => number): Contestant {
  let expected = 0;
  for (let index = 0; index < own.payloads.length; index++) {
    const payload = chunk.payloads[index % chunk.payloads.length];
    expected += payload[0] + payload[payload.length - 1];
  }
  return {
    name,
    expected,
    prepare: () => own.pool.restore(),
    run,
    verify(): void {
      run();
      comparePayloads(name, own.payloads, chunk.payloads);
    },
  };
}
