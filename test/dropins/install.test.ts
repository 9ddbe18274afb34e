// The drop-ins as the README tells to install them, by npm and by bundlers, under `ws` and Socket.IO as they are.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import * as http from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import root from "../../package.json" with { type: "json" };
import bufferutil from "../../packages/bufferutil/package.json" with { type: "json" };
import utf8Validate from "../../packages/utf-8-validate/package.json" with { type: "json" };
import { nodeOf } from "../installed.ts";
import { bundlers } from "./bundlers.ts";
import { install, outcomeOf } from "./project.ts";
import { type Registry, serveRegistry } from "./registry.ts";

const folder = mkdtempSync(join(tmpdir(), "wsimd-install-"));
let registry: Registry;
beforeAll(async () => {
  registry = await serveRegistry(folder);
}, 60_000);
afterAll(() => {
  registry.close();
  rmSync(folder, { recursive: true });
});

const read = (file: string): string => readFileSync(resolve(import.meta.dirname, "../..", file), "utf8");
const README = read("README.md");
/** The lines for npm's package.json that a README shows. */
function linesOf(readme: string): Record<string, object> {
  const blocks = [...readme.matchAll(/^```json\n(.+?)^```/gms)].map(([, block]) => block);
  return JSON.parse(blocks.find((block) => block.includes('"overrides"')) ?? "null");
}

/** What the programs send; of each length bytes, and a text. */
const LENGTHS = [1024, 65_536, 1_048_576];
const each = LENGTHS.flatMap((length) => [length, length]);

test("the packages have the version of wsimd, and depend on it", () => {
  for (const manifest of [bufferutil, utf8Validate]) {
    expect(manifest.version).toBe(root.version);
    expect(manifest.dependencies).toStrictEqual({ wsimd: `^${root.version}` });
  }
});

test("all READMEs show the same lines, of this version", () => {
  const [one, other] = ["packages/bufferutil/README.md", "packages/utf-8-validate/README.md"].map(read).map(linesOf);
  expect(linesOf(README)).toStrictEqual({
    dependencies: { ...one.dependencies, ...other.dependencies },
    overrides: { ...one.overrides, ...other.overrides },
  });
  const versions = [...README.matchAll(/npm:wsimd-[\w-]+@([^"\s]+)/g)].map(([, version]) => version);
  expect(versions).toStrictEqual(new Array(6).fill(`^${root.version}`));
});

const nodes = [20, 22, 24].map((major) => ({ title: `Node ${major}`, ...nodeOf(major) }));
// This one stands in for them, unless it masks itself: ws does not ask for bufferutil then.
if (nodes.every(({ skipped }) => skipped) && !("websocketMask" in http)) {
  nodes.unshift({ title: `this Node, ${process.version}`, path: process.execPath, skipped: false, reason: "" });
}

describe("installed by npm with the lines of the README", () => {
  const project = join(folder, "npm");
  beforeAll(async () => {
    const { dependencies, ...others } = linesOf(README);
    const { ws, "socket.io": server, "socket.io-client": client } = root.devDependencies;
    const all = { ws, "socket.io": server, "socket.io-client": client, ...dependencies };
    await install(project, registry.url, { dependencies: all, ...others });
  }, 120_000);

  for (const { title, path, skipped, reason } of nodes) {
    describe.skipIf(skipped)(`on ${title}${reason}`, () => {
      test("ws masks and unmasks with wsimd-bufferutil", async () => {
        const outcome = await outcomeOf(project, "ws.cjs", path);
        expect(outcome).toStrictEqual({ name: "wsimd-bufferutil", calls: { mask: each, unmask: each } });
      });

      test("so does Socket.IO", async () => {
        const lengths = expect.arrayContaining(LENGTHS);
        const outcome = await outcomeOf(project, "socket-io.cjs", path);
        expect(outcome).toStrictEqual({ name: "wsimd-bufferutil", calls: { mask: lengths, unmask: lengths } });
      });

      test("wsimd-utf-8-validate answers, and ws asks it where node:buffer has no isUtf8", async () => {
        const answers = [
          [1024, true],
          [1023, false],
        ];
        const outcome = await outcomeOf(project, "validation.cjs", path);
        expect(outcome).toStrictEqual({ name: "wsimd-utf-8-validate", calls: [...answers, ...answers], code: 1007 });
      });
    });
  }
});

describe.skipIf(nodes[0].skipped)(`ws, bundled with the alias of the README${nodes[0].reason}`, () => {
  const project = join(folder, "bundled");
  const alias: Record<string, string> = JSON.parse(README.match(/^const alias = (.+);$/m)?.[1] ?? "null");
  beforeAll(async () => {
    const packages = [...Object.values(alias), "ws"].map((name) => [name, "*"]);
    await install(project, registry.url, { dependencies: Object.fromEntries(packages) });
  }, 120_000);

  // The bundle lies where nothing is installed.
  const output = join(folder, "bundles");
  test.each(Object.entries(bundlers))("by %s, masks with wsimd-bufferutil", async (name, bundle) => {
    const file = `${name}.cjs`;
    await bundle({ root: project, entry: "./ws.cjs", alias, output: { folder: output, file } });
    const outcome = await outcomeOf(output, file, nodes[0].path);
    expect(outcome).toStrictEqual({ name: "wsimd-bufferutil", calls: { mask: each, unmask: each } });
  });
});
