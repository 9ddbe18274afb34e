import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Effort, Timing } from "../measure.ts";
import type { Measurement, Peer, Subject } from "../plan.ts";
import { median, spread } from "../statistics.ts";
import { createBursts } from "./bursts.ts";
import { Load } from "./load.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

const CONNECTIONS = 64;
/** How many messages of each connection are in flight, by variant. */
const IN_FLIGHT: Readonly<Record<string, number>> = {
  "64 connections, 1 in flight": 1,
  "64 connections, 16 in flight": 16,
};
/** A turn over sockets takes so many times as long as one within a process. */
const LONGER = 5;

/** Where `npm run runtimes` puts it, unless it is what runs this. */
const BUN =
  process.versions.bun !== undefined
    ? process.execPath
    : fileURLToPath(new URL("../../../test/runtimes/node_modules/bun/bin/bun.exe", import.meta.url));

/** Why there is no row beside `peer` here, if there is none. */
export function whyNoEcho(peer: Peer): string | undefined {
  if (peer === "bun" && !existsSync(BUN)) return "Bun is not installed: npm run runtimes";
  if (peer === "ws+bufferutil" && process.versions.bun !== undefined) return "Bun has a ws of its own";
  return undefined;
}

interface Contestant {
  readonly name: string;
  readonly load: Load;
  /** Nanoseconds a message, a round each. */
  readonly means: number[];
}

/** Times all servers in turns, each round in another order, as `measure` does. The subject's timing comes first. */
export async function measureEcho(subject: Subject, measurement: Measurement, effort: Effort): Promise<Timing[]> {
  const messages = IN_FLIGHT[measurement.variant];
  const servers: ServerProcess[] = [];
  const contestants: Contestant[] = [];
  const time = async ({ load }: Contestant, milliseconds: number): Promise<number> => {
    const run = await load.run(LONGER * milliseconds);
    return (run.milliseconds * 1e6) / (run.bursts * messages);
  };
  try {
    for (const name of [subject, ...measurement.peers]) {
      const server = await startServer(name, name === "bun" ? BUN : process.execPath);
      servers.push(server);
      const bare = name === "net";
      const bursts = createBursts(measurement.payload, measurement.bytes, messages, bare);
      const load = await Load.open({ port: server.port, connections: CONNECTIONS, bursts, handshake: !bare });
      contestants.push({ name, load, means: [] });
    }
    for (const contestant of contestants) await time(contestant, effort.warmup);
    for (let round = 0; round < effort.rounds; round++) {
      for (let index = 0; index < contestants.length; index++) {
        const contestant = contestants[(index + round) % contestants.length];
        contestant.means.push(await time(contestant, effort.turn));
      }
    }
  } finally {
    for (const { load } of contestants) load.close();
    await Promise.all(servers.map((server) => server.stop()));
  }
  return contestants.map(({ name, means }) => ({ name, ns: median(means), spread: spread(means) }));
}
