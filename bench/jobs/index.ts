import type { Kernel } from "wsimd";
import type { Contest } from "../contest.ts";
import type { Measurement, TimeJob } from "../plan.ts";
import { decodeStringContest } from "./decode-string.ts";
import { decodeViewContest } from "./decode-view.ts";
import { encodeBinaryContest } from "./encode-binary.ts";
import { encodeTextContest } from "./encode-text.ts";
import { maskContest } from "./mask.ts";
import { scanContest } from "./scan.ts";
import { utf8Contest } from "./utf8.ts";

export const CONTESTS: Record<TimeJob, (kernel: Kernel, measurement: Measurement) => Contest> = {
  mask: maskContest,
  utf8: utf8Contest,
  scan: scanContest,
  "decode-view": decodeViewContest,
  "decode-string": decodeStringContest,
  "encode-text": encodeTextContest,
  "encode-binary": encodeBinaryContest,
};
