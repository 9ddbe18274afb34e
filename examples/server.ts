import { fail, failToListen, readPort } from "./command.ts";
import { type RunningServer, startServer } from "./start-server.ts";

const HELP = `Usage: npm start

Serves a page and echoes every WebSocket, on 127.0.0.1.

  PORT=8080   the port to listen on, 0 for any that is free
  DEFLATE=1   compress messages where a client offers it (permessage-deflate)
  --help      show this
`;

async function main(): Promise<void> {
  const [argument] = process.argv.slice(2);
  if (argument === "--help" || argument === "-h") {
    process.stdout.write(HELP);
    return;
  }
  if (argument !== undefined) fail(`unknown argument ${argument}: see --help`);
  const server = await start(readPort("PORT", process.env.PORT ?? "", 8080), readSwitch("DEFLATE"));
  process.stdout.write(`wsimd is at ${server.url} (Ctrl+C stops it)\n`);
  stopOnSignals(server);
}

async function start(port: number, deflate: boolean): Promise<RunningServer> {
  try {
    return await startServer({ port, deflate });
  } catch (error) {
    failToListen(port, error, "set PORT to another one");
  }
}

function readSwitch(name: string): boolean {
  const text = process.env[name] ?? "";
  if (!["", "0", "1"].includes(text)) fail(`${name} must be 0 or 1, not ${JSON.stringify(text)}`);
  return text === "1";
}

/** The first signal ends every connection with a Close frame; a second one does not wait for them. */
function stopOnSignals(server: RunningServer): void {
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      void server.stop();
    });
  }
}

await main();
