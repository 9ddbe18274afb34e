import type { Kernel } from "wsimd";
import type { Contest } from "../contest.ts";
import { isAvailable } from "../peers/primitives.ts";
import type { Measurement, Peer, TimeJob } from "../plan.ts";
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

const CONTESTS: Record<TimeJob, (kernel: Kernel, measurement: Measurement) => Contest> = {
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

/** The contest with those peers that this runtime has; `missing` are the others. */
export function createContest(
  job: TimeJob,
  kernel: Kernel,
  measurement: Measurement,
): { contest: Contest; missing: Peer[] } {
  const peers = measurement.peers.filter(isAvailable);
  const missing = measurement.peers.filter((peer) => !isAvailable(peer));
  return { contest: CONTESTS[job](kernel, { ...measurement, peers }), missing };
}
