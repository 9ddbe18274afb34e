// The README's tables and figures are read by people who cannot see the code: they are held to it here.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS, ERRORS } from "../src/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

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
test.each(["first-server", "tcp-server", "first-client", "streams-server"])(
  "the README shows examples/%s.ts as it is",
  (name) => {
    const example = readFileSync(new URL(`../examples/${name}.ts`, import.meta.url), "utf8");
    expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  },
);

test("no placeholder is left", () => {
  expect(readme).not.toMatch(/^[A-Z]{6,}$/m);
});
