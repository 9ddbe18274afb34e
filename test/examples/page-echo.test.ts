import { describe, expect, it } from "vitest";
import { CHROMIUM } from "../browsers.ts";
import { usePage } from "./page-fixture.ts";

describe.skipIf(CHROMIUM.skipped)(`the page's Echo in Chromium${CHROMIUM.reason}`, () => {
  const open = usePage();

  const MESSAGES = ["Hello", "안녕하세요", "مرحبا", "Où êtes-vous?", "👩‍👩‍👧 🇰🇷", "<b>&amp;</b>"];

  /** Waits for the answers to so many messages. */
  const answers = async (count: number): Promise<string[]> => {
    await expect.poll(() => open.page.getByTestId("log-received").count()).toBe(count);
    return open.page.getByTestId("log-received").getByTestId("log-content").allTextContents();
  };

  it("brings back text in every script, with its time", async () => {
    for (const message of MESSAGES) {
      await open.page.getByTestId("echo-message").fill(message);
      await open.page.getByTestId("echo-send").click();
    }
    expect(await answers(MESSAGES.length)).toEqual(MESSAGES);
    for (const time of await open.page.getByTestId("log-received").getByTestId("log-time").allTextContents()) {
      expect(time).toMatch(/^\d+\.\d ms$/);
    }
    expect(await open.page.locator('[data-testid="log-received"][data-kind="text"]').count()).toBe(MESSAGES.length);
  });

  it("brings back binary as binary", async () => {
    await open.choose("echo-binary");
    await open.page.getByTestId("echo-message").fill("héllo");
    await open.page.getByTestId("echo-send").click();
    expect(await answers(1)).toEqual(["68 c3 a9 6c 6c 6f"]);
    expect(await open.page.getByTestId("log-received").getAttribute("data-kind")).toBe("binary");
  });

  it("sends its greetings in one click each", async () => {
    for (const id of ["korean", "arabic", "latin", "emoji"]) await open.page.getByTestId(`greet-${id}`).click();
    const sent = await open.page.getByTestId("log-sent").getByTestId("log-content").allTextContents();
    expect(new Set(sent).size).toBe(4);
    expect(await answers(4)).toEqual(sent);
  });

  it("closes with 1000 when asked to, and connects again", async () => {
    await open.page.getByTestId("echo-toggle").click();
    await expect.poll(() => open.text("echo-status")).toBe("Closed with 1000");
    expect(await open.page.getByTestId("echo-send").isDisabled()).toBe(true);
    await open.page.getByTestId("echo-toggle").click();
    await open.connected();
    await open.page.getByTestId("echo-send").click();
    expect(await answers(1)).toEqual(["Hello"]);
  });

  it("speaks for a browser: every size through Chromium's own WebSocket", async () => {
    const sizes = [0, 1, 125, 126, 65_535, 65_536, 2 ** 20, 16 * 2 ** 20];
    const same = await open.page.evaluate(async (lengths) => {
      const socket = new WebSocket(`ws://${location.host}/sizes`);
      socket.binaryType = "arraybuffer";
      await new Promise((resolve) => socket.addEventListener("open", resolve));
      const closed = new Promise<never>((_, reject) => {
        socket.addEventListener("close", ({ code, reason }) => reject(new Error(`closed with ${code}: ${reason}`)));
      });
      const results: boolean[] = [];
      for (const length of lengths) {
        const sent = new Uint8Array(length);
        for (let at = 0; at < length; at++) sent[at] = at * 31 + (at >> 8);
        const answer = new Promise<ArrayBuffer>((resolve) => {
          socket.addEventListener("message", ({ data }) => resolve(data), { once: true });
        });
        socket.send(sent);
        const received = new Uint8Array(await Promise.race([answer, closed]));
        let good = received.length === length;
        for (let at = 0; good && at < length; at++) good = received[at] === sent[at];
        results.push(good);
      }
      return results;
    }, sizes);
    expect(same).toEqual(sizes.map(() => true));
  });
});
