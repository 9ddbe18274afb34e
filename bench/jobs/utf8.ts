import type { Kernel } from "wsimd";
import type { Contest, Contestant } from "../contest.ts";
import { CHUNK_SIZE, createPayload, createRandom } from "../payloads.ts";
import { validatorOf } from "../peers/primitives.ts";
import type { Measurement } from "../plan.ts";
import { ChunkPool, poolBytes, SLOT_COUNT } from "../pool.ts";

const MOST_TEXTS = 2048;

/** Valid texts, validated whole, each in a buffer that is there already. The input is not changed. */
export function utf8Contest(kernel: Kernel, { payload, bytes, variant, peers }: Measurement): Contest {
  const inKernel = variant === "kernel memory";
  if (!inKernel && variant !== "caller's memory") throw new Error(`utf8 has no variant ${variant}`);
  const random = createRandom();
  const count = Math.min(MOST_TEXTS, Math.floor((inKernel ? CHUNK_SIZE : poolBytes(bytes)) / bytes));
  const chunk = Buffer.concat(Array.from({ length: count }, () => createPayload(payload, bytes, random)));
  const times = inKernel ? SLOT_COUNT : 1;
  const ordinary = (): Buffer[] => textsIn(ChunkPool.repeating(chunk, times), bytes);
  const own = inKernel ? textsIn(ChunkPool.inSlots(chunk, kernel), bytes) : ordinary();
  const isValid = (text: Buffer): boolean => kernel.validateUtf8(text, 0, text.length, 0) === 0;
  return {
    operations: own.length,
    subject: contestant(kernel.name, own, isValid, () => {
      let valid = 0;
      for (const text of own) if (kernel.validateUtf8(text, 0, text.length, 0) === 0) valid++;
      return valid;
    }),
    peers: peers.map((peer) => {
      const validate = validatorOf(peer);
      const texts = ordinary();
      return contestant(peer, texts, validate, () => {
        let valid = 0;
        for (const text of texts) if (validate(text)) valid++;
        return valid;
      });
    }),
  };
}

function textsIn({ chunks }: ChunkPool, bytes: number): Buffer[] {
  return chunks.flatMap(({ buffer, byteOffset, length }) =>
    Array.from({ length: length / bytes }, (_, index) => Buffer.from(buffer, byteOffset + index * bytes, bytes)),
  );
}

function contestant(name: string, texts: Buffer[], validate: (text: Buffer) => boolean, run: () => number): Contestant {
  return {
    name,
    expected: texts.length,
    prepare: () => undefined,
    run,
    /** Whoever says yes to everything is found here: a text spoilt at its first, middle or last byte is invalid. */
    verify(): void {
      if (!texts.every((text) => validate(text))) throw new Error(`${name}: a valid text was refused`);
      const spoilt = texts[0];
      for (const at of [0, spoilt.length >> 1, spoilt.length - 1]) {
        const kept = spoilt[at];
        spoilt[at] = 0xff;
        const accepted = validate(spoilt);
        spoilt[at] = kept;
        if (accepted) throw new Error(`${name}: an invalid text was accepted`);
      }
    },
  };
}
