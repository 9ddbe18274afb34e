import type { JobName, Payload, Peer, Subject } from "./plan.ts";

/** One measurement: a subject beside a peer. */
export interface Row {
  readonly job: JobName;
  readonly payload: Payload;
  readonly bytes: number;
  readonly variant: string;
  readonly subject: Subject;
  readonly peer: Peer;
  /** For a frame or a call, in nanoseconds. */
  readonly ns: number;
  /** Half the distance between the rounds' quartiles, as a part of the median. */
  readonly spread: number;
  readonly peerNs: number;
  readonly peerSpread: number;
  /** `peerNs / ns`: below 1 the peer is faster. */
  readonly ratio: number;
}

/** What something takes of the heap. */
export interface MemoryRow {
  readonly job: JobName;
  readonly subject: Subject;
  readonly what: string;
  /** What the bytes are counted for: one decoder, frame or chunk. */
  readonly per: string;
  readonly heapBytes: number;
  /** What it must stay below, if there is such a figure. */
  readonly target: number | undefined;
  readonly peer: string | undefined;
  readonly peerHeapBytes: number | undefined;
}
