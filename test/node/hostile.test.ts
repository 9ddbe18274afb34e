// 10 000 hostile peers at once, against a server in a process of its own: a well-behaved client is served all the while, memory stays
// within what the limits allow, and each peer is got rid of in the way that the limits say.

import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { atEnd } from "../loopback.ts";

/** Of each of eight kinds, from each of two processes. */
const OF_EACH_KIND = 625;
const PROCESSES = ["127.0.0.2", "127.0.0.3"];
const HOSTILE = PROCESSES.length * 8 * OF_EACH_KIND;

const LIMITS = {
  maxMessageLength: 2 ** 20,
  maxFragments: 256,
  maxRetainedTogether: 2 ** 25,
  highWaterMark: 2 ** 14,
  keepAliveInterval: 8000,
  keepAliveTimeout: 4000,
  closeTimeout: 2000,
  // Node's own, for what comes before the handshake is done.
  maxHeaderSize: 2 ** 14,
  headersTimeout: 5000,
};

/** By when a round trip of the well-behaved client must be done, in milliseconds: two processors are shared by all. */
const LONGEST_ROUND_TRIP = 5000;

/** What a socket of Node's takes by itself, with what is read of it at once, and what the collector leaves lying about, in bytes. */
const SOCKET = 2 ** 14;
const COLLECTOR = 2 ** 26;

/** How many of each kind ended in which way: by a status of HTTP, by the code of a Close, or without a word. */
type Endings = Record<string, Record<string, number>>;

const [LARGER_HALF, SMALLER_HALF] = [Math.ceil(OF_EACH_KIND / 2), Math.floor(OF_EACH_KIND / 2)];
const EXPECTED: Endings = {
  slowHandshake: { 408: OF_EACH_KIND },
  pingFlood: { gone: OF_EACH_KIND },
  tinyFragments: { 1008: OF_EACH_KIND },
  bomb: { 1009: OF_EACH_KIND },
  neverReads: { gone: OF_EACH_KIND },
  halfClosed: { cut: LARGER_HALF },
  halfClosedRequest: { 400: SMALLER_HALF },
  garbage: { 1002: LARGER_HALF },
  garbageRequest: { 400: SMALLER_HALF },
};

interface Report {
  readonly connections: number;
  readonly webSockets: number;
  readonly retained: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

function start(name: string, ...args: string[]): ChildProcess {
  const script = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  const child = fork(script, args, { execArgv: [] });
  atEnd(() => child.kill());
  return child;
}

/** Sends one message after the other, each when the last has come back. Returns each round trip in milliseconds when stopped. */
async function converse(url: string): Promise<() => Promise<number[]>> {
  const client = new WebSocket(url, { perMessageDeflate: false });
  await once(client, "open");
  let stopped = false;
  const times: number[] = [];
  const conversation = (async () => {
    while (!stopped) {
      const text = `${times.length} ${"안녕".repeat(150)}`;
      const begun = performance.now();
      client.send(text);
      const [data] = await once(client, "message", { signal: AbortSignal.timeout(LONGEST_ROUND_TRIP) });
      expect(String(data)).toBe(text);
      times.push(performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    client.close(1000);
    expect((await once(client, "close"))[0]).toBe(1000);
    return times;
  })();
  conversation.catch(() => {}); // it is asked for below
  return () => {
    stopped = true;
    return conversation;
  };
}

it(`${HOSTILE} hostile peers harm nobody`, async () => {
  const files = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
  if (files !== "unlimited" && Number(files) < HOSTILE + 500) {
    throw new Error(`this test needs ${HOSTILE + 500} open files a process, and ulimit -Hn allows ${files}`);
  }
  const server = start("hostile-server", JSON.stringify(LIMITS));
  const [{ port }] = (await once(server, "message")) as [{ port: number }];
  const reports: Report[] = [];
  server.on("message", (report: Report) => reports.push(report));
  const stop = await converse(`ws://127.0.0.1:${port}/`);
  await expect.poll(() => reports.length, { timeout: 10_000 }).toBeGreaterThan(10);
  const before = reports.at(-1)!;

  const peers = PROCESSES.map((address) => start("hostile-peers", String(port), String(OF_EACH_KIND), address));
  const attacked = await Promise.all(peers.map((child) => once(child, "message")));
  expect(attacked.map(([{ attacked }]) => attacked)).toEqual(PROCESSES.map(() => 8 * OF_EACH_KIND));
  await expect.poll(() => reports.at(-1)?.connections, { timeout: 60_000, interval: 100 }).toBe(1);
  expect(reports.at(-1)).toMatchObject({ webSockets: 1, retained: 0 });
  const endings = await Promise.all(
    peers.map(async (child) => {
      const told = once(child, "message");
      child.send("finish");
      return ((await told)[0] as { endings: Endings }).endings;
    }),
  );

  for (const { endlessHeaders, ...others } of endings) {
    expect(others).toEqual(EXPECTED);
    // Node resets a connection with more to read: some lose the answer.
    const { 431: answered = 0, cut = 0 } = endlessHeaders;
    expect(answered + cut).toBe(OF_EACH_KIND);
    expect(answered).toBeGreaterThan(0);
  }
  expect((await stop()).length).toBeGreaterThan(100);
  expect(server.exitCode).toBeNull();

  const most = (measure: (report: Report) => number): number => Math.max(...reports.map(measure));
  expect(most(({ retained }) => retained)).toBeGreaterThan(0);
  expect(most(({ retained }) => retained)).toBeLessThanOrEqual(LIMITS.maxRetainedTogether);
  const { maxHeaderSize, highWaterMark, maxRetainedTogether } = LIMITS;
  const connections = most(({ connections }) => connections);
  const allowed = maxRetainedTogether + connections * (maxHeaderSize + highWaterMark + SOCKET);
  const own = ({ heapUsed, external }: Report): number => heapUsed + external;
  expect(most(own) - own(before)).toBeLessThan(allowed);
  expect(most(({ rss }) => rss) - before.rss).toBeLessThan(allowed + COLLECTOR);
}, 240_000);
