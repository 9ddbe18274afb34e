/** Where and when a run took place: without it, figures cannot be compared. */
export interface Environment {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly os: string;
  /** Whether its rounds were too few and too short to compare by. */
  readonly quick: boolean;
  /** wsimd's own version, and those of what it was measured with. */
  readonly packages: Readonly<Record<string, string>>;
  readonly runtimes: readonly Runtime[];
}

/** What a runtime says of itself. */
export interface Runtime {
  /** As in `Row.runtime`. */
  readonly label: string;
  readonly version: string;
  readonly engine: string;
  /** What wsimd selects there by itself, and why if it is not the WASM kernel. */
  readonly kernel: string;
  /** What ws masks with where it may: newer versions of Node bring their own. */
  readonly wsMasking: string;
}

export function describeEnvironment(environment: Environment): string[] {
  const { date, cpu, cores, os, quick, packages, runtimes } = environment;
  const lines = [
    `${date}, ${cpu}, ${cores} cores, ${os}`,
    Object.entries(packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
    ...runtimes.map(describeRuntime),
  ];
  if (quick) lines.push("--quick: these figures show that everything runs, and mean little else");
  return lines;
}

function describeRuntime({ label, version, engine, kernel, wsMasking }: Runtime): string {
  return `${label}: ${version}, ${engine}; wsimd selects ${kernel}, ws masks with ${wsMasking}`;
}
