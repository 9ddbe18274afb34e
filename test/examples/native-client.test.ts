import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { startServer } from "../../examples/start-server.ts";

// Node has a client of its own: from 22 on by default, in 20.10 and later behind a flag.
const SCRIPT = fileURLToPath(new URL("native-client.mjs", import.meta.url));
const FLAGS = "WebSocket" in globalThis ? [] : ["--experimental-websocket", "--no-warnings"];

it.each([
  [false, "", 2 ** 24, 15],
  // The client of Node 20 takes no more than 4 MiB of what was compressed.
  [true, "permessage-deflate", 2 ** 20, 14],
])("echoes all scripts and sizes to Node's own client, and closes cleanly (deflate: %s)", async (...row) => {
  const [deflate, agreed, longest, messages] = row;
  const server = await startServer({ port: 0, deflate });
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...FLAGS,
      SCRIPT,
      server.url.replace("http", "ws"),
      String(longest),
    ]);
    const { same, code, wasClean, count, extensions } = JSON.parse(stdout);
    expect(same).toEqual(new Array(count).fill(true));
    expect(count).toBe(messages);
    expect(extensions.split(";")[0]).toBe(agreed);
    expect({ code, wasClean }).toEqual({ code: 4321, wasClean: true });
  } finally {
    await server.stop();
  }
});
