import { type Filters, JOBS, LARGEST_SIZE, PAYLOADS, PEERS, SIZES, SUBJECTS } from "./plan.ts";

export interface Options extends Filters {
  /** Where to write the rows as JSON. */
  readonly json: string | undefined;
  /** Few and short rounds: to see that everything runs, not to compare. */
  readonly quick: boolean;
  readonly help: boolean;
}

/** The command line is wrong: its message is all the user needs. */
export class UsageError extends Error {}

export const HELP: string = `Usage: npm run bench -- [options]

Measures wsimd beside its peers, in alternation, and prints a row for each pair.

  --json FILE      also write { environment, rows, memory } to FILE
  --job NAME       ${JOBS.join(", ")}
  --bytes N        payload size, 1 to ${LARGEST_SIZE} (default: ${SIZES.join(", ")})
  --payload NAME   ${PAYLOADS.join(", ")}
  --subject NAME   ${SUBJECTS.join(", ")}
  --peer NAME      ${PEERS.join(", ")}
  --quick          few short rounds: shows that it runs, its figures mean little
  --help           this text

--job, --bytes, --payload, --subject and --peer may be given more than once.
`;

const VALUED = ["--json", "--job", "--bytes", "--payload", "--subject", "--peer"] as const;
const FLAGS = ["--quick", "--help"] as const;

/** @throws UsageError naming the argument that is wrong. */
export function parseOptions(args: readonly string[]): Options {
  const values = new Map<string, string[]>();
  const flags = new Set<string>();
  for (let at = 0; at < args.length; at++) {
    const [name, attached] = splitAtEquals(args[at]);
    if (isOneOf(name, FLAGS)) {
      if (attached !== undefined) throw new UsageError(`${name} takes no value`);
      flags.add(name);
    } else if (isOneOf(name, VALUED)) {
      const value = attached ?? args[++at];
      if (value === undefined || value === "" || (attached === undefined && value.startsWith("--"))) {
        throw new UsageError(`${name} needs a value`);
      }
      values.set(name, [...(values.get(name) ?? []), value]);
    } else {
      throw new UsageError(`unknown option ${args[at]}: see --help`);
    }
  }
  const json = values.get("--json");
  if (json !== undefined && json.length > 1) throw new UsageError("--json may be given once");
  return {
    json: json?.[0],
    quick: flags.has("--quick"),
    help: flags.has("--help"),
    jobs: chosen("--job", values, JOBS),
    sizes: values.has("--bytes") ? [...new Set(values.get("--bytes")!.map(size))].sort((a, b) => a - b) : SIZES,
    payloads: chosen("--payload", values, PAYLOADS),
    subjects: chosen("--subject", values, SUBJECTS),
    peers: chosen("--peer", values, PEERS),
  };
}

function splitAtEquals(argument: string): [name: string, value: string | undefined] {
  const equals = argument.indexOf("=");
  return equals < 0 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)];
}

function isOneOf<T extends string>(name: string, names: readonly T[]): name is T {
  return (names as readonly string[]).includes(name);
}

/** Those of `all` that were named; all of them when none was. */
function chosen<T extends string>(option: string, values: Map<string, string[]>, all: readonly T[]): readonly T[] {
  const names = values.get(option);
  if (names === undefined) return all;
  for (const name of names) {
    if (!isOneOf(name, all)) throw new UsageError(`${option} ${name}: it must be one of ${all.join(", ")}`);
  }
  return all.filter((name) => names.includes(name));
}

function size(value: string): number {
  const bytes = Number(value);
  if (!/^\d+$/.test(value) || bytes < 1 || bytes > LARGEST_SIZE) {
    throw new UsageError(`--bytes ${value}: it must be an integer from 1 to ${LARGEST_SIZE}`);
  }
  return bytes;
}
