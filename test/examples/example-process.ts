// The examples as processes of their own, as their readers run them.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { extname, join, resolve } from "node:path";

const EXAMPLES = join(import.meta.dirname, "../../examples/dist");

/** Where an example is, by its name; a path stays what it is. */
function scriptOf(name: string): string {
  return resolve(EXAMPLES, extname(name) === "" ? `${name}.js` : name);
}

/** An example that is a server, once it answers on `port`. */
export async function startListening(
  name: string,
  port: number,
  node: string = process.execPath,
): Promise<ChildProcess> {
  const server = spawn(node, [scriptOf(name)], { stdio: ["ignore", "ignore", "inherit"] });
  const deadline = Date.now() + 10_000;
  while (!(await listens(port))) {
    if (Date.now() > deadline || server.exitCode !== null) throw new Error("the server does not answer");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return server;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const listening = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  });
  socket.destroy();
  return listening;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What an example says until it ends. */
export async function runExample(name: string, ...args: string[]): Promise<Ran> {
  const example = spawn(process.execPath, [scriptOf(name), ...args]);
  let [stdout, stderr] = ["", ""];
  example.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  example.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(example, "close");
  return { code, stdout, stderr };
}
