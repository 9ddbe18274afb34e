import { FrameEncoder, type Kernel } from "wsimd";
import type { Contestant } from "../contest.ts";
import { type EncodeInput, encodeContestant, expectedSum, lastByte, WRITE_BYTES } from "./encoding.ts";

/** Frame after frame into one buffer of 64 KiB; when the next would not fit, from its start again. */
export function callersBuffer(kernel: Kernel, input: EncodeInput): Contestant {
  const { messages, opcode, frameLength, keyDistance } = input;
  const encoder = new FrameEncoder({ role: input.role, kernel });
  const target = Buffer.allocUnsafeSlow(WRITE_BYTES);
  /** Copies of the buffer each time it was full; kept only while results are collected. */
  let filled: Buffer[] | undefined;
  const run = (): number => {
    let sum = 0;
    let end = 0;
    for (const message of messages) {
      if (end + frameLength > WRITE_BYTES) {
        filled?.push(Buffer.from(target.subarray(0, end)));
        end = 0;
      }
      const start = end;
      end = encoder.encodeInto(target, start, opcode, message);
      sum += end - start + lastByte(target, end, keyDistance);
    }
    filled?.push(Buffer.from(target.subarray(0, end)));
    return sum;
  };
  return encodeContestant(kernel.name, input, expectedSum(input), run, () => {
    const buffers: Buffer[] = [];
    filled = buffers;
    run();
    filled = undefined;
    return buffers;
  });
}
