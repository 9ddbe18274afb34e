import { describe, expect, it } from "vitest";
import { CHROMIUM } from "../browsers.ts";
import { usePage } from "./page-fixture.ts";

describe.skipIf(CHROMIUM.skipped)(`the page in Chromium${CHROMIUM.reason}`, () => {
  const open = usePage();

  it("runs wsimd's WASM kernel, and gives no reason for a fallback", async () => {
    expect(await open.text("kernel-name")).toBe("wasm-simd");
    expect(await open.page.getByTestId("kernel-reason").isHidden()).toBe(true);
  });

  it("asks no other host for anything", async () => {
    const hosts = new Set<string>();
    const note = (request: { url(): string }) => hosts.add(new URL(request.url()).host);
    open.page.on("request", note);
    await open.page.reload();
    await open.connected();
    open.page.off("request", note);
    hosts.delete("");
    expect([...hosts]).toEqual([new URL(open.url).host]);
  });

  it.each([360, 768, 1280])("fits a window %d pixels wide", async (width) => {
    await open.page.setViewportSize({ width, height: 800 });
    await open.page.getByTestId("sample-binary-64k").click();
    expect(await open.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await open.page.setViewportSize({ width: 1280, height: 800 });
  });

  it("names every control", async () => {
    const unnamed = await open.page.locator("input, textarea, button").evaluateAll(
      (controls) =>
        controls.filter((control) => {
          const labels = (control as HTMLInputElement).labels;
          return ![control.textContent, ...Array.from(labels ?? [], (label) => label.textContent)].some((name) =>
            name?.trim(),
          );
        }).length,
    );
    expect(unnamed).toBe(0);
  });
});
