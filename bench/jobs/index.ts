import type { Kernel } from "wsimd";
import type { Contest } from "../contest.ts";
import type { Measurement, TimeJob } from "../plan.ts";
import { broadcastContest } from "./broadcast.ts";
import { decodeMessageContest } from "./decode-message.ts";
import { decodeStringContest } from "./decode-string.ts";
import { decodeViewContest } from "./decode-view.ts";
import { encodeBatchContest } from "./encode-batch.ts";
import { encodeBinaryContest } from "./encode-binary.ts";
import { encodeTextContest } from "./encode-text.ts";
import { maskContest } from "./mask.ts";
import { scanContest } from "./scan.ts";
import { utf8Contest } from "./utf8.ts";

/** What is measured without waiting for anything: the others have a folder each. */
export type ContestJob = Exclude<TimeJob, "deflate" | "echo">;

const CONTESTS: Record<ContestJob, (kernel: Kernel, measurement: Measurement) => Contest> = {
  mask: maskContest,
  utf8: utf8Contest,
  scan: scanContest,
  "decode-view": decodeViewContest,
  "decode-string": decodeStringContest,
  "decode-message": decodeMessageContest,
  "encode-text": encodeTextContest,
  "encode-binary": encodeBinaryContest,
  "encode-batch": encodeBatchContest,
  broadcast: broadcastContest,
};

/** `measurement` has only peers that this runtime has: see `whyUnavailable`. */
export function createContest(job: ContestJob, kernel: Kernel, measurement: Measurement): Contest {
  return CONTESTS[job](kernel, measurement);
}
