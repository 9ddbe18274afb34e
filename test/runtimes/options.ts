import { parseArgs } from "node:util";
import { RUNTIME_NAMES, type RuntimeName } from "./runtimes.ts";

export const HELP = `Usage: npm run test:runtimes -- [options]

Runs the tests of the codec and of its connections, on the package as npm packs it, in every runtime that is installed.
npm run runtimes installs those that npm has. In CI each of them must be there, but for WebKit.

  --runtime NAME   run in this one alone, may be repeated: ${RUNTIME_NAMES.join(", ")}
  --json FILE      write how many tests passed and failed to FILE
  --help           show this
`;

export interface Options {
  readonly help: boolean;
  readonly runtimes: readonly RuntimeName[];
  readonly json: string | undefined;
}

/** @throws Error, with what to do, on arguments that are none. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h", default: false },
      runtime: { type: "string", multiple: true },
      json: { type: "string" },
    },
  });
  const named = values.runtime ?? RUNTIME_NAMES;
  const unknown = named.find((name) => !RUNTIME_NAMES.includes(name as RuntimeName));
  if (unknown !== undefined) {
    throw new RangeError(`--runtime must be one of ${RUNTIME_NAMES.join(", ")}, not ${JSON.stringify(unknown)}`);
  }
  return { help: values.help, runtimes: named as RuntimeName[], json: values.json };
}
