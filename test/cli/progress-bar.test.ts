import { expect, test } from "vitest";
import { ProgressBar } from "../../src/cli/progress-bar.ts";

const MB = 1e6;

/** A bar on a made-up terminal, with a clock of its own. */
function drawn(total: number | undefined, isTTY = true, columns?: number) {
  const written: string[] = [];
  const clock = { now: 0 };
  const terminal = { isTTY, columns, write: (text: string) => written.push(text) };
  return { written, clock, bar: new ProgressBar(terminal, total, () => clock.now) };
}

test("shows how far a long file has been read, ten times a second, and is gone in the end", () => {
  const { written, clock, bar } = drawn(40 * MB);
  bar.advance(10 * MB);
  bar.advance(1 * MB); // too soon
  clock.now = 100;
  bar.advance(9 * MB);
  bar.erase();
  bar.erase();
  expect(written).toEqual([
    "\r[########......................]  25 %, 10.0 MB of 40.0 MB",
    "\r[###############...............]  50 %, 20.0 MB of 40.0 MB",
    "\r\x1b[K",
  ]);
});

test("says how much has been read where the length is not known, once that is long", () => {
  const { written, clock, bar } = drawn(undefined);
  bar.advance(4 * MB);
  clock.now = 1000;
  bar.advance(2 * MB);
  expect(written).toEqual(["\r6.0 MB read"]);
});

test.each([
  [20, "\r[########..........."],
  [0, "\r[########......................]  25 %, 10.0 MB of 40.0 MB"],
])("is no wider than a terminal of %i columns, where that is known", (columns, line) => {
  const { written, bar } = drawn(40 * MB, true, columns);
  bar.advance(10 * MB);
  expect(written).toEqual([line]);
});

test.each([
  ["a short file", 1 * MB, true],
  ["what is no terminal", 40 * MB, false],
])("is not shown for %s", (_, total, isTTY) => {
  const { written, bar } = drawn(total, isTTY);
  bar.advance(total);
  bar.erase();
  expect(written).toEqual([]);
});
