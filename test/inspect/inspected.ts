// What an inspector makes of an input.

import { createHash } from "node:crypto";
import {
  type EndRecord,
  type FrameRecord,
  type HeadRecord,
  type InspectionRecord,
  Inspector,
  type InspectorOptions,
  type NoteRecord,
  type SummaryRecord,
  type ViolationRecord,
} from "../../src/inspect/index.ts";

export const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

/** All records of an input, which is left as it is and written in pieces of `size` bytes. */
export function inspected(
  input: Uint8Array | string,
  options: Omit<InspectorOptions, "sha1"> = {},
  size: number = Number.POSITIVE_INFINITY,
): InspectionRecord[] {
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return inspectedIn(chunks, options);
}

/** The same of an input in chunks. */
export function inspectedIn(
  chunks: readonly Uint8Array[],
  options: Omit<InspectorOptions, "sha1">,
): InspectionRecord[] {
  const records: InspectionRecord[] = [];
  const inspector = new Inspector({ ...options, sha1 }, (record) => records.push(record));
  for (const chunk of chunks) inspector.write(chunk.slice());
  inspector.end();
  return records;
}

interface Kinds {
  readonly head: HeadRecord;
  readonly frame: FrameRecord;
  readonly violation: ViolationRecord;
  readonly note: NoteRecord;
  readonly end: EndRecord;
  readonly summary: SummaryRecord;
}

export function of<K extends keyof Kinds>(records: readonly InspectionRecord[], type: K): Kinds[K][] {
  return records.filter((record) => record.type === type) as Kinds[K][];
}

/** What frames show: `text "Hello"`, `binary 00ff`. */
export function shown(records: readonly InspectionRecord[]): string[] {
  return of(records, "frame").map(({ name, payload, close }) => {
    if (close !== undefined) return `${name} ${close.code} ${close.reason}`.trimEnd();
    return "text" in payload ? `${name} ${JSON.stringify(payload.text)}` : `${name} ${payload.hex}`.trimEnd();
  });
}
