import { type Filters, JOBS, LARGEST_SIZE, PAYLOADS, PEERS, SIZES, SUBJECTS } from "./plan.ts";
import { INSTALLED_RUNTIMES, RUNTIMES, type RuntimeName } from "./runtimes.ts";
import { UsageError } from "./usage-error.ts";

export interface Options extends Filters {
  readonly runtimes: readonly RuntimeName[];
  /** Where to write the results as JSON. */
  readonly json: string | undefined;
  /** Where to write the report, its chart and the results. */
  readonly report: string | undefined;
  /** Results to take instead of measuring. */
  readonly from: readonly string[];
  /** Few and short rounds: to see that everything runs, not to compare. */
  readonly quick: boolean;
  readonly help: boolean;
}

export const HELP: string = `Usage: npm run bench -- [options]

Measures wsimd beside its peers, in alternation, and prints a row for each pair.

  --job NAME       ${JOBS.join(", ")}
  --bytes N        payload size, 1 to ${LARGEST_SIZE} (default: ${SIZES.join(", ")})
  --payload NAME   ${PAYLOADS.join(", ")}
  --subject NAME   ${SUBJECTS.join(", ")}
  --peer NAME      ${PEERS.join(", ")}
  --runtime NAME   ${RUNTIMES.join(", ")}; or all (default: current)
                   "current" is the one that runs this, "all" are the others: npm run runtimes installs them
  --quick          few short rounds: shows that it runs, its figures mean little

  --json FILE      write the results to FILE
  --report DIR     write DIR/README.md, DIR/chart.svg and DIR/results.json
  --from FILE      measure nothing: take the results in FILE. Of several files, the last has the say about a row
  --help           this text

--job, --bytes, --payload, --subject, --peer, --runtime and --from may be given more than once.
`;

const OUTPUTS = ["--json", "--report"] as const;
const FILTERS = ["--job", "--bytes", "--payload", "--subject", "--peer", "--runtime"] as const;
const VALUED = [...FILTERS, ...OUTPUTS, "--from"] as const;
const FLAGS = ["--quick", "--help"] as const;

/** @throws UsageError naming the argument that is wrong. */
export function parseOptions(args: readonly string[]): Options {
  const { values, flags } = readArguments(args);
  for (const name of OUTPUTS) {
    if ((values.get(name)?.length ?? 0) > 1) throw new UsageError(`${name} may be given once`);
  }
  if (values.has("--from")) checkFrom(values, flags);
  return {
    json: values.get("--json")?.[0],
    report: values.get("--report")?.[0],
    from: values.get("--from") ?? [],
    quick: flags.has("--quick"),
    help: flags.has("--help"),
    runtimes: chosenRuntimes(values),
    jobs: chosen("--job", values, JOBS),
    sizes: values.has("--bytes") ? [...new Set(values.get("--bytes")!.map(size))].sort((a, b) => a - b) : SIZES,
    payloads: chosen("--payload", values, PAYLOADS),
    subjects: chosen("--subject", values, SUBJECTS),
    peers: chosen("--peer", values, PEERS),
  };
}

type Values = ReadonlyMap<string, readonly string[]>;

function readArguments(args: readonly string[]): { values: Values; flags: ReadonlySet<string> } {
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
  return { values, flags };
}

/** Nothing is measured, so nothing may say what to measure; and somebody must want what is read. */
function checkFrom(values: Values, flags: ReadonlySet<string>): void {
  const other = [...FILTERS, "--quick"].find((name) => values.has(name) || flags.has(name));
  if (other !== undefined) throw new UsageError(`--from measures nothing: it cannot go with ${other}`);
  if (!OUTPUTS.some((name) => values.has(name))) throw new UsageError("--from needs --report DIR or --json FILE");
}

function splitAtEquals(argument: string): [name: string, value: string | undefined] {
  const equals = argument.indexOf("=");
  return equals < 0 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)];
}

function isOneOf<T extends string>(name: string, names: readonly T[]): name is T {
  return (names as readonly string[]).includes(name);
}

/** Those of `all` that were named; all of them when none was. */
function chosen<T extends string>(option: string, values: Values, all: readonly T[]): readonly T[] {
  const names = values.get(option);
  if (names === undefined) return all;
  for (const name of names) {
    if (!isOneOf(name, all)) throw new UsageError(`${option} ${name}: it must be one of ${all.join(", ")}`);
  }
  return all.filter((name) => names.includes(name));
}

function chosenRuntimes(values: Values): readonly RuntimeName[] {
  if (!values.has("--runtime")) return ["current"];
  const names = chosen("--runtime", values, [...RUNTIMES, "all"] as const);
  return RUNTIMES.filter(
    (name) => names.includes(name) || (names.includes("all") && isOneOf(name, INSTALLED_RUNTIMES)),
  );
}

function size(value: string): number {
  const bytes = Number(value);
  if (!/^\d+$/.test(value) || bytes < 1 || bytes > LARGEST_SIZE) {
    throw new UsageError(`--bytes ${value}: it must be an integer from 1 to ${LARGEST_SIZE}`);
  }
  return bytes;
}
