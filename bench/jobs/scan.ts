import type { Kernel } from "wsimd";
import type * as Layout from "../../dist/kernel/layout.js";
import { type Contest, type Contestant, comparePayloads } from "../contest.ts";
import { createMaskedFrames, type Frames } from "../payloads.ts";
import { createReceiver, loadWs, receiveAll } from "../peers/ws.ts";
import type { Measurement, Peer } from "../plan.ts";
import { ChunkPool, POOL_BYTES, SLOT_COUNT } from "../pool.ts";

// The kernel's state is nobody's business but the decoder's, so the package does not export what its words are.
const { FAULT, LIMIT_HIGH, LIMIT_LOW, POSITION, RULES } = (await import(
  new URL("kernel/layout.js", import.meta.resolve("wsimd")).href
)) as typeof Layout;
const SERVER_RULES = 0x80;
const NO_LIMIT_HIGH = 0x1fffff;

/** What a measurement scans: a chunk of whole masked frames, so many times. */
interface Input {
  readonly frames: Frames;
  readonly times: number;
  /** Chunks of one's own: ordinary memory, or what the kernel's contestants have, the kernel's. */
  readonly ordinary: () => ChunkPool;
  readonly kernels: () => ChunkPool;
}

/** The kernel's `scan` alone, with its copies: headers parsed, payloads unmasked and validated, records left. */
export function scanContest(kernel: Kernel, measurement: Measurement): Contest {
  const input = inputOf(kernel, measurement);
  return {
    operations: input.times * input.frames.payloads.length,
    subject: scanner(kernel, input),
    peers: measurement.peers.map((peer) => {
      if (peer === "set") return copier(input);
      return peer === "mask" ? masker(kernel, input) : receiver(peer, input);
    }),
  };
}

function inputOf(kernel: Kernel, { payload, bytes, variant }: Measurement): Input {
  const frames = createMaskedFrames(payload, bytes);
  const staged = variant === "masked";
  if (!staged && variant !== "kernel memory") throw new Error(`scan has no variant ${variant}`);
  const times = staged ? Math.floor(POOL_BYTES / frames.bytes.length) : SLOT_COUNT;
  const ordinary = (): ChunkPool => ChunkPool.repeating(frames.bytes, times);
  return { frames, times, ordinary, kernels: staged ? ordinary : () => ChunkPool.inSlots(frames.bytes, kernel) };
}

function scanner(kernel: Kernel, input: Input): Contestant {
  const pool = input.kernels();
  return contestant(kernel.name, input, pool, () => {
    const state = kernel.takeState();
    const { words } = state;
    let records = 0;
    for (const bytes of pool.chunks) {
      words.fill(0);
      words[RULES] = SERVER_RULES;
      words[LIMIT_LOW] = -1;
      words[LIMIT_HIGH] = NO_LIMIT_HIGH;
      // A full record table ends a call before the chunk does.
      while (words[POSITION] < bytes.length && words[FAULT] === 0) records += kernel.scan(state, bytes);
    }
    kernel.returnState(state);
    return records;
  });
}

/** The kernel's own `mask` of the same payloads where they lie: what validation and headers add to it shows. */
function masker(kernel: Kernel, input: Input): Contestant {
  const pool = input.kernels();
  const { payloads, starts, keys } = input.frames;
  const words = keys.map((key) => new DataView(key.buffer, key.byteOffset).getInt32(0, true));
  return contestant("mask", input, pool, () => {
    let masked = 0;
    for (const bytes of pool.chunks) {
      for (let frame = 0; frame < starts.length; frame++) {
        kernel.mask(bytes, starts[frame], starts[frame] + payloads[frame].length, words[frame]);
        masked++;
      }
    }
    return masked;
  });
}

/** ws cannot be stopped before it has made its buffers and events. They are counted and let go. */
function receiver(peer: Peer, input: Input): Contestant {
  const pool = input.ordinary();
  const receiver = createReceiver(loadWs(peer));
  let messages = 0;
  receiver.on("message", () => {
    messages++;
  });
  return contestant(peer, input, pool, () => {
    messages = 0;
    receiveAll(receiver, pool);
    return messages;
  });
}

/** `run` counts frames, and leaves their payloads unmasked where they lie. */
function contestant(name: string, { frames, times }: Input, pool: ChunkPool, run: () => number): Contestant {
  const { payloads, starts } = frames;
  return {
    name,
    expected: times * payloads.length,
    prepare: () => pool.restore(),
    run,
    verify(): void {
      run();
      for (const bytes of pool.chunks) {
        const found = starts.map((start, frame) => bytes.subarray(start, start + payloads[frame].length));
        comparePayloads(name, found, payloads);
      }
    },
  };
}

/** Each chunk copied as it is: what no scan of bytes that are not yet in its memory can do without. */
function copier(input: Input): Contestant {
  const pool = input.ordinary();
  const target = Buffer.allocUnsafeSlow(input.frames.bytes.length);
  const last = target.length - 1;
  const run = (): number => {
    let sum = 0;
    for (const bytes of pool.chunks) {
      target.set(bytes);
      sum += target[0] + target[last];
    }
    return sum;
  };
  return {
    name: "set",
    expected: input.times * (input.frames.bytes[0] + input.frames.bytes[last]),
    prepare: () => pool.restore(),
    run,
    verify(): void {
      target.fill(0);
      run();
      comparePayloads("set", [target], [input.frames.bytes]);
    },
  };
}
