import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CHROMIUM } from "../browsers.ts";
import { concat, frame, hex, KEY, pattern } from "../wire.ts";

import { usePage } from "./page-fixture.ts";

const capture = (name: string): Buffer => readFileSync(new URL(`../inspect/captures/${name}`, import.meta.url));

describe.skipIf(CHROMIUM.skipped)(`the page's files in Chromium${CHROMIUM.reason}`, () => {
  const open = usePage();

  const status = (): Promise<string> => open.text("inspect-status");
  const choose = async (name: string, content: Uint8Array | string): Promise<void> => {
    const buffer = Buffer.from(content as Uint8Array);
    await open.page.getByTestId("inspect-file").setInputFiles({ name, mimeType: "", buffer });
  };
  const done = async (): Promise<string> => {
    await open.page.locator('[data-testid="inspect-status"]:not([data-state="running"])[data-state]').waitFor();
    return status();
  };
  /** Drops a file on the page, as a browser tells of it. */
  const drop = async (name: string, content: string): Promise<void> => {
    const transfer = await open.page.evaluateHandle(
      ([title, text]) => {
        const made = new DataTransfer();
        made.items.add(new File([text], title));
        return made;
      },
      [name, content],
    );
    await open.page.dispatchEvent("h1", "dragenter", { dataTransfer: transfer });
    expect(await open.page.locator("#inspect-panel[data-dropping]").count()).toBe(1);
    await open.page.dispatchEvent("h1", "drop", { dataTransfer: transfer });
    expect(await open.page.locator("#inspect-panel[data-dropping]").count()).toBe(0);
  };

  it.each(["deflate.pcap", "plain.pcapng"])("lists the frames of %s", async (name) => {
    await choose(name, capture(name));
    expect(await done()).toBe(
      name === "deflate.pcap"
        ? "deflate.pcap: valid, 13 frames, 8 messages, 700 bytes in 2 streams, no violation. 1 TCP connection skipped, with no opening handshake of a WebSocket."
        : "plain.pcapng: valid, 13 frames, 8 messages, 752 bytes in 2 streams, no violation. 1 TCP connection skipped, with no opening handshake of a WebSocket.",
    );
    expect(await open.page.getByTestId("inspect-head").count()).toBe(2);
    expect(await open.page.getByTestId("inspect-frame").count()).toBe(13);
    expect((await open.texts("inspect-payload"))[0]).toBe("“Hello, wörld”");
    expect(await open.page.getByTestId("inspect-violation").count()).toBe(0);
  });

  it("shows a violation in red, in words and with its section", async () => {
    await choose("violation.pcap", capture("violation.pcap"));
    expect(await done()).toMatch(/^violation\.pcap: invalid, .* 1 violation\./);
    const violation = open.page.getByTestId("inspect-violation");
    expect(await violation.innerText()).toMatch(
      /12\s*RESERVED_OPCODE\s*§5\.2\s*close code 1002[\s\S]*received opcode 0x3; if the peer is right[\s\S]*header 83 02/,
    );
    for (const colorScheme of ["light", "dark"] as const) {
      await open.page.emulateMedia({ colorScheme });
      const [red, green, blue] = await violation
        .locator("strong")
        .evaluate((element) => getComputedStyle(element).color.match(/\d+/g)!.map(Number));
      expect(red).toBeGreaterThan(Math.max(green, blue) + 50);
    }
    await open.page.emulateMedia({ colorScheme: null });
  });

  it("takes a file that is dropped anywhere, and reads hex", async () => {
    await drop("dump.txt", "00000000: 8105 4865 6c6c 6f  ..Hello\n");
    expect(await done()).toBe("dump.txt: valid, 1 frame, 1 message, 7 bytes in 1 stream, no violation.");
    expect(await open.texts("inspect-payload")).toEqual(["“Hello”"]);
  });

  it("judges and decompresses as it is asked to", async () => {
    await choose("raw", hex("c1 07 f2 48 cd c9 c9 07 00"));
    expect(await done()).toMatch(/1 violation/);
    const violation = open.page.getByTestId("inspect-violation");
    expect(await violation.innerText()).toMatch(/; “Compressed, if no handshake tells” reads compressed messages\.$/m);
    await open.choose("inspect-deflate");
    await expect.poll(status).toMatch(/: valid/);
    expect(await open.texts("inspect-payload")).toEqual(["“Hello”"]);
    await open.choose("inspect-role-server");
    await expect.poll(status).toMatch(/: invalid/);
    expect(await violation.innerText()).toMatch(
      /MASK_REQUIRED[\s\S]*; “Received by: Client” reads what a server sends\./,
    );
  });

  it("says of a file that is none what is wrong, and takes it for what it is said to be", async () => {
    await choose("notes.txt", "hello");
    expect(await done()).toBe("notes.txt cannot be read");
    const wrong =
      "“h” in line 1, column 1 is no hex: text is read as hex unless it is an HTTP head, or the format is said to be raw";
    expect(await open.text("inspect-error")).toBe(wrong);
    await open.choose("inspect-format-raw");
    await expect.poll(status).toMatch(/^notes\.txt: invalid, /);
    await open.choose("inspect-format-hex");
    await expect.poll(() => open.text("inspect-error")).toBe(wrong);
  });

  it.each([
    ["cut.pcap", capture("cut.pcap"), "incomplete", /: incomplete, .* no violation in what is there\./],
    ["empty", "", "failed", /^empty: nothing found, there are no bytes\.$/],
    ["only-a-header.pcap", capture("cut.pcap").subarray(0, 24), "failed", /: nothing found, no TCP connection/],
  ])("does not call %s valid", async (name, content, state, sentence) => {
    await choose(name, content);
    expect(await done()).toMatch(sentence);
    expect(await open.page.getByTestId("inspect-status").getAttribute("data-state")).toBe(state);
  });

  it("draws a thousand lines, and every violation behind them", async () => {
    const frames = Array.from({ length: 3000 }, () => frame({ opcode: 1, payload: "a", key: KEY }));
    await choose("many", concat(...frames, hex("83 80 00 00 00 00")));
    expect(await done()).toMatch(/^many: invalid, 3,000 frames/);
    expect(await open.page.getByTestId("inspect-frame").count()).toBe(1000);
    expect(await open.page.getByTestId("inspect-violation").count()).toBe(1);
    expect(await open.text("inspect-rest")).toBe("… and 2,001 more lines, not drawn: wsimd inspect lists them all.");
  });

  it("stays awake over 100 MB, shows how far it is, and can be stopped", async () => {
    // Made in the page: it is too much to be handed over.
    await open.page.evaluate(() => {
      const one = new Uint8Array(1 << 20).fill(0x61);
      one.set([0x82, 0x7f, 0, 0, 0, 0, 0, 0x0f, 0xff, 0xf6]);
      const transfer = new DataTransfer();
      transfer.items.add(
        new File(
          Array.from({ length: 100 }, () => one),
          "long",
        ),
      );
      const input = document.getElementById("inspect-file") as HTMLInputElement;
      input.files = transfer.files;
      const state = { turns: 0, longest: 0, last: performance.now(), seen: 0 };
      Object.assign(globalThis, { state });
      const turn = () => {
        const now = performance.now();
        state.longest = Math.max(state.longest, now - state.last);
        state.last = now;
        state.turns++;
        state.seen = Math.max(state.seen, (document.getElementById("inspect-progress") as HTMLProgressElement).value);
        requestAnimationFrame(turn);
      };
      requestAnimationFrame(turn);
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    expect(await done()).toBe("long: valid, 100 frames, 100 messages, 104,857,600 bytes in 1 stream, no violation.");
    const state = await open.page.evaluate(() => (globalThis as unknown as { state: Record<string, number> }).state);
    expect(state.turns).toBeGreaterThan(5);
    expect(state.seen).toBeGreaterThan(0.5);
    expect(await open.page.getByTestId("inspect-progress").isHidden()).toBe(true);

    await open.page.evaluate(() => {
      document.getElementById("inspect-file")!.dispatchEvent(new Event("change", { bubbles: true }));
      document.getElementById("inspect-stop")!.click();
    });
    expect(await status()).toBe("Stopped reading long");
    expect(await open.page.getByTestId("inspect-stop").isHidden()).toBe(true);
  });

  it.each([360, 1280])("fits a window %d pixels wide", async (width) => {
    await open.page.setViewportSize({ width, height: 800 });
    await choose(
      "wide",
      concat(
        frame({ opcode: 1, payload: "x".repeat(300), key: KEY }),
        frame({ opcode: 2, payload: pattern(99), key: KEY }),
        hex("83 80"),
      ),
    );
    await done();
    expect(await open.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await open.page.setViewportSize({ width: 1280, height: 800 });
  });
});
