import { createBursts } from "../echo/bursts.ts";
import { ENTRIES, type Entry } from "../echo/entry.ts";
import { Load } from "../echo/load.ts";
import { startServer } from "../echo/server-process.ts";
import type { Subject } from "../plan.ts";
import type { MemoryResult } from "../rows.ts";
import { slope } from "../statistics.ts";

/** Opened one after the other, so that nobody's queue of sockets to accept is full. */
const TOGETHER = 250;
/** After so many more, the memory is looked at. */
const STEP = 2000;
const CONNECTIONS = 16_000;
/** With the first come the code and the room for garbage, which the later ones find there. */
const FIRST = 4000;
/** V8's room for young objects, in MiB: left alone, it grows by 10 MB and more whenever V8 thinks fit, and tells nothing. */
const FLAGS = ["--max-semi-space-size=1"];
const BYTES = 125;

/** The resident memory of a server for each connection that has echoed a message once, and waits. */
export async function idleMemory(subject: Subject): Promise<MemoryResult[]> {
  const peers = { net: await memoryOfEach("net"), ws: await memoryOfEach("ws+bufferutil") };
  const results: MemoryResult[] = [];
  for (const what of ENTRIES) {
    const bytes = await memoryOfEach(subject, what);
    const row = { job: "idle-memory", subject, what, per: "connection", bytes } as const;
    results.push({ ...row, peer: "net", peerBytes: peers.net }, { ...row, peer: "ws+bufferutil", peerBytes: peers.ws });
  }
  return results;
}

/** How the memory of a server in a process of its own grows with its connections. */
async function memoryOfEach(name: string, entry?: Entry): Promise<number> {
  const bare = name === "net";
  const bursts = createBursts("ascii", BYTES, 1, bare);
  const server = await startServer(name, process.execPath, { flags: FLAGS, ...(entry === undefined ? {} : { entry }) });
  const loads: Load[] = [];
  const points: [connections: number, bytes: number][] = [];
  try {
    for (let connections = TOGETHER; connections <= CONNECTIONS; connections += TOGETHER) {
      const load = await Load.open({ port: server.port, connections: TOGETHER, bursts, handshake: !bare });
      loads.push(load);
      await load.once();
      if (connections >= FIRST && connections % STEP === 0) points.push([connections, await server.memory()]);
    }
  } finally {
    for (const load of loads) load.close();
    await server.stop();
  }
  return slope(points);
}
