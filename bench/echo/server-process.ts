import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A server that runs in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts `serve.ts` on `runtime`, the path of a Node or Bun.
 * @throws Error when it ends before it has told its port.
 */
export async function startServer(name: string, runtime: string): Promise<ServerProcess> {
  const { WS_NO_BUFFER_UTIL: _, ...env } = process.env;
  const script = fileURLToPath(new URL("./serve.js", import.meta.url));
  const server = spawn(runtime, [script, name], { env, stdio: ["pipe", "pipe", "inherit"] });
  // A server that has gone takes no signal to stop; that it went is seen by whoever waits for it.
  server.stdin.on("error", () => {});
  const ended = once(server, "exit");
  const port = await Promise.race([
    once(server.stdout.setEncoding("utf8"), "data").then(([line]) => Number.parseInt(line, 10)),
    ended.then(([code, signal]) => {
      throw new Error(`the echo server ${name} ended before it listened (${signal ?? `exit code ${code}`})`);
    }),
  ]);
  return {
    port,
    async stop() {
      server.stdin.end();
      await ended;
    },
  };
}
