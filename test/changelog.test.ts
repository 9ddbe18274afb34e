// The form that tools and readers expect of CHANGELOG.md: Keep a Changelog 1.1.0, with versions by Semantic Versioning 2.0.0.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };

const changelog = readFileSync(new URL("../CHANGELOG.md", import.meta.url), "utf8");
const headings = [...changelog.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
const [unreleased, ...releases] = headings;

/** A version as a number that grows with it. */
function rank(version: string): number {
  const [major, minor, patch] = version.split(".").map(Number);
  return (major * 1000 + minor) * 1000 + patch;
}

test("the changes to come are first, then each version with its date, the newest first", () => {
  expect(unreleased).toBe("[Unreleased]");
  const parsed = releases.map((heading) => /^\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$/.exec(heading) ?? [heading]);
  expect(parsed.filter(({ length }) => length === 1)).toStrictEqual([]);
  const [versions, dates] = [1, 2].map((part) => parsed.map((groups) => groups[part]));
  expect(versions).toStrictEqual([...new Set(versions)].sort((one, other) => rank(other) - rank(one)));
  expect(dates).toStrictEqual([...dates].sort().reverse());
  expect(rank(manifest.version)).toBeGreaterThanOrEqual(Math.max(0, ...versions.map(rank)));
});

test("changes are grouped by the six kinds, each kind once a version", () => {
  const kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
  for (const version of changelog.split(/^## /m).slice(1)) {
    const groups = [...version.matchAll(/^### (.*)$/gm)].map(([, kind]) => kind);
    expect(groups).toStrictEqual(kinds.filter((kind) => groups.includes(kind)));
    expect(version.split(/^### /m)[0]).not.toMatch(/^- /m);
  }
});
