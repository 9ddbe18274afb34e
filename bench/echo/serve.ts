// One echo server in a process of its own, started by server-process.ts: prints its port, and ends when its standard input
// does, so that it never outlives the process that started it, however that one ended.

import type { AddressInfo, Server } from "node:net";
import { assertKernel, kernelFor } from "../kernels.ts";
import type { Subject } from "../plan.ts";
import { serveWithBun } from "./servers/bun.ts";
import { createNetServer } from "./servers/net.ts";
import { createWsServer } from "./servers/ws.ts";
import { createWsimdServer } from "./servers/wsimd.ts";

const [name] = process.argv.slice(2);
const port = name === "bun" ? serveWithBun() : await listen(createServer(name));
process.stdin.on("end", () => process.exit()).resume();
process.stdout.write(`${port}\n`);

function createServer(name: string): Server {
  if (name === "net") return createNetServer();
  if (name === "ws+bufferutil") return createWsServer();
  const kernel = kernelFor(name as Subject);
  assertKernel(kernel, name as Subject);
  return createWsimdServer(kernel);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
