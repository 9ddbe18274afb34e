// What does not run everywhere, and why.

import type { RuntimeName } from "./runtimes.ts";

/** The folders of test whose tests run in every runtime: the codec's and the connection's, and the entry points by their names. */
export const FOLDERS: readonly string[] = [
  "protocol",
  "kernel",
  "frame",
  "message",
  "handshake",
  "connection",
  "in-runtime",
];

/** What of theirs runs in no runtime but the Node that runs `npm test`: files, and tests by their names. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  "kernel/content-security-policy.test.ts": "starts browsers itself",
  "kernel/wasm/binary.test.ts": "is about the file that is built, which is the same for every runtime",
};

export const TESTS_LEFT_OUT: readonly (readonly [tests: RegExp, reason: string])[] = [
  [/ in proportion /, "measure how time grows, which is the algorithm's doing; browsers' clocks are too coarse for it"],
  [/^kernel\/select\.test\.ts > importing wsimd > /, "load modules anew, which only Vitest's own loader does"],
];

export interface Exception {
  readonly runtimes: readonly RuntimeName[];
  /** Which tests, by their names: file, suites and test, joined by " > ". */
  readonly tests: RegExp;
  /** How many of them fail there; the others must pass. */
  readonly count: number;
  readonly reason: string;
}

const WITHOUT_NODE: readonly RuntimeName[] = ["workerd", "chromium", "firefox", "webkit"];

export const EXCEPTIONS: readonly Exception[] = [
  { runtimes: WITHOUT_NODE, tests: / zlib( |$)/, count: 13, reason: "it has no zlib: pako is for such runtimes" },
  {
    runtimes: WITHOUT_NODE,
    tests: /^in-runtime\/entries\.test\.ts > wsimd\/node /,
    count: 1,
    reason: "it has none of Node's modules",
  },
  {
    runtimes: WITHOUT_NODE,
    tests: / little memory| costs no memory$/,
    count: 5,
    reason: "it does not tell how much memory it uses",
  },
  {
    runtimes: WITHOUT_NODE,
    tests: /^frame\/text-run\.test\.ts > how many calls it takes > /,
    count: 3,
    reason: "it has no Buffer, whose calls they count",
  },
  {
    runtimes: ["workerd"],
    tests: /^kernel\/select\.test\.ts > selection > /,
    count: 4,
    reason: "it lets nobody compile while a request is handled: its module is compiled already",
  },
];
