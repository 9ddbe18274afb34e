import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { InputError, type InspectionRecord, Inspector } from "../inspect/index.ts";
import { escapeJson } from "../inspect/wording.ts";
import { INSPECT_HELP, type InspectArguments, readArguments } from "./inspect-arguments.ts";
import { ProgressBar } from "./progress-bar.ts";
import { TextOutput } from "./text-output.ts";
import { UsageError } from "./usage-error.ts";

/** Of one piece of the input there may be more lines than fit into a string, or into memory. */
const HANDED_ON_AT_ONCE = 2 ** 20;

/**
 * `wsimd inspect`: returns the exit code.
 * @throws UsageError when the arguments are wrong, or the input cannot be read.
 */
export async function inspect(args: readonly string[]): Promise<number> {
  const options = readArguments(args);
  if (options.help) {
    process.stdout.write(INSPECT_HELP);
    return 0;
  }
  const { file } = options;
  if (file === undefined && process.stdin.isTTY && !args.includes("-")) {
    throw new UsageError("a FILE is missing, or bytes on standard input: see wsimd inspect --help");
  }
  try {
    // Of a device or a pipe, the size is 0.
    const length = file === undefined ? undefined : (await stat(file)).size || undefined;
    const input = file === undefined ? process.stdin : createReadStream(file);
    return await list(input, options, new ProgressBar(process.stderr, length));
  } catch (error) {
    const system = error instanceof Error && "syscall" in error;
    if (error instanceof InputError || system) throw new UsageError(`${file ?? "standard input"}: ${error.message}`);
    throw error;
  }
}

const JSON_OUTPUT = { write: (record: InspectionRecord) => escapeJson(JSON.stringify(record)) };

async function list(
  input: AsyncIterable<Uint8Array>,
  options: InspectArguments,
  progress: ProgressBar,
): Promise<number> {
  const output = options.json ? JSON_OUTPUT : new TextOutput(process.stdout, options.full);
  let lines = "";
  const handOn = (): void => {
    if (lines === "") return;
    progress.erase();
    process.stdout.write(lines);
    lines = "";
  };
  const inspector = new Inspector({ ...options, sha1 }, (record) => {
    lines += `${output.write(record)}\n`;
    if (lines.length >= HANDED_ON_AT_ONCE) handOn();
  });
  const flush = async (): Promise<void> => {
    handOn();
    if (process.stdout.writableNeedDrain) await once(process.stdout, "drain");
  };
  try {
    for await (const chunk of input) {
      inspector.write(chunk);
      await flush();
      progress.advance(chunk.length);
    }
    return inspector.end().valid ? 0 : 1;
  } finally {
    progress.erase();
    await flush();
  }
}

function sha1(bytes: Uint8Array): Uint8Array {
  return createHash("sha1").update(bytes).digest();
}
