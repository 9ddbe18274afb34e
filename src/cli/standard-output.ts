import { writeSync } from "node:fs";

/** How many milliseconds a pipe that is full is left to its reader. */
const PAUSE = 1;
const NEVER = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes to standard output, and returns once all is written: of one piece of input there may be more than fits into memory, and
 * `process.stdout` keeps all that a pipe does not take at once.
 */
export function writeOut(text: string): void {
  // It keeps up, and on Windows it takes characters, not bytes.
  if (process.stdout.isTTY) {
    process.stdout.write(text);
    return;
  }
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(process.stdout.fd, rest));
    } catch (error) {
      const failed = error as NodeJS.ErrnoException;
      if (failed.code !== "EAGAIN") outputFailed(failed);
      Atomics.wait(NEVER, 0, 0, PAUSE);
    }
  }
}

export function outputFailed({ code, message }: NodeJS.ErrnoException): never {
  // Who reads the output has had enough, as `head` has: nothing is left to do or to say.
  if (code === "EPIPE") process.exit(0);
  process.stderr.write(`wsimd: the output cannot be written: ${message}\n`);
  process.exit(2);
}
