// What the guides and the README's first lines tell to do in a project of one's own, done: with the files that they name and no
// others, beside the package as it is published.

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { io } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { WebSocket } from "ws";
import { runExample, startListening } from "../examples/example-process.ts";
import { freePort } from "../free-port.ts";
import { nodeOf } from "../installed.ts";
import { npm } from "../npm.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

const folder = mkdtempSync(join(tmpdir(), "wsimd-guides-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** What npm would install: wsimd as it is published, and of the others what is installed here. */
function installInto(project: string, name: string): void {
  const home = name === "wsimd" ? inject("program") : ROOT;
  const link = join(project, "node_modules", name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join(home, "node_modules", name), link, "junction");
}

/** Does in `project` what `lines` of a shell say, to where they would start a script, and gives that. */
async function runLines(project: string, lines: string): Promise<string> {
  for (const command of lines
    .replace(/ +#.*/g, "")
    .trim()
    .split(/ && |\n/)) {
    const [program, ...args] = command.split(" ");
    if (program === "node") return join(project, args[0]);
    if (program === "npm" && args[0] === "install") {
      for (const name of args.slice(1).filter((arg) => arg !== "-D")) installInto(project, name);
    } else if (program === "npm") {
      await npm(project, ...args);
    } else {
      expect([program, args.shift()]).toEqual(["npx", "tsc"]);
      const { stdout, status } = spawnSync(process.execPath, [TSC, ...args], { cwd: project, encoding: "utf8" });
      expect(status, stdout).toBe(0);
    }
  }
  return "";
}

/** The projects that were made, by the lines that make them: the guides have the same. */
const made = new Map<string, string>();

async function projectMadeBy(lines: string): Promise<string> {
  const known = made.get(lines);
  if (known !== undefined) return known;
  const project = join(folder, `project-${made.size}`);
  made.set(lines, project);
  mkdirSync(project);
  await runLines(project, lines);
  return project;
}

/** Follows `guide` to where it would start `program`, and gives that script. */
async function follow(guide: string, program: string): Promise<string> {
  const project = join(folder, program);
  for (const [, prose, lines] of read(`docs/guides/${guide}`).matchAll(/([\s\S]*?)^```sh\n([\s\S]*?)^```$/gm)) {
    if (lines.startsWith("npm init")) {
      cpSync(await projectMadeBy(lines), project, { recursive: true, verbatimSymlinks: true });
    } else if (lines.includes(`node dist/${program}.js`)) {
      const files = [...prose.matchAll(/\]\(\.\.\/\.\.\/(examples\/guides\/[^)]+)\)/g)].map(([, file]) => file);
      for (const file of files) copyFileSync(join(ROOT, file), join(project, basename(file)));
      return runLines(project, lines);
    }
  }
  throw new Error(`${guide} does not say how to start ${program}`);
}

async function webSocketEcho(url: string): Promise<void> {
  const client = new WebSocket(url);
  await once(client, "open");
  for (const message of ["한국어", Buffer.from([0, 1, 255])]) {
    client.send(message);
    const [data, isBinary] = await once(client, "message");
    expect(isBinary ? data : data.toString()).toEqual(message);
  }
  client.close();
  await once(client, "close");
}

async function socketIoEcho(url: string): Promise<void> {
  const client = io(url, { transports: ["websocket"], reconnection: false });
  expect(await client.timeout(10_000).emitWithAck("echo", "한국어")).toBe("한국어");
  client.disconnect();
}

describe.each([
  ["server-framework.md", "socket-io", 8084, socketIoEcho, "http://127.0.0.1:8084"],
  ["hono-crossws.md", "hono", 8085, webSocketEcho, "ws://127.0.0.1:8085/echo"],
  ["hono-crossws.md", "crossws", 8086, webSocketEcho, "ws://127.0.0.1:8086/"],
] as const)("docs/guides/%s leads to %s", (guide, program, port, echo, url) => {
  let script: string;
  let server: Awaited<ReturnType<typeof startListening>>;

  beforeAll(async () => {
    script = await follow(guide, program);
    server = await startListening(script, port);
  }, 60_000);

  afterAll(() => {
    server.kill();
  });

  test("which echoes", async () => {
    await echo(url);
  });

  test("which says that its port is in use", async () => {
    const { code, stderr } = await runExample(script);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    });
  });
});

test("docs/guides/captured-stream.md leads to decode-capture, which prints what was said", async () => {
  const script = await follow("captured-stream.md", "decode-capture");
  const { code, stdout } = await runExample(script, join(ROOT, "test/examples/captured-conversation.txt"));
  expect(code).toBe(0);
  expect(stdout).toContain('client text "in fragments"\nserver text "in fragments"\n');
});

describe("the README's first program, saved as server.mts in a new project", () => {
  let project: string;
  let port: number;

  beforeAll(async () => {
    const readme = read("README.md");
    const [, lines] = /^```sh\n(npm install wsimd\n[\s\S]*?)^```$/m.exec(readme)!;
    project = await projectMadeBy(`npm init -y\n${lines}`);
    port = await freePort();
    const [, program] = /^```ts\n([\s\S]*?)^```$/m.exec(readme)!;
    writeFileSync(join(project, "server.mts"), program.replaceAll("8089", String(port)));
  }, 60_000);

  async function serves(script: string, node?: string): Promise<void> {
    const server = await startListening(script, port, node);
    await webSocketEcho(`ws://127.0.0.1:${port}/`);
    server.kill();
    await once(server, "exit");
  }

  test("runs once tsc has compiled it", async () => {
    const [, line] = /`(npx tsc [^`]* && node server\.mjs)`/.exec(read("README.md"))!;
    await serves(await runLines(project, line));
  });

  const node = nodeOf(24);
  test.skipIf(node.skipped)(`runs as it is in Node 24${node.reason}`, async () => {
    await serves(join(project, "server.mts"), node.path);
  });
});
