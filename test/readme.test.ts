// The README's tables and figures, and the code in it and in the guides, are read by people who cannot see the code: they are
// held to it here.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, ERRORS } from "../src/index.ts";
import { COMMAND } from "./cli/command.ts";

const root = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

const readme = read("README.md");

test("the error table is that of the code", () => {
  const rows = [...readme.matchAll(/^\| `([A-Z0-9_]+)` \| (\d{4}) \| §([\d.]+) \| (.+) \| (.+) \|$/gm)];
  const documented = rows.map(([, code, closeCode, section, message, advice]) => [
    code,
    { closeCode: Number(closeCode), section, message, advice },
  ]);
  expect(documented).toEqual(Object.entries(ERRORS));
});

test("the limits are those of the code", () => {
  const rows = [...readme.matchAll(/^\| `(max\w+)` \| ([\d ]+?) (?:bytes|fragments)/gm)];
  const documented = rows.map(([, name, figure]) => [name, Number(figure.replaceAll(" ", ""))]);
  expect(Object.fromEntries(documented)).toEqual(DEFAULT_LIMITS);
});

// The examples are compiled with the other examples, so what the README shows compiles.
test.each(["first-websocket-server", "first-server", "loop-server", "tcp-server", "first-client", "streams-server"])(
  "the README shows examples/%s.ts as it is",
  (name) => {
    expect(readme).toContain(`\`\`\`ts\n${read(`examples/${name}.ts`)}\`\`\``);
  },
);

test("its table of contents, and every other link into it, leads to a heading", () => {
  const headings = [...readme.matchAll(/^#{2,3} (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  const links = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link);
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((link) => !headings.includes(link))).toEqual([]);
});

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

test.each(["package.json", "docs/reference/package.json", "test/runtimes/package.json"])(
  "the section on dependencies names each of %s",
  (path) => {
    const [, section] = /^## Dependencies\n([\s\S]*)/m.exec(readme)!;
    const { dependencies, devDependencies } = JSON.parse(read(path));
    const names = Object.keys({ ...dependencies, ...devDependencies });
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !section.includes(`\`${name}\``))).toEqual([]);
  },
);

test("no placeholder is left", () => {
  expect(readme).not.toMatch(/^[A-Z]{6,}$/m);
});

const guides = readdirSync(new URL("docs/guides", root)).map((name) => [name, read(`docs/guides/${name}`)] as const);

/** The examples that a guide links. */
function examplesOf(guide: string): string[] {
  return [...guide.matchAll(/\]\(\.\.\/\.\.\/examples\/guides\/([\w-]+\.ts)\)/g)].map(([, name]) => name);
}

/** Whether the block is a part of the example, in which it may stand further to the right. */
function isPartOf(example: string, block: string): boolean {
  return ["", "  ", "    "].some((indent) => `\n${example}`.includes(`\n${block.replace(/^(?=.)/gm, indent)}`));
}

describe.each(guides)("docs/guides/%s", (name, guide) => {
  test("is linked in the README", () => {
    expect(readme).toContain(`](docs/guides/${name})`);
  });

  test("shows parts of the examples that it links", () => {
    const examples = examplesOf(guide).map((example) => read(`examples/guides/${example}`));
    const blocks = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
    expect(blocks.length).toBeGreaterThan(1);
    expect(blocks.filter((block) => !examples.some((example) => isPartOf(example, block)))).toEqual([]);
  });

  test("links files that are there", () => {
    const links = [...guide.matchAll(/\]\((?!https:)([^)#]+)/g)].map(([, link]) => link);
    const base = new URL("docs/guides/", root);
    expect(links.filter((link) => !existsSync(new URL(link, base)))).toEqual([]);
  });
});

test("every example for a guide is linked in one, or a part of those that are", () => {
  const linked = new Set(guides.flatMap(([, guide]) => examplesOf(guide)));
  for (const name of linked) {
    for (const [, imported] of read(`examples/guides/${name}`).matchAll(/ from "\.\/([\w-]+\.ts)"/g))
      linked.add(imported);
  }
  expect([...linked].sort()).toEqual(readdirSync(new URL("examples/guides", root)).sort());
});
