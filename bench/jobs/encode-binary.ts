import { FrameEncoder, type Kernel, Opcode } from "wsimd";
import { type Contest, type Contestant, comparePayloads } from "../contest.ts";
import { createPayload, createRandom, readPayloads } from "../payloads.ts";
import { loadWs } from "../peers/ws.ts";
import type { Measurement, Peer } from "../plan.ts";
import { POOL_BYTES } from "../pool.ts";
import { Tally } from "../tally.ts";

const MOST_PAYLOADS = 1024;
const TARGET_BYTES = 65_536;

/** Bytes to a client's masked frames, with a fresh key each. The bytes are the caller's and stay as they are. */
export function encodeBinaryContest(kernel: Kernel, { bytes, variant, peers }: Measurement): Contest {
  if (variant !== "caller's buffer") throw new Error(`encode-binary has no variant ${variant}`);
  const random = createRandom();
  const count = Math.max(1, Math.min(MOST_PAYLOADS, Math.floor(POOL_BYTES / bytes)));
  const payloads = Array.from({ length: count }, () => Buffer.from(createPayload("binary", bytes, random)));
  const headerLength = (bytes < 126 ? 2 : 4) + 4;
  const expected = payloads.reduce((sum, payload) => sum + headerLength + bytes + payload[0], 0);
  return {
    operations: count,
    subject: encoder(kernel, payloads, headerLength, expected),
    peers: peers.map((peer) => sender(peer, payloads, headerLength, expected)),
  };
}

/** Frame after frame into one buffer of 64 KiB; when it is full, from its start again. */
function encoder(kernel: Kernel, payloads: Buffer[], headerLength: number, expected: number): Contestant {
  const encoder = new FrameEncoder({ role: "client", kernel });
  const target = Buffer.allocUnsafeSlow(TARGET_BYTES);
  let end = 0;
  const run = (): number => {
    let sum = 0;
    end = 0;
    for (const payload of payloads) {
      const start = end + headerLength + payload.length > TARGET_BYTES ? 0 : end;
      end = encoder.encodeInto(target, start, Opcode.Binary, payload);
      const first = start + headerLength;
      sum += end - start + (target[first] ^ target[first - 4]);
    }
    return sum;
  };
  return {
    name: kernel.name,
    expected,
    prepare: () => undefined,
    run,
    verify(): void {
      run();
      const frames = readPayloads(target.subarray(0, end));
      comparePayloads(kernel.name, frames, payloads.slice(-frames.length));
    },
  };
}

/** `readOnly` is what ws sets for a caller's buffer: it masks into a new one. */
function sender(peer: Peer, payloads: Buffer[], headerLength: number, expected: number): Contestant {
  const { Sender } = loadWs(peer === "ws" ? "ws" : "ws+bufferutil");
  const options = { fin: true, opcode: 2, mask: true, readOnly: true, rsv1: false };
  const tally = new Tally<Buffer[]>();
  const run = (): number => {
    tally.begin();
    for (const payload of payloads) {
      const parts = Sender.frame(payload, options);
      tally.taken[tally.count++ & tally.ring] = parts;
      const frame = parts[0];
      // Where chance makes the key zero, ws hands out the payload unmasked, as a second part.
      if (parts.length === 2) tally.sum += frame.length + parts[1].length + parts[1][0];
      else tally.sum += frame.length + (frame[headerLength] ^ frame[headerLength - 4]);
    }
    return tally.sum;
  };
  return {
    name: peer,
    expected,
    prepare: () => undefined,
    run,
    verify(): void {
      const frames = tally.collect(payloads.length, run).map((parts) => Buffer.concat(parts));
      comparePayloads(peer, frames.flatMap(readPayloads), payloads);
    },
  };
}
