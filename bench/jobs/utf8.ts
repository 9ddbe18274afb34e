import type { Kernel } from "wsimd";
import type { Contest, Contestant } from "../contest.ts";
import { createPayload, createRandom } from "../payloads.ts";
import { validatorOf } from "../peers/primitives.ts";
import type { Measurement } from "../plan.ts";
import { POOL_BYTES } from "../pool.ts";

const MOST_TEXTS = 2048;

/** Valid texts, validated whole, each in a buffer that is there already. The input is not changed, so it is shared. */
export function utf8Contest(kernel: Kernel, { payload, bytes, peers }: Measurement): Contest {
  const random = createRandom();
  const count = Math.max(1, Math.min(MOST_TEXTS, Math.floor(POOL_BYTES / bytes)));
  const texts = Array.from({ length: count }, () => Buffer.from(createPayload(payload, bytes, random)));
  const isValid = (text: Buffer): boolean => kernel.validateUtf8(text, 0, text.length, 0) === 0;
  return {
    operations: count,
    subject: contestant(kernel.name, texts, isValid, () => {
      let valid = 0;
      for (const text of texts) if (kernel.validateUtf8(text, 0, text.length, 0) === 0) valid++;
      return valid;
    }),
    peers: peers.map((peer) => {
      const validate = validatorOf(peer);
      return contestant(peer, texts, validate, () => {
        let valid = 0;
        for (const text of texts) if (validate(text)) valid++;
        return valid;
      });
    }),
  };
}

function contestant(name: string, texts: Buffer[], validate: (text: Buffer) => boolean, run: () => number): Contestant {
  return {
    name,
    expected: texts.length,
    prepare: () => undefined,
    run,
    /** Whoever says yes to everything is found here: a text cut or spoilt at any place of its last bytes is invalid. */
    verify(): void {
      if (!texts.every((text) => validate(text))) throw new Error(`${name}: a valid text was refused`);
      const spoilt = Buffer.from(texts[0]);
      for (const at of [0, spoilt.length >> 1, spoilt.length - 1]) {
        const kept = spoilt[at];
        spoilt[at] = 0xff;
        if (validate(spoilt)) throw new Error(`${name}: an invalid text was accepted`);
        spoilt[at] = kept;
      }
    },
  };
}
