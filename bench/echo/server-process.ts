import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Entry } from "./entry.ts";

/** A server that runs in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  /** Its resident memory once its garbage is collected, in bytes. */
  memory(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts `serve.ts` on `runtime`, the path of a Node or Bun, with `flags` of its own.
 * @throws Error when it ends before it has told its port.
 */
export async function startServer(
  name: string,
  runtime: string,
  { entry = "upgrade", flags = [] }: { readonly entry?: Entry; readonly flags?: readonly string[] } = {},
): Promise<ServerProcess> {
  const { WS_NO_BUFFER_UTIL: _, ...env } = process.env;
  const script = fileURLToPath(new URL("./serve.js", import.meta.url));
  const server = spawn(runtime, ["--expose-gc", ...flags, script, name, entry], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  // A server that has gone takes no signal to stop; that it went is seen by whoever waits for it.
  server.stdin.on("error", () => {});
  const ended = once(server, "exit");
  const lines = createInterface(server.stdout);
  const nextNumber = (): Promise<number> =>
    Promise.race([
      once(lines, "line").then(([line]) => Number.parseInt(line, 10)),
      ended.then(([code, signal]) => {
        throw new Error(`the echo server ${name} ended before it was to (${signal ?? `exit code ${code}`})`);
      }),
    ]);
  const port = await nextNumber();
  return {
    port,
    memory() {
      server.stdin.write("memory\n");
      return nextNumber();
    },
    async stop() {
      server.stdin.end();
      await ended;
    },
  };
}
