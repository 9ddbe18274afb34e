import { type Frame, FrameDecoder, type Kernel } from "wsimd";
import { collectGarbage } from "../measure.ts";
import { createMaskedFrames } from "../payloads.ts";
import type { Subject } from "../plan.ts";
import { ChunkPool } from "../pool.ts";
import type { MemoryResult } from "../rows.ts";

const SIZES = [8, 125, 1000];
/** Long enough for the optimising compiler to have had its say. */
const WARMUP_RUNS = 400;
/** The least of so many: the compiler, which works beside us, allocates on the same heap. */
const TRIALS = 9;
/** Few enough that what they allocate cannot fill the young generation, whose collection would hide it. */
const RUNS = 24;

/** What `FrameDecoder.decode` allocates while no view and no string is asked for. */
export function zeroAlloc(kernel: Kernel, subject: Subject): MemoryResult[] {
  return SIZES.flatMap((bytes) => {
    const { heapBytes, frames, chunks } = allocated(kernel, bytes);
    const row = (per: string, count: number): MemoryResult => ({
      job: "zero-alloc",
      subject,
      what: `decode of ${bytes} B frames`,
      per,
      bytes: heapBytes / count,
      target: undefined,
      peer: undefined,
      peerBytes: undefined,
    });
    return [row("frame", frames), row("chunk", chunks)];
  });
}

function allocated(kernel: Kernel, bytes: number): { heapBytes: number; frames: number; chunks: number } {
  const chunk = createMaskedFrames("binary", bytes);
  const pool = ChunkPool.repeating(chunk.bytes);
  const decoder = new FrameDecoder({ role: "server", kernel });
  let frames = 0;
  let payloadBytes = 0;
  const handler = {
    onFrame(frame: Frame): void {
      frames++;
      payloadBytes += frame.length;
    },
  };
  const decodeAll = (runs: number): void => {
    for (let run = 0; run < runs; run++) {
      pool.restore();
      for (const bytes of pool.chunks) decoder.decode(bytes, handler);
    }
  };
  decodeAll(WARMUP_RUNS);
  const chunks = RUNS * pool.chunks.length;
  const trials = Array.from({ length: TRIALS }, () => {
    collectGarbage();
    frames = 0;
    payloadBytes = 0;
    const before = process.memoryUsage().heapUsed;
    decodeAll(RUNS);
    const heapBytes = process.memoryUsage().heapUsed - before;
    if (heapBytes < 0) throw new Error("the garbage collector ran: what was allocated cannot be told");
    if (frames !== chunks * chunk.payloads.length || payloadBytes !== frames * bytes) {
      throw new Error(`${frames} frames of ${payloadBytes} bytes were decoded`);
    }
    return heapBytes;
  });
  return { heapBytes: Math.min(...trials), frames, chunks };
}
