// Globals of Node's that tests use. They are given to the modules of tests alone: the library must do with what there is.

import { Buffer } from "buffer";

// As Node's does, it compares with any Uint8Array.
Buffer.prototype.equals = function equals(other: Uint8Array): boolean {
  return Buffer.compare(this, other) === 0;
};

/** With the library's own tasks, since only those of one source run in the order in which they were queued. */
export { queueTask as setImmediate } from "../../../src/adapter/queue-task.ts";
export { Buffer };

function untold(): never {
  throw new Error("this runtime does not tell how much memory it uses");
}

export const process = { memoryUsage: Object.assign(untold, { rss: untold }) };
