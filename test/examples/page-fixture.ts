import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { type RunningServer, startServer } from "../../examples/start-server.ts";
import { CHROMIUM } from "../browsers.ts";

/** The page, open in Chromium, and what tests ask of it. */
export interface OpenPage {
  readonly page: Page;
  readonly url: string;
  /** Waits until the page's WebSocket is open. */
  connected(): Promise<void>;
  /** The text of the one element with a test id. */
  text(id: string): Promise<string>;
  /** The texts of all elements with a test id. */
  texts(id: string): Promise<string[]>;
  /** Chooses a radio button or a checkbox by its label, as a person does. */
  choose(id: string): Promise<void>;
}

/** Serves the page and opens it anew before each test of a suite. In the end the page must have had nothing to complain of. */
export function usePage(): OpenPage {
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  /** Exceptions, and errors and warnings in the console, failed requests among them. */
  const complaints: string[] = [];

  const connected = () => page.locator('[data-testid="echo-status"][data-state="open"]').waitFor();

  beforeAll(async () => {
    server = await startServer({ port: 0 });
    browser = await CHROMIUM.launch();
    page = await browser.newPage();
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
  }, 60_000);

  beforeEach(async () => {
    await page.goto(server.url);
    await connected();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    expect(complaints).toEqual([]);
  });

  return {
    get page() {
      return page;
    },
    get url() {
      return server.url;
    },
    connected,
    text: async (id) => (await page.getByTestId(id).textContent()) ?? "",
    texts: (id) => page.getByTestId(id).allTextContents(),
    choose: (id) => page.locator("label", { has: page.getByTestId(id) }).click(),
  };
}
