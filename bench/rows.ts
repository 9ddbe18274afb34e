import type { JobName, Payload, Peer, Subject } from "./plan.ts";

/** One measurement: a subject beside a peer. */
export interface Row {
  /** `node 24`, `bun`: what ran both of them. */
  readonly runtime: string;
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

/** What something takes of memory: of the heap, or where the job says so, resident. */
export interface MemoryResult {
  readonly job: JobName;
  readonly subject: Subject;
  readonly what: string;
  /** What the bytes are counted for: one decoder, connection, frame or chunk. */
  readonly per: string;
  readonly bytes: number;
  /** What it must stay below, if there is such a figure. */
  readonly target?: number | undefined;
  readonly peer?: string | undefined;
  readonly peerBytes?: number | undefined;
}

export interface MemoryRow extends MemoryResult {
  readonly runtime: string;
}

/** What was asked for and has no row. */
export interface Missing {
  readonly runtime: string;
  readonly job: JobName;
  readonly subject: Subject;
  /** Which part of the job: a peer or a measurement; otherwise all that has no row. */
  readonly part: string;
  readonly reason: string;
}

/** Fails when a row names another runtime or kernel than the one it was asked of. */
export function assertMeasuredBy(runtime: string, subject: Subject, rows: readonly (Row | MemoryRow)[]): void {
  for (const row of rows) {
    if (row.runtime === runtime && row.subject === subject) continue;
    throw new Error(`${row.subject} ran in ${row.runtime}, not ${subject} in ${runtime}`);
  }
}
