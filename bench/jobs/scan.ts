import type { Kernel } from "wsimd";
import type * as Layout from "../../dist/kernel/layout.js";
import { type Contest, type Contestant, comparePayloads } from "../contest.ts";
import { createMaskedFrames, type MaskedFrames } from "../payloads.ts";
import { createReceiver, loadWs, receiveAll } from "../peers/ws.ts";
import type { Measurement, Peer } from "../plan.ts";
import { ChunkPool } from "../pool.ts";

// The kernel's state is nobody's business but the decoder's, so the package does not export what its words are.
const { FAULT, LIMIT_HIGH, LIMIT_LOW, POSITION, RULES } = (await import(
  new URL("kernel/layout.js", import.meta.resolve("wsimd")).href
)) as typeof Layout;
const SERVER_RULES = 0x80;
const NO_LIMIT_HIGH = 0x1fffff;

/** The kernel's `scan` alone, with its copies: headers parsed, payloads unmasked and validated, records left. */
export function scanContest(kernel: Kernel, { payload, bytes, peers }: Measurement): Contest {
  const chunk = createMaskedFrames(payload, bytes);
  const subject = scanner(kernel, chunk);
  return { operations: subject.expected, subject, peers: peers.map((peer) => receiver(peer, chunk)) };
}

function scanner(kernel: Kernel, chunk: MaskedFrames): Contestant {
  const pool = ChunkPool.repeating(chunk.bytes);
  const run = (): number => {
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
  };
  return {
    name: kernel.name,
    expected: pool.chunks.length * chunk.payloads.length,
    prepare: () => pool.restore(),
    run,
    verify(): void {
      run();
      for (const bytes of pool.chunks) {
        const found = chunk.starts.map((start, frame) => bytes.subarray(start, start + chunk.payloads[frame].length));
        comparePayloads(kernel.name, found, chunk.payloads);
      }
    },
  };
}

/** ws cannot be stopped before it has made its buffers and events. They are counted and let go. */
function receiver(peer: Peer, chunk: MaskedFrames): Contestant {
  const pool = ChunkPool.repeating(chunk.bytes);
  const receiver = createReceiver(loadWs(peer === "ws" ? "ws" : "ws+bufferutil"));
  let messages = 0;
  receiver.on("message", () => {
    messages++;
  });
  const run = (): number => {
    messages = 0;
    receiveAll(receiver, pool);
    return messages;
  };
  return {
    name: peer,
    expected: pool.chunks.length * chunk.payloads.length,
    prepare: () => pool.restore(),
    run,
    verify(): void {
      run();
      for (const bytes of pool.chunks) {
        const found = chunk.starts.map((start, frame) => bytes.subarray(start, start + chunk.payloads[frame].length));
        comparePayloads(peer, found, chunk.payloads);
      }
    },
  };
}
