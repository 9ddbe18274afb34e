#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { escapeText } from "../inspect/index.ts";
import { INSPECT_HELP } from "./inspect-arguments.ts";
import { inspect } from "./inspect-command.ts";
import { outputFailed, writeOut } from "./standard-output.ts";
import { UsageError } from "./usage-error.ts";

const HELP = `Usage: wsimd COMMAND

  inspect [FILE]   list and judge the frames of a WebSocket stream: hex, raw bytes, or a capture of tcpdump or tshark

  --help           show this; wsimd inspect --help shows its options
  --version        show the version
`;

/** Runs the command that the arguments name, and returns the exit code. */
async function run([command, ...rest]: readonly string[]): Promise<number> {
  switch (command) {
    case "inspect":
      return await inspect(rest);
    case "--help":
    case "-h":
    case "help":
      writeOut(rest[0] === "inspect" ? INSPECT_HELP : HELP);
      return 0;
    case "--version":
    case "-v":
      writeOut(`${version()}\n`);
      return 0;
    default:
      throw new UsageError(
        command === undefined
          ? "a command is missing: see wsimd --help"
          : `unknown command ${command}: see wsimd --help`,
      );
  }
}

function version(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

process.stdout.on("error", outputFailed);

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  // What the arguments and the names of files have, a terminal is not to act on.
  const message = error instanceof UsageError ? error.message : `unexpected ${error}`;
  process.stderr.write(`wsimd: ${escapeText(message)}\n`);
  process.exitCode = 2;
}
