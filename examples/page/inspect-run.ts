import { sha1 } from "@noble/hashes/legacy.js";
import { type InspectionRecord, Inspector, type InspectorOptions, type SummaryRecord } from "wsimd/inspect";

/** How long the page may wait for this, in milliseconds: less than a frame of the screen. */
const TURN = 12;
/** So little is read at once that a turn is not much longer, be it all frames of two bytes. */
const PIECE = 16_384;

/** What is told while a file is read. */
export interface Watcher {
  /** What was found since the last call, and how many bytes have been read. */
  onProgress(records: readonly InspectionRecord[], read: number): void;
  /** Whether to go on. */
  stopped(): boolean;
}

/**
 * Lists what a file holds, in turns, so that the page goes on meanwhile. `undefined` when it was stopped.
 * @throws InputError when the file is none that can be read.
 */
export async function inspectFile(
  file: File,
  options: Omit<InspectorOptions, "sha1">,
  watcher: Watcher,
): Promise<SummaryRecord | undefined> {
  let records: InspectionRecord[] = [];
  let read = 0;
  let began = performance.now();
  const inspector = new Inspector({ ...options, sha1 }, (record) => records.push(record));
  const tell = () => {
    watcher.onProgress(records, read);
    records = [];
  };
  const reader = file.stream().getReader();
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      for (let at = 0; at < step.value.length; at += PIECE) {
        const piece = step.value.subarray(at, at + PIECE);
        inspector.write(piece);
        read += piece.length;
        if (performance.now() - began < TURN) continue;
        tell();
        await nextTurn();
        if (watcher.stopped()) return undefined;
        began = performance.now();
      }
    }
    return inspector.end();
  } finally {
    tell();
    await reader.cancel();
  }
}

/** Lets the browser draw, and take what the visitor does. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
