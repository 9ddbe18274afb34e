import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { CHROMIUM } from "../browsers.ts";
import { usePage } from "./page-fixture.ts";

const KERNELS = ["wasm-simd", "typescript"];
const SIZES = ["8 bytes", "125 bytes", "1,000 bytes", "8,000 bytes", "60,000 bytes"];
const JOBS: readonly [id: string, unit: string, contestants: string[]][] = [
  ["mask", "GB/s", [...KERNELS, "byte loop"]],
  ["scan", "ns a frame", KERNELS],
  ["utf8-ascii", "GB/s", [...KERNELS, "TextDecoder"]],
  ["utf8-korean", "GB/s", [...KERNELS, "TextDecoder"]],
  ["decode-view", "ns a frame", KERNELS],
  ["decode-string", "ns a frame", KERNELS],
];

/** A row as it is read out, and how long its bar is drawn, as a part of its track. */
interface Row {
  readonly contestant: string;
  readonly value: number;
  readonly verdict: string;
  readonly bar: number;
}

interface Table {
  readonly name: string;
  readonly heads: string[];
  readonly groups: { readonly size: string; readonly rows: Row[] }[];
}

describe.skipIf(CHROMIUM.skipped)(`the page's measurement in Chromium${CHROMIUM.reason}`, () => {
  const open = usePage();

  /** Workers take a while to load on a busy machine. */
  const patient = { timeout: 15_000 };

  const start = async (page: Page): Promise<void> => {
    await page.locator("label", { has: page.getByTestId("rounds-3") }).click();
    await page.getByTestId("speed-run").click();
  };
  const ended = (page: Page, state: string): Promise<void> =>
    page.locator(`[data-testid="speed-status"][data-state="${state}"]`).waitFor({ timeout: 60_000 });
  const read = (job: string): Promise<Table> =>
    open.page.getByTestId(`speed-${job}`).evaluate((section) => {
      const texts = (nodes: Iterable<Element>) => Array.from(nodes, (node) => node.textContent ?? "");
      const table = section.querySelector("table")!;
      return {
        name: document.getElementById(table.getAttribute("aria-labelledby")!)!.textContent ?? "",
        heads: texts(table.tHead!.rows[0].cells),
        groups: Array.from(table.tBodies, ({ rows: [size, ...rows] }) => ({
          size: size.textContent ?? "",
          rows: rows.map((row) => {
            const [contestant, value, verdict] = texts(row.cells);
            const bar = row.querySelector(".speed-bar")!;
            const part = bar.getBoundingClientRect().width / bar.parentElement!.getBoundingClientRect().width;
            return { contestant, value: Number(value.replaceAll(",", "")), verdict, bar: part };
          }),
        })),
      };
    });
  /** How far numbers rounded to three digits, and a ratio to two, may be apart. */
  const near = (actual: number, expected: number, part: number): void => {
    expect(Math.abs(actual / expected - 1), `${actual} for ${expected}`).toBeLessThan(part);
  };

  it("has a fine timer, since it is isolated from other origins", async () => {
    expect(await open.page.evaluate(() => crossOriginIsolated)).toBe(true);
  });

  it("measures every job by everybody at every size, and draws what it says", { timeout: 90_000 }, async () => {
    await open.page.emulateMedia({ reducedMotion: "reduce" });
    await start(open.page);
    await ended(open.page, "done");
    const counts = { faster: 0, even: 0, slower: 0 };
    for (const [id, unit, contestants] of JOBS) {
      const { name, heads, groups } = await read(id);
      expect(name).not.toBe("");
      expect(heads).toEqual(["Code", unit, "wasm-simd is"]);
      expect(groups.map(({ size }) => size)).toEqual(SIZES);
      for (const { rows } of groups) {
        expect(rows.map(({ contestant }) => contestant)).toEqual(contestants);
        const [subject, ...peers] = rows;
        expect(subject.verdict).toBe("");
        // Longer is faster, whatever the unit.
        const advantage = (one: number, other: number) => (unit === "GB/s" ? one / other : other / one);
        for (const { value, verdict, bar } of peers) {
          expect(value).toBeGreaterThan(0);
          const ratio = advantage(subject.value, value);
          near(subject.bar / bar, ratio, 0.1);
          const [, times, word] = /^(?:([\d.]+)× )?(faster|even|slower)$/.exec(verdict)!;
          if (word === "even") near(ratio, 1, 0.06);
          else near(word === "faster" ? Number(times) : 1 / Number(times), ratio, 0.06);
          counts[word as keyof typeof counts]++;
        }
      }
    }
    expect(await open.text("speed-status")).toMatch(
      new RegExp(
        "^Done in \\d+ seconds?, every result verified\\. Of 45 comparisons wasm-simd is " +
          `faster in ${counts.faster}, even in ${counts.even}, slower in ${counts.slower}\\.$`,
      ),
    );
    // Which of the two kernels ran is plain where the difference is: eightfold and more in every run so far.
    const korean = (await read("utf8-korean")).groups[4].rows;
    expect(korean[0].value).toBeGreaterThan(2 * korean[1].value);
  });

  it("shows how far it is, stays at hand meanwhile, and can be stopped and begun again", async () => {
    const { page } = open;
    const progress = page.getByTestId("speed-progress");
    const value = () => progress.evaluate((bar) => (bar as HTMLProgressElement).value);
    expect(await progress.isVisible()).toBe(false);
    for (let run = 0; run < 2; run++) {
      await start(page);
      await expect.poll(() => open.text("speed-status"), patient).toBe("Measuring Mask (1 of 6)");
      await expect.poll(value, patient).toBeGreaterThan(2);
      expect(await open.text("speed-left")).toMatch(/^about \d+ seconds? left$/);
      // The thread of the page is free: a frame is drawn and an echo comes back while workers measure.
      await page.getByTestId("echo-message").fill(`during run ${run}`);
      await page.getByTestId("echo-send").click();
      await page.locator(".log .received", { hasText: `during run ${run}` }).waitFor();
      expect(await open.text("speed-run")).toBe("Stop");
      await page.getByTestId("speed-run").press("Enter");
      await ended(page, "stopped");
      expect(await open.text("speed-run")).toBe("Run again");
      expect(await progress.isVisible()).toBe(false);
      await expect.poll(() => page.workers().length, patient).toBe(0);
    }
  });

  it.each([360, 768])("fits a window %d pixels wide while it measures", async (width) => {
    await open.page.setViewportSize({ width, height: 800 });
    await start(open.page);
    const measured = async () => (await read("mask")).groups[0].rows.every(({ value }) => value > 0);
    await expect.poll(measured, patient).toBe(true);
    expect(await open.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await open.page.setViewportSize({ width: 1280, height: 800 });
  });

  /** A page of its own, whose worker gets `file` as `change` leaves it. What it complains of is part of the test. */
  const withChanged = async (
    file: string,
    change: (body: string) => string,
    headers: Readonly<Record<string, string>>,
    test: (page: Page) => Promise<void>,
  ): Promise<void> => {
    const page = await open.page.context().browser()!.newPage();
    try {
      await page.route(`**/${file}`, async (route) => {
        const response = await route.fetch();
        const body = change(await response.text());
        await route.fulfill({ response, body, headers: { ...response.headers(), ...headers } });
      });
      await page.goto(open.url);
      await start(page);
      await test(page);
    } finally {
      await page.close();
    }
  };

  it("says so where the WASM kernel cannot run, and measures the others", async () => {
    const forbidden = { "content-security-policy": "script-src 'self'" };
    await withChanged(
      "page/speed-worker.js",
      (body) => body,
      forbidden,
      async (page) => {
        const status = page.getByTestId("speed-status");
        await expect.poll(() => status.textContent(), patient).toBe("Measuring Scan (2 of 6)");
        expect(await page.getByTestId("speed-unavailable").textContent()).toMatch(
          /^The WASM kernel cannot run in this browser, so that only the others are measured\. CompileError: /,
        );
        const values = await page.getByTestId("speed-mask").locator(".speed-value").allTextContents();
        const measured = expect.stringMatching(/^[\d.]+$/);
        expect(values).toEqual(SIZES.flatMap(() => ["cannot run", measured, measured]));
        const bars = page.locator('[data-contestant="wasm-simd"] .speed-bar');
        expect(await bars.evaluateAll((all) => all.every((bar) => bar.getBoundingClientRect().width === 0))).toBe(true);
        expect(await page.locator("[data-verdict]").count()).toBe(0);
      },
    );
  });

  it.each<[what: string, file: string, change: (body: string) => string, expected: RegExp]>([
    [
      "a byte stays masked",
      "page/speed-jobs.js",
      (body) => body.replace("kernel.mask(bytes, 0, bytes.length,", "kernel.mask(bytes, 0, bytes.length - 1,"),
      /^Mask, 8 B, wasm-simd: Error: byte 7 of a payload is wrong$/,
    ],
    [
      "a run leaves work out",
      "page/speed-jobs.js",
      (body) => body.replace("sum += payload[0]", "sum += 1 + payload[0]"),
      /^Mask, 8 B, wasm-simd: Error: a run gave the sum \d+ instead of \d+$/,
    ],
    [
      "an invalid text is accepted",
      "page/speed-jobs.js",
      (body) => body.replace("text.length, 0) === 0", "text.length, 0) >= -1"),
      /^Validate UTF-8: ASCII, 8 B, wasm-simd: Error: a text with an invalid byte 0 was accepted$/,
    ],
    ["the worker does not load", "page/speed-worker.js", () => "throw new Error('broken');", /broken/],
  ])("ends, and says so, when %s", { timeout: 60_000 }, async (_, file, change, expected) => {
    await withChanged(file, change, {}, async (page) => {
      await ended(page, "failed");
      expect(await page.getByTestId("speed-error").textContent()).toMatch(expected);
      expect(await page.getByTestId("speed-run").textContent()).toBe("Run again");
    });
  });
});
