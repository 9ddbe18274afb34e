// What does not run everywhere, and why.

import type { RuntimeName } from "./runtimes.ts";

/** The folders of test whose tests run in every runtime: the codec's and those of connections, and the entry points by their names. */
export const FOLDERS: readonly string[] = [
  "protocol",
  "kernel",
  "frame",
  "message",
  "extension",
  "handshake",
  "connection",
  "adapter",
  "web",
  "in-runtime",
];

/** What of theirs runs in no runtime but the Node that runs `npm test`: files, and tests by their names. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  "kernel/content-security-policy.test.ts": "starts browsers itself",
  "extension/differential.test.ts": "compares thousands of streams with zlib's",
  "web/websocket.test.ts": "is of Node's WebSocket, and starts servers of Node's",
  "kernel/wasm/binary.test.ts": "is about the file that is built, which is the same for every runtime",
};

export const TESTS_LEFT_OUT: readonly (readonly [tests: RegExp, reason: string])[] = [
  [/ in proportion /, "measure how time grows, which is the algorithm's doing; browsers' clocks are too coarse for it"],
  [
    /^kernel\/select\.test\.ts > importing wsimd > |^web\/websocket-events\.test\.ts > are the runtime's own |^adapter\/queue-task\.test\.ts > no /,
    "load modules anew, which only Vitest's own loader does",
  ],
];

export interface Exception {
  readonly runtimes: readonly RuntimeName[];
  /** Which tests, by their names: file, suites and test, joined by " > ". */
  readonly tests: RegExp;
  /** How many of them fail there; the others must pass. */
  readonly count: number;
  readonly reason: string;
}

const BROWSERS: readonly RuntimeName[] = ["chromium", "firefox", "webkit"];
const WITHOUT_NODE: readonly RuntimeName[] = ["workerd", ...BROWSERS];

export const EXCEPTIONS: readonly Exception[] = [
  { runtimes: WITHOUT_NODE, tests: / zlib( |$)/, count: 134, reason: "it has no zlib: pako is for such runtimes" },
  {
    runtimes: WITHOUT_NODE,
    tests: /^in-runtime\/entries\.test\.ts > wsimd\/node /,
    count: 1,
    reason: "it has none of Node's modules",
  },
  {
    runtimes: WITHOUT_NODE,
    tests: / little memory| costs no memory$| no more memory than that$| another limit can stop it$/,
    count: 10,
    reason: "it does not tell how much memory it uses",
  },
  {
    runtimes: WITHOUT_NODE,
    tests: /^frame\/text-run\.test\.ts > how many calls it takes > /,
    count: 3,
    reason: "it has no Buffer, whose calls they count",
  },
  {
    runtimes: BROWSERS,
    tests: /^web\/websocket-base\.test\.ts > what connect is asked > is an address that the page's own /,
    count: 1,
    reason: "its page has an address of its own, which nothing can replace",
  },
  {
    runtimes: ["bun", "deno"],
    tests:
      /^extension\/compression\.test\.ts > on zlib > contexts > are not left behind where a decoder is discarded by its handler /,
    count: 1,
    reason: "what its zlib was given up in the middle of is closed, and not kept as the spare",
  },
  {
    runtimes: ["webkit"],
    tests: /^web\/websocket-arguments\.test\.ts > readMessage > takes (strings|buffers)/,
    count: 2,
    reason: "it has no SharedArrayBuffer",
  },
  {
    runtimes: ["chromium"],
    tests: /^web\/websocket-arguments\.test\.ts > resolveUrl > ws:\/\/a b\/ /,
    count: 1,
    reason: "its URL takes a space in a host, which the URL standard forbids",
  },
  {
    runtimes: ["workerd"],
    tests: /^web\/event-handlers\.test\.ts > (leaves the calling|calls a handler with its|lets go of it)/,
    count: 3,
    reason: "its dispatchEvent calls event handlers by itself: without this, and before all listeners",
  },
  {
    runtimes: ["workerd"],
    tests: /^web\/stream-connection\.test\.ts > a handler that pauses has nothing more asked for$/,
    count: 1,
    reason: "its ReadableStream pulls once more than others do",
  },
  {
    runtimes: ["workerd"],
    tests: /^kernel\/select\.test\.ts > selection > /,
    count: 4,
    reason: "it lets nobody compile while a request is handled: its module is compiled already",
  },
];
