import {
  COUNT,
  FAULT,
  FAULT_AT,
  FRAME,
  HEAD_FIRST,
  HEAD_LAST,
  HEAD_MASKED,
  HEAD_NON_ASCII,
  HEAD_SIZE_SHIFT,
  HEAD_TEXT,
  HELD,
  KEY,
  LIMIT_HIGH,
  LIMIT_LOW,
  MESSAGE,
  POSITION,
  RECORD_END,
  RECORD_HEAD,
  RECORD_KEY,
  RECORD_START,
  RECORD_WORDS,
  REMAINING_HIGH,
  REMAINING_LOW,
  RULES,
  UTF8,
} from "../../src/kernel/layout.ts";
import { place, type Subject } from "./subjects.ts";

export interface ScanOptions {
  readonly role?: "client" | "server";
  /** The reserved bits an extension has negotiated: RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  readonly rsv?: number;
  readonly limit?: number;
}

/** A record's words, told apart, and the payload they point to as it is after the scan. */
export interface ScannedRecord {
  /** FIN, RSV and opcode. */
  readonly first: number;
  /** The HEAD_* flags that are set. */
  readonly flags: readonly string[];
  readonly headerLength: number;
  readonly start: number;
  readonly end: number;
  readonly key: number;
  readonly payload: Buffer;
}

export interface ScanOutcome {
  /** The records of each chunk. */
  readonly chunks: readonly (readonly ScannedRecord[])[];
  /** How many records each call of `scan` gave. */
  readonly calls: readonly number[];
  readonly fault: number;
  /** In the last chunk; negative when the byte came before it. */
  readonly faultAt: number;
  readonly position: number;
  readonly remaining: number;
  readonly held: number;
}

const FLAGS = { HEAD_FIRST, HEAD_LAST, HEAD_TEXT, HEAD_NON_ASCII, HEAD_MASKED };
const CARRIED = [HELD, REMAINING_LOW, REMAINING_HIGH, KEY, FRAME, MESSAGE, UTF8];

/** Scans chunks as a decoder does, up to the first fault. `spare` takes the state that a nested scan gets. */
export function scanChunks(
  subject: Subject,
  chunks: readonly Uint8Array[],
  { role = "server", rsv = 0, limit = Number.MAX_SAFE_INTEGER }: ScanOptions = {},
  spare = false,
): ScanOutcome {
  const { kernel } = subject;
  const outer = spare ? kernel.takeState() : undefined;
  const state = kernel.takeState();
  const { words, records } = state;
  const scanned: ScannedRecord[][] = [];
  const calls: number[] = [];
  try {
    for (const word of CARRIED) words[word] = 0;
    words[RULES] = (role === "server" ? 0x80 : 0) | (rsv << 4);
    words[LIMIT_LOW] = (limit % 2 ** 32) | 0;
    words[LIMIT_HIGH] = Math.floor(limit / 2 ** 32);
    words[FAULT] = 0;
    words[FAULT_AT] = 0;
    for (const bytes of chunks) {
      if (words[FAULT] !== 0) break;
      const chunk = place(subject, bytes);
      const inChunk: ScannedRecord[] = [];
      words[POSITION] = 0;
      do {
        const count = kernel.scan(state, chunk);
        if (count !== words[COUNT]) throw new Error(`scan returned ${count}, COUNT is ${words[COUNT]}`);
        calls.push(count);
        for (let index = 0; index < count; index++) inChunk.push(readRecord(records, index * RECORD_WORDS, chunk));
      } while (words[FAULT] === 0 && words[POSITION] < chunk.length);
      scanned.push(inChunk);
    }
    return {
      chunks: scanned,
      calls,
      fault: words[FAULT],
      faultAt: words[FAULT_AT],
      position: words[POSITION],
      remaining: words[REMAINING_HIGH] * 2 ** 32 + (words[REMAINING_LOW] >>> 0),
      held: words[HELD],
    };
  } finally {
    kernel.returnState(state);
    if (outer !== undefined) kernel.returnState(outer);
  }
}

function readRecord(records: Int32Array, index: number, chunk: Uint8Array): ScannedRecord {
  const head = records[index + RECORD_HEAD];
  const start = records[index + RECORD_START];
  const end = records[index + RECORD_END];
  return {
    first: head & 0xff,
    flags: Object.entries(FLAGS).flatMap(([name, bit]) => ((head & bit) !== 0 ? [name] : [])),
    headerLength: head >> HEAD_SIZE_SHIFT,
    start,
    end,
    key: records[index + RECORD_KEY],
    payload: Buffer.from(chunk.subarray(start, end)),
  };
}
