import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { describeSummary, InputError, type InspectionRecord, Inspector, type SummaryRecord } from "../inspect/index.ts";
import { escapeJson } from "../inspect/wording.ts";
import { INSPECT_HELP, type InspectArguments, readArguments } from "./inspect-arguments.ts";
import { ProgressBar } from "./progress-bar.ts";
import { writeOut } from "./standard-output.ts";
import { TextOutput } from "./text-output.ts";
import { UsageError } from "./usage-error.ts";

/** Of one piece of the input there may be more lines than fit into a string. */
const HANDED_ON_AT_ONCE = 2 ** 20;

/**
 * `wsimd inspect`: returns the exit code.
 * @throws UsageError when the arguments are wrong, or the input cannot be read, or has no WebSocket.
 */
export async function inspect(args: readonly string[]): Promise<number> {
  const options = readArguments(args);
  if (options.help) {
    writeOut(INSPECT_HELP);
    return 0;
  }
  const { file } = options;
  if (file === undefined && process.stdin.isTTY && !args.includes("-")) {
    throw new UsageError("a FILE is missing, or bytes on standard input: see wsimd inspect --help");
  }
  const name = file ?? "standard input";
  let summary: SummaryRecord;
  try {
    // Of a device or a pipe, the size is 0.
    const length = file === undefined ? undefined : (await stat(file)).size || undefined;
    const input = file === undefined ? process.stdin : createReadStream(file);
    summary = await list(input, options, new ProgressBar(process.stderr, length));
  } catch (error) {
    if (error instanceof InputError) throw new UsageError(`${name}: ${error.message}`);
    if (error instanceof Error && "code" in error && "syscall" in error) {
      throw new UsageError(`${name}: ${REASONS.get(String(error.code)) ?? error.message}`);
    }
    throw error;
  }
  const { verdict } = summary;
  if (verdict === "nothing found") throw new UsageError(`${name}: nothing found: ${describeSummary(summary)}`);
  return verdict === "invalid" ? 1 : 0;
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "no such file"],
  ["ENOTDIR", "no such file"],
  ["EISDIR", "is a directory"],
  ["EACCES", "permission denied"],
]);

const JSON_OUTPUT = { write: (record: InspectionRecord) => escapeJson(JSON.stringify(record)) };

async function list(
  input: AsyncIterable<Uint8Array>,
  options: InspectArguments,
  progress: ProgressBar,
): Promise<SummaryRecord> {
  const output = options.json ? JSON_OUTPUT : new TextOutput(process.stdout, options.full);
  let lines = "";
  const handOn = (): void => {
    if (lines === "") return;
    progress.erase();
    writeOut(lines);
    lines = "";
  };
  const inspector = new Inspector({ ...options, sha1 }, (record) => {
    // To people, that nothing was found is said by the error.
    if (record.type === "summary" && record.verdict === "nothing found" && !options.json) return;
    lines += `${output.write(record)}\n`;
    if (lines.length >= HANDED_ON_AT_ONCE) handOn();
  });
  try {
    for await (const chunk of input) {
      inspector.write(chunk);
      handOn();
      progress.advance(chunk.length);
    }
    return inspector.end();
  } finally {
    progress.erase();
    handOn();
  }
}

function sha1(bytes: Uint8Array): Uint8Array {
  return createHash("sha1").update(bytes).digest();
}
