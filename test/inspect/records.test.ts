// The fields are part of the interface: docs/inspect.md has them all, and no other.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { inspected } from "./inspected.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url));

test("docs/inspect.md names the fields of each record", () => {
  const table = read("../../docs/inspect.md").toString();
  const documented = new Map(
    [...table.matchAll(/^\| `(\w+)` \| (`.*) \|$/gm)].map(([, type, fields]) => [
      type,
      [...fields.replace(/ \([^)]*\)/g, "").matchAll(/`(\w+)`/g)].map(([, name]) => name).sort(),
    ]),
  );
  const found = new Map<string, readonly string[]>();
  for (const name of ["cut.pcap", "violation.pcap"]) {
    for (const { type, ...fields } of inspected(read(`captures/${name}`))) found.set(type, Object.keys(fields).sort());
  }
  expect(documented).toEqual(found);
});
