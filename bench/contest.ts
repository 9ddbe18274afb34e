/** One of those that do the same work side by side. */
export interface Contestant {
  readonly name: string;
  /** What each call of `run` must return: sums over its results that cannot be had without them. */
  readonly expected: number;
  /** Untimed, before each `run`: brings back the input that the last one changed. */
  prepare(): void;
  /** Timed. */
  run(): number;
  /** Untimed: does the work once more and compares every byte of every result. Throws when one is wrong. */
  verify(): void;
}

export interface Contest {
  /** How many frames or calls a `run` counts as. */
  readonly operations: number;
  readonly subject: Contestant;
  readonly peers: readonly Contestant[];
}

/** Fails unless the payloads are those expected, repeated as often as it takes. */
export function comparePayloads(who: string, actual: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
  for (let index = 0; index < actual.length; index++) {
    if (Buffer.compare(actual[index], expected[index % expected.length]) !== 0) {
      throw new Error(`${who}: payload ${index} is wrong`);
    }
  }
}
