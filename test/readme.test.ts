// The README's tables and figures are read by people who cannot see the code: they are held to it here.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS, ERRORS } from "../src/index.ts";
import { COMMAND } from "./cli/command.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the error table is that of the code", () => {
  const rows = [...readme.matchAll(/^\| `([A-Z0-9_]+)` \| (\d{4}) \| §([\d.]+) \| (.+) \|$/gm)];
  const documented = rows.map(([, code, closeCode, section, message]) => [
    code,
    { closeCode: Number(closeCode), section, message },
  ]);
  expect(documented).toEqual(Object.entries(ERRORS));
});

test("the limits are those of the code", () => {
  const rows = [...readme.matchAll(/^\| `(max\w+)` \| ([\d ]+?) (?:bytes|fragments)/gm)];
  const documented = rows.map(([, name, figure]) => [name, Number(figure.replaceAll(" ", ""))]);
  expect(Object.fromEntries(documented)).toEqual(DEFAULT_LIMITS);
});

// The examples are compiled with the other examples, so what the README shows compiles.
test.each(["first-server", "tcp-server", "first-client", "streams-server"])(
  "the README shows examples/%s.ts as it is",
  (name) => {
    const example = readFileSync(new URL(`../examples/${name}.ts`, import.meta.url), "utf8");
    expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  },
);

test("what wsimd inspect shows there is what it writes", () => {
  const [, shown] = /\$ npx wsimd inspect (?:\S+)\n([\s\S]*?)```/.exec(readme)!;
  const capture = fileURLToPath(new URL("inspect/captures/violation.pcap", import.meta.url));
  const written = spawnSync(process.execPath, [COMMAND, "inspect", capture], { encoding: "utf8" }).stdout.split("\n");
  const lines = shown
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "…");
  expect(lines.length).toBeGreaterThan(5);
  expect(lines.filter((line) => !written.includes(line))).toEqual([]);
});

test("no placeholder is left", () => {
  expect(readme).not.toMatch(/^[A-Z]{6,}$/m);
});
