// One echo server in a process of its own, started by server-process.ts: prints its port, then its resident memory whenever
// something comes on standard input, and ends when that does, so that it never outlives the process that started it, however
// that one ended.

import type { AddressInfo, Server } from "node:net";
import { setImmediate } from "node:timers/promises";
import { assertKernel, kernelFor } from "../kernels.ts";
import { collectGarbage } from "../measure.ts";
import type { Subject } from "../plan.ts";
import { serveWithBun } from "./servers/bun.ts";
import { createNetServer } from "./servers/net.ts";
import { createWsServer } from "./servers/ws.ts";
import { createAcceptServer, createWsimdServer } from "./servers/wsimd.ts";

const [name, entry] = process.argv.slice(2);
const port = name === "bun" ? serveWithBun() : await listen(createServer(name));
process.stdin.on("end", () => process.exit()).on("data", () => void printMemory());
process.stdout.write(`${port}\n`);

function createServer(name: string): Server {
  if (name === "net") return createNetServer();
  if (name === "ws+bufferutil") return createWsServer();
  const kernel = kernelFor(name as Subject);
  assertKernel(kernel, name as Subject);
  return entry === "accept" ? createAcceptServer(kernel) : createWsimdServer(kernel);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** The garbage of the connections' beginnings is collected first. */
async function printMemory(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await setImmediate();
    collectGarbage();
  }
  process.stdout.write(`${process.memoryUsage().rss}\n`);
}
